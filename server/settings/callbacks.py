"""Where callbacks may go, how often they are tried, and how many run at once."""

from ipaddress import IPv4Network, IPv6Network
from typing import ClassVar

from pydantic import Field

from server.outbound.webhooks import MAX_CALLS
from server.rules.callbacks.addresses import WEB_PORTS
from server.settings.section import CommaSeparated, Section


class CallbackSettings(Section):
    """Callbacks: their bounds. The first wait of `retry_seconds` comes before the first attempt."""

    prefix: ClassVar[str] = "CHAPPE_CALLBACK_"

    allowed_networks: CommaSeparated[IPv4Network | IPv6Network] = Field(
        (), description="networks, comma-separated, that callbacks may go to although they are not public"
    )
    allowed_ports: CommaSeparated[int] = Field(
        tuple(sorted(WEB_PORTS)), description="ports, comma-separated, that callbacks may go to"
    )
    connect_seconds: float = Field(
        5.0, gt=0, le=60, description="how long connecting to a callback's endpoint may take"
    )
    total_seconds: float = Field(10.0, gt=0, le=60, description="how long the answer to a callback may take")
    retry_seconds: CommaSeparated[int] = Field(
        (0, 5, 60, 300, 1_800, 7_200, 18_000, 36_000, 36_000),
        min_length=1,
        description="seconds before each attempt of a callback, comma-separated",
    )
    disable_after_seconds: int = Field(
        3 * 86_400,
        ge=60,
        description="how long a callback URL may fail without a success before it is disabled",
    )
    parallel: int = Field(64, ge=1, le=MAX_CALLS, description="callbacks that a worker makes at once")
    parallel_per_host: int = Field(
        8, ge=1, le=MAX_CALLS, description="callbacks that a worker makes at once to one host"
    )
    key_overlap_seconds: int = Field(
        86_400, ge=0, description="how long the old key still signs together with the new one"
    )
