"""Settings, read once from the environment (`CHAPPE_*`, and plain `HOST` and `PORT`)."""

from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AliasChoices, Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Network = IPv4Network | IPv6Network


class Profile(StrEnum):
    """What the server is run for."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """All that can be set; every field's description names its unit."""

    model_config = SettingsConfigDict(env_prefix="CHAPPE_", frozen=True, extra="ignore")

    profile: Profile = Field(Profile.DEVELOPMENT, description="development or production")
    host: str = Field(
        "127.0.0.1", validation_alias=AliasChoices("CHAPPE_HOST", "HOST"), description="listen here"
    )
    port: int = Field(
        8000, ge=0, le=65535, validation_alias=AliasChoices("CHAPPE_PORT", "PORT"), description="listen here"
    )
    database_url: str = Field(
        "sqlite://var/chappe.db", description="sqlite://path or postgres://user:password@host/name"
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
    claim_lease_seconds: int = Field(60, ge=1, description="how long a worker may take to submit a batch")
    shutdown_seconds: float = Field(10.0, ge=0, description="how long a shutdown waits for work under way")
    simulator_step_seconds: float = Field(
        0.5, ge=0, description="delay between two steps of the simulated operator"
    )
    orphaned_receipt_seconds: int = Field(
        7 * 86_400,
        ge=3_600,
        description="how long a receipt that fits no message is kept; purge deletes older ones",
    )
    password_memory_kib: int = Field(65_536, ge=32, description="argon2id memory, KiB")
    password_time_cost: int = Field(3, ge=1, description="argon2id passes")

    @field_validator("trusted_proxies", "allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    def in_development(self, setting: bool | None) -> bool:  # noqa: FBT001 a setting, as it was given
        """Return what was set, or whether this is the development profile."""
        return self.profile is Profile.DEVELOPMENT if setting is None else setting

    @property
    def secure_cookies(self) -> bool:
        """Whether the session cookie is sent over HTTPS only."""
        if self.cookie_secure is None:
            return self.profile is Profile.PRODUCTION
        return self.cookie_secure
