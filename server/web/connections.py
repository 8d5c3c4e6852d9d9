"""Bounds on connections: how many, in total and by address, and how long a client may take to send a request.

uvicorn bounds neither. A connection that sends nothing, or a request byte by byte, would be kept for ever.
Once the process is out of descriptors, neither the database nor anybody else gets one.
"""

import asyncio
import resource
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any, ClassVar, cast

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import State

from server.kit.ip_address import network_of

log = structlog.get_logger()

MAX_CONNECTIONS = 10_000
RESERVED_DESCRIPTORS = 128
"""Descriptors for the database, callbacks, links to operators and the log."""
SHARE_OF_CLIENT = 4
"""One address may have all connections divided by this."""
MIN_OF_CLIENT = 8
MAX_HEAD_BYTES = 64 * 1024
RETRY_AFTER_SECONDS = 5
REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\n"
    b"retry-after: %d\r\nconnection: close\r\ncontent-length: 0\r\n\r\n" % RETRY_AFTER_SECONDS
)

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionBounds:
    """The most connections, and how many seconds a request's head and its body may take."""

    max_open: int = MAX_CONNECTIONS
    max_of_client: int = MAX_CONNECTIONS // SHARE_OF_CLIENT
    head_seconds: float = 10.0
    body_seconds: float = 30.0

    @classmethod
    def of_process(cls) -> "ConnectionBounds":
        """Return the bounds for this process's descriptors, after raising their number to the maximum."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = MAX_CONNECTIONS + RESERVED_DESCRIPTORS
        if soft != resource.RLIM_INFINITY and soft < wanted:
            soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        descriptors = wanted if soft == resource.RLIM_INFINITY else soft
        max_open = min(MAX_CONNECTIONS, max(descriptors - RESERVED_DESCRIPTORS, descriptors // 2))
        return cls(max_open=max_open, max_of_client=max(max_open // SHARE_OF_CLIENT, MIN_OF_CLIENT))


class Connections:
    """The connections of one server, by client; those of proxies are only bounded in total."""

    def __init__(self, bounds: ConnectionBounds, proxies: Sequence[Network] = ()) -> None:
        self.bounds = bounds
        self._proxies = proxies
        self._open: dict[asyncio.BaseTransport, str | None] = {}
        self._of_client: Counter[str] = Counter()

    @property
    def count(self) -> int:
        """The number of open connections."""
        return len(self._open)

    def admit(self, transport: asyncio.BaseTransport) -> bool:
        """Count a connection, unless there are too many; return whether it was admitted."""
        if transport in self._open:
            return True
        key = self._key(transport)
        if self.count >= self.bounds.max_open:
            log.warning("connection refused", cause="too many connections")
            return False
        if key is not None and self._of_client[key] >= self.bounds.max_of_client:
            log.warning("connection refused", cause="too many connections from one address", client=key)
            return False
        self._open[transport] = key
        if key is not None:
            self._of_client[key] += 1
        return True

    def leave(self, transport: asyncio.BaseTransport) -> None:
        """Stop counting a connection."""
        key = self._open.pop(transport, None)
        if key is not None:
            self._of_client[key] -= 1
            if not self._of_client[key]:
                del self._of_client[key]

    def end_overdue(self, protocols: Iterable[object], now: float) -> None:
        """End the connections whose clients take too long to send a request."""
        for protocol in list(protocols):
            if isinstance(protocol, BoundedHttp) and protocol.is_overdue(now):
                protocol.transport.close()

    def _key(self, transport: asyncio.BaseTransport) -> str | None:
        """Return the client of a connection; None for a proxy, and for a peer without an address."""
        peer = transport.get_extra_info("peername")
        if not isinstance(peer, tuple):
            return None
        address = ip_address(str(peer[0]).partition("%")[0])
        if any(address in network for network in self._proxies):
            return None
        return network_of(str(address))


class BoundedHttp(HttpToolsProtocol):
    """HTTP/1.1 on one connection, which is counted, and does not wait for a request for ever.

    The parser bounds neither the length of a head nor that of what stands between and behind the pieces of a body.
    """

    connections_of: ClassVar[Connections]
    _since = 0.0
    _seen: RequestResponseCycle | None = None
    _head_is_read = False
    _bare_bytes = 0
    """Received since the last head, piece of a body, or request."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, or refuse the connection."""
        self._since = self.loop.time()
        admitted = self.connections_of.admit(transport)
        super().connection_made(cast("asyncio.Transport", transport))
        if not admitted:
            self.transport.write(REFUSAL)
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        """Take data, except after a refusal."""
        if self.transport.is_closing():
            return
        cycle = cast("RequestResponseCycle | None", self.cycle)
        if not self._bare_bytes and cycle is not None and cycle.response_complete:
            self._since = self.loop.time()  # the next request begins
        self._bare_bytes += len(data)
        super().data_received(data)
        if self._bare_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("Request header fields too large")

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._head_is_read = False
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; one behind the body (a trailer) would change those that were judged already."""
        if not self._head_is_read:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin to answer."""
        self._head_is_read, self._bare_bytes = True, 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self._bare_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        self._bare_bytes = 0
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self.connections_of.leave(self.transport)
        super().connection_lost(exc)

    def is_overdue(self, now: float) -> bool:
        """Whether the client has taken too long to send the rest of its request."""
        cycle, bounds = cast("RequestResponseCycle | None", self.cycle), self.connections_of.bounds
        if cycle is None or cycle.response_complete:
            # uvicorn ends a connection that has answered and is asked nothing more.
            is_awaited = cycle is None or self._bare_bytes > 0
            return is_awaited and now - self._since > bounds.head_seconds
        if cycle is not self._seen:  # it began since the last check
            self._seen, self._since = cycle, now
        return cycle.more_body and now - self._since > bounds.body_seconds


class BoundedWebSocket(WebSocketsSansIOProtocol):
    """A WebSocket, which still counts as its original connection.

    Its application finds `write_text` in the state of its scope: many clients can be told something without a task for
    each.
    """

    connections_of: ClassVar[Connections]

    async def run_asgi(self) -> None:
        """Serve it."""
        self.scope["state"]["write_text"] = self.write_text
        await super().run_asgi()

    def write_text(self, text: bytes) -> bool:
        """Send a text message, unless that would take waiting or the connection ends; return whether it was sent."""
        if not self.writable.is_set() or self.transport.is_closing() or self.conn.state is not State.OPEN:
            return False
        self.conn.send_text(text)
        self.transport.write(b"".join(self.conn.data_to_send()))
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self.connections_of.leave(self.transport)
        super().connection_lost(exc)


def bounded_protocols(connections: Connections) -> dict[str, Any]:
    """Return the options of uvicorn's configuration for a server with these connections."""
    held = {"connections_of": connections}
    return {
        "http": type("BoundedHttp", (BoundedHttp,), held),
        "ws": type("BoundedWebSocket", (BoundedWebSocket,), held),
    }
