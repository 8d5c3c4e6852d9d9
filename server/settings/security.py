"""The secret key, password hashing and sessions."""

from pydantic import Field, SecretStr

from server.settings.section import Section


class SecuritySettings(Section):
    """Security: the secret key, password hashing and sessions."""

    secret_key: SecretStr | None = Field(
        None,
        min_length=32,
        description=(
            "at least 32 characters, from which all keys are derived: for signing callbacks and encrypting links' "
            "passwords; required in production"
        ),
    )
    # The second choice of RFC 9106 §4, for machines with little memory.
    password_memory_kib: int = Field(65_536, ge=32, description="argon2id memory, KiB")
    password_time_cost: int = Field(3, ge=1, description="argon2id passes")
    session_seconds: int = Field(12 * 3600, ge=60, description="how long a session lasts")
    cookie_secure: bool | None = Field(
        None, description="send the session cookie over HTTPS only (default: only in production)"
    )
