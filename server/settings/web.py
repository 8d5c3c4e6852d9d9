"""Where the server listens, and whom it believes."""

from ipaddress import IPv4Network, IPv6Network
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from server.errors import InvalidInput
from server.kit.urls import parse_callback_url
from server.settings.section import CommaSeparated, Section


class WebSettings(Section):
    """Web: addresses, ports, proxies and other sites' pages."""

    host: str = Field("127.0.0.1", description="listen on this address")
    port: int = Field(8000, ge=0, le=65535, description="listen on this port; 0 takes a free one")
    worker_port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="where a worker alone has /healthz, /readyz and /metrics; nowhere where it is not set",
    )
    public_url: str | None = Field(
        None,
        description="where this server's pages are found, for the links in mails; has to be set in production "
        "where a mail server is",
    )
    trusted_proxies: CommaSeparated[IPv4Network | IPv6Network] = Field(
        (), description="addresses or networks, comma-separated, whose X-Forwarded-For is believed"
    )
    allowed_origins: CommaSeparated[str] = Field(
        (), description="origins of other sites, comma-separated, whose pages may use GraphQL"
    )
    shutdown_seconds: float = Field(10.0, ge=0, description="how long a shutdown waits for work under way")

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

    @property
    def own_url(self) -> str:
        """What URLs of the address that the server listens on begin with."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"
