"""Where the server listens, and which proxies it trusts."""

from ipaddress import IPv4Network, IPv6Network
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from server.errors import InvalidInput
from server.kit.urls import parse_callback_url
from server.settings.section import CommaSeparated, Section


class WebSettings(Section):
    """Web: addresses, ports, proxies and other sites' pages."""

    host: str = Field("127.0.0.1", description="listen on this address")
    port: int = Field(8000, ge=0, le=65535, description="listen on this port; 0 chooses a free one")
    worker_port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="the port for /healthz, /readyz and /metrics of a separate worker; none by default",
    )
    public_url: str | None = Field(
        None,
        description="this server's address from outside, for the links in mails; required in production "
        "with a mail server",
    )
    trusted_proxies: CommaSeparated[IPv4Network | IPv6Network] = Field(
        (), description="addresses or networks of proxies, comma-separated, whose X-Forwarded-For is trusted"
    )
    allowed_origins: CommaSeparated[str] = Field(
        (), description="origins, comma-separated, of other sites whose pages may use GraphQL"
    )
    keep_alive_seconds: int = Field(
        75,
        ge=0,
        description="how long a connection stays open without a request; longer than a proxy in front keeps it",
    )
    backlog: int = Field(
        2_048, ge=1, description="how many connections the system keeps waiting until they are accepted"
    )
    shutdown_seconds: float = Field(10.0, ge=0, description="how long a shutdown waits for running work")

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
            raise ValueError("it can't have a query: the links of this server need it")
        return value.rstrip("/")

    @property
    def own_url(self) -> str:
        """The start of URLs with the address that the server listens on."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"
