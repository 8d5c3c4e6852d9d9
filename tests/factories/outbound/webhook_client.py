"""The server's caller of callbacks, allowed to call this machine."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from ipaddress import ip_network
from socket import EAI_NONAME, gaierror
from ssl import SSLContext

from server.kit.clock import Clock, ManualClock
from server.outbound.ssrf_guard import Lookup
from server.outbound.webhook_client import AiohttpCaller, CallBounds
from server.rules.callbacks.addresses import AddressPolicy
from tests.factories.outbound.endpoints import Endpoint

NOON_US = 1_789_992_000_000_000
PATIENT = CallBounds(connect_seconds=30, total_seconds=60)
"""For calls that end by themselves, however busy the machine is."""
BRIEF = CallBounds(connect_seconds=0.2, total_seconds=0.4)
"""For calls that end only by this timeout."""


@asynccontextmanager
async def calling(
    *ports: int | Endpoint,
    networks: Sequence[str] = ("127.0.0.0/8",),
    bounds: CallBounds = PATIENT,
    lookup: Lookup | None = None,
    tls: SSLContext | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[AiohttpCaller]:
    """Open a caller that may call these ports or endpoints, and these networks."""
    policy = AddressPolicy(
        networks=tuple(map(ip_network, networks)),
        ports=frozenset(port if isinstance(port, int) else port.port for port in ports),
    )
    caller = AiohttpCaller(clock or ManualClock(NOON_US), policy, bounds, lookup=lookup, tls=tls)
    try:
        yield caller
    finally:
        await caller.close()


class Names:
    """A resolver with answers that a test sets; it counts the look-ups of each name."""

    def __init__(self, **addresses: Sequence[str]) -> None:
        """Take the addresses of each name, with underscores for its dots."""
        self.addresses = {name.replace("_", "."): found for name, found in addresses.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Answer as a resolver does."""
        assert port
        self.asked.append(host)
        if host not in self.addresses:
            raise gaierror(EAI_NONAME, "no such name")
        return self.addresses[host]
