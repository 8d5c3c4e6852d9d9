"""Settings, read once from the environment (`CHAPPE_*`)."""

from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from server.errors import InvalidInput
from server.gateways.link_settings import link_from_url
from server.kit.email_address import parse_email
from server.kit.urls import parse_callback_url

Network = IPv4Network | IPv6Network


class Profile(StrEnum):
    """What the server is run for."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """All that can be set; every field's description names its unit."""

    model_config = SettingsConfigDict(env_prefix="CHAPPE_", frozen=True, extra="ignore")

    profile: Profile = Field(Profile.DEVELOPMENT, description="development or production")
    host: str = Field("127.0.0.1", description="listen on this address")
    port: int = Field(8000, ge=0, le=65535, description="listen on this port; 0 takes a free one")
    worker_port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="where a worker alone has /healthz, /readyz and /metrics; nowhere where it is not set",
    )
    database_url: str = Field(
        "sqlite://var/chappe.db", description="sqlite://path or postgres://user:password@host/name"
    )
    public_url: str | None = Field(
        None,
        description="where this server's pages are found, for the links in mails; has to be set in production "
        "where a mail server is",
    )
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = Field(
        (), description="addresses or networks, comma-separated, whose X-Forwarded-For is believed"
    )
    log_json: bool = Field(default=False, description="log lines as JSON")
    log_level: str = Field("info", description="debug, info, warning or error")
    session_seconds: int = Field(12 * 3600, ge=60, description="how long a session lasts")
    cookie_secure: bool | None = Field(
        None, description="send the session cookie over HTTPS only (by default in production)"
    )
    introspection: bool | None = Field(
        None, description="let GraphQL clients read the schema (by default in development)"
    )
    suggestions: bool | None = Field(
        None, description="let GraphQL errors suggest names (by default in development)"
    )
    graphiql: bool | None = Field(None, description="serve GraphiQL at /graphiql (by default in development)")
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="origins of other sites, comma-separated, whose pages may use GraphQL"
    )
    documents: Literal["any", "trusted-only"] = Field(
        "any", description="which GraphQL documents are executed: any or trusted-only"
    )
    trusted_documents: Path | None = Field(
        None, description="a JSON file of trusted GraphQL documents by their SHA-256"
    )
    persisted_queries: bool = Field(
        default=False, description="let clients name documents by hash after once sending them"
    )
    rate_capacity: int = Field(
        50_000, ge=20_000, le=2**31 - 1, description="points of GraphQL cost that a caller may have saved up"
    )
    rate_per_second: int = Field(
        1_000, ge=1, description="points of GraphQL cost that come back to a caller each second"
    )
    max_parts: int = Field(6, ge=1, le=255, description="parts that one message may need")
    claim_lease_seconds: int = Field(
        15, ge=1, description="how long others leave alone what a worker has claimed that has died since"
    )
    validity_seconds: int = Field(
        2 * 86_400,
        ge=60,
        description="how long a message is worth handing over and delivering, from when it could first go",
    )
    receipt_margin_seconds: int = Field(
        86_400, ge=0, description="how long after that a final receipt is still waited for"
    )
    unknown_outcome: Literal["resend", "fail"] = Field(
        "resend",
        description="what becomes of a message that may have been handed over, where its worker died or its link broke",
    )
    unknown_outcome_resends: int = Field(
        2, ge=1, le=10, description="how often such a message is handed over again, where it is to be"
    )
    max_refusals: int = Field(
        16,
        ge=1,
        le=100,
        description="how often operators may refuse a message for the time being until it ends",
    )
    smtp_host: str | None = Field(
        None, description="the mail server; without one mails go to the log and into a folder named outbox"
    )
    smtp_port: int | None = Field(
        None, ge=1, le=65535, description="its port (by default 25, 587 for starttls, 465 for tls)"
    )
    smtp_security: Literal["none", "starttls", "tls"] = Field(
        "starttls", description="none, starttls or tls; its certificate is verified"
    )
    smtp_user: str | None = Field(None, description="who signs in there; nobody where it is not set")
    smtp_password: SecretStr | None = Field(
        None, validate_default=True, description="the password of that sign-in"
    )
    mail_from: str = Field(
        "chappe@localhost.localdomain",
        validate_default=True,
        description="the address that mails come from; has to be set where a mail server is",
    )
    shutdown_seconds: float = Field(10.0, ge=0, description="how long a shutdown waits for work under way")
    smpp_url: SecretStr | None = Field(
        None,
        description="smpp://user:password@host:port, or smpps://… for TLS: a link in place of the simulator",
    )
    simulator_step_seconds: float = Field(
        0.5, ge=0, description="delay between two steps of the simulated operator"
    )
    event_retention_days: int = Field(
        90,
        ge=1,
        description="how long delivery events, ended callbacks and unclaimed messages are kept; a worker deletes older ones",
    )
    orphaned_receipt_seconds: int = Field(
        7 * 86_400,
        ge=3_600,
        description="how long a receipt that fits no message is kept; purge deletes older ones",
    )
    callback_allowed_networks: Annotated[tuple[Network, ...], NoDecode] = Field(
        (), description="networks, comma-separated, that callbacks may go to though they are not public"
    )
    callback_allowed_ports: Annotated[tuple[int, ...], NoDecode] = Field(
        (80, 443), description="ports, comma-separated, that callbacks may go to"
    )
    callback_connect_seconds: float = Field(
        5.0, gt=0, le=60, description="how long connecting to a callback's receiver may take"
    )
    callback_total_seconds: float = Field(
        10.0, gt=0, le=60, description="how long a callback may take until it is answered"
    )
    callback_retry_seconds: Annotated[tuple[int, ...], NoDecode] = Field(
        (0, 5, 60, 300, 1_800, 7_200, 18_000, 36_000, 36_000),
        min_length=1,
        description="seconds before each try of a callback, comma-separated",
    )
    callback_disable_after_seconds: int = Field(
        3 * 86_400,
        ge=60,
        description="how long a callback URL may fail without a success until it is disabled",
    )
    callback_parallel: int = Field(64, ge=1, le=200, description="callbacks that a worker makes at once")
    callback_parallel_per_host: int = Field(
        8, ge=1, le=200, description="callbacks that a worker makes at once to one host"
    )
    callback_key_overlap_seconds: int = Field(
        86_400, ge=0, description="how long the old key still signs beside a new one"
    )
    secret_key: SecretStr | None = Field(
        None,
        min_length=32,
        description=(
            "at least 32 characters that all keys are made of: those that sign callbacks and seal links' "
            "passwords; production needs it"
        ),
    )
    password_memory_kib: int = Field(65_536, ge=32, description="argon2id memory, KiB")
    password_time_cost: int = Field(3, ge=1, description="argon2id passes")

    @field_validator(
        "trusted_proxies",
        "allowed_origins",
        "callback_allowed_networks",
        "callback_allowed_ports",
        "callback_retry_seconds",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("smpp_url")
    @classmethod
    def _is_a_link(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        link_from_url(value.get_secret_value())
        return value

    @field_validator("public_url")
    @classmethod
    def _is_a_base(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            parts = urlsplit(parse_callback_url(value))
        except InvalidInput as error:
            raise ValueError(error.message) from error
        if parts.query:
            raise ValueError("a link's query is this server's own")
        return value.rstrip("/")

    @field_validator("mail_from")
    @classmethod
    def _is_an_address(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("smtp_host") and value == cls.model_fields["mail_from"].default:
            raise ValueError("a mail server is set, and this is not")
        try:
            return parse_email(value)
        except InvalidInput as error:
            raise ValueError(error.message) from error

    @field_validator("smtp_password")
    @classmethod
    def _goes_with_a_user(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if (value is None) is not (info.data.get("smtp_user") is None):
            raise ValueError("a user and a password go together")
        if value is not None and info.data.get("smtp_security") == "none":
            raise ValueError("a password is not sent without starttls or tls")
        return value

    @property
    def base_url(self) -> str:
        """What links to this server's pages begin with; empty where nobody has said it."""
        if self.public_url is not None or self.profile is Profile.PRODUCTION:
            return self.public_url or ""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def in_development(self, setting: bool | None) -> bool:  # noqa: FBT001 a setting, as it was given
        """Return what was set, or whether this is the development profile."""
        return self.profile is Profile.DEVELOPMENT if setting is None else setting

    @property
    def secure_cookies(self) -> bool:
        """Whether the session cookie is sent over HTTPS only."""
        if self.cookie_secure is None:
            return self.profile is Profile.PRODUCTION
        return self.cookie_secure
