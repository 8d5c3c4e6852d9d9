"""What keys and passwords are made of, and how long a session lasts."""

from pydantic import Field, SecretStr

from server.settings.section import Section


class SecuritySettings(Section):
    """Security: the secret key, password hashing and sessions."""

    secret_key: SecretStr | None = Field(
        None,
        min_length=32,
        description=(
            "at least 32 characters that all keys are made of: those that sign callbacks and encrypt links' "
            "passwords; production needs it"
        ),
    )
    # The second choice of RFC 9106 §4, for where memory is dear.
    password_memory_kib: int = Field(65_536, ge=32, description="argon2id memory, KiB")
    password_time_cost: int = Field(3, ge=1, description="argon2id passes")
    session_seconds: int = Field(12 * 3600, ge=60, description="how long a session lasts")
    cookie_secure: bool | None = Field(
        None, description="send the session cookie over HTTPS only (by default in production)"
    )
