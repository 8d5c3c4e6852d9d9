"""Callbacks over HTTP: one GET to a URL that somebody else chose, with bounds on every answer."""

import asyncio
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from importlib.metadata import version
from weakref import WeakSet

from aiohttp import (
    AddrInfoType,
    ClientConnectionError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ClientHandlerType,
    ClientOSError,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    InvalidURL,
    ServerDisconnectedError,
    TCPConnector,
)
from aiohttp.connector import Connection
from yarl import URL

from server.kit.clock import Clock
from server.outbound.ssrf_guard import (
    ForbiddenAddress,
    GuardedResolver,
    Lookup,
    SystemLookup,
    open_guarded,
)
from server.outbound.webhooks import MAX_CALLS, CallOutcome
from server.rules.callbacks.addresses import AddressPolicy, is_plain_host
from server.rules.callbacks.callbacks import TryVerdict
from server.rules.core.retry_after import parse_retry_after

MAX_HEADERS = 100
MAX_LINE_BYTES = 8_190
MAX_BODY_BYTES = 65_536
READ_BYTES = 16_384
DRAIN_SECONDS = 0.5
IDLE_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBounds:
    """How long a call may take, in seconds: to connect (including DNS and TLS), and in all.

    `max_at_once` bounds the calls at a time, and also the connections kept for later calls.
    """

    connect_seconds: float
    total_seconds: float
    max_at_once: int = MAX_CALLS


@dataclass(slots=True)
class _Try:
    """What aiohttp's hooks, which get no request, find out about the present one."""

    keeps_connection: bool
    address: str | None = None
    is_first_on_connection: bool = False


_try: ContextVar[_Try] = ContextVar("_try")


class _BrokenOff(ClientConnectionError):
    """A new connection broke. aiohttp would take it for a stale old one and send the request again."""


class _Response(ClientResponse):
    """A response that knows its peer's address."""

    async def start(self, connection: Connection) -> ClientResponse:
        """Store the peer's address, and read the answer's head."""
        this = _try.get()
        peer = connection.transport and connection.transport.get_extra_info("peername")
        if peer:
            this.address = peer[0]
        if not this.keeps_connection and connection.protocol is not None:
            connection.protocol.force_close()
        return await super().start(connection)


class AiohttpCaller:
    """The server's caller. It must be built in a running event loop.

    It only connects to addresses that the policy allows, whatever a name resolves to at that moment. It
    ignores redirects, cookies, compression and proxies.
    """

    def __init__(
        self,
        clock: Clock,
        policy: AddressPolicy,
        bounds: CallBounds,
        *,
        lookup: Lookup | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`lookup` and `tls` replace the machine's resolver and trusted certificates."""
        self._clock = clock
        self._policy = policy
        self._bounds = bounds
        self._system_lookup = SystemLookup()
        self._turns = asyncio.Semaphore(self._bounds.max_at_once)
        self._sockets: WeakSet[socket.socket] = WeakSet()
        self._session = ClientSession(
            connector=TCPConnector(
                resolver=GuardedResolver(policy, lookup or self._system_lookup),
                use_dns_cache=False,
                socket_factory=self._open_socket,
                ssl=tls or True,
                limit=0,  # the turns are the bound, as waiting for one must not count as latency
                keepalive_timeout=IDLE_SECONDS,
            ),
            timeout=ClientTimeout(total=self._bounds.total_seconds, connect=self._bounds.connect_seconds),
            headers={"User-Agent": f"Chappe/{version('chappe')}", "Accept-Encoding": "identity"},
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            read_bufsize=READ_BYTES,
            max_line_size=MAX_LINE_BYTES,
            max_field_size=MAX_LINE_BYTES,
            max_headers=MAX_HEADERS,
            response_class=_Response,
            middlewares=(_send_once,),
        )

    async def get(self, url: str, headers: Mapping[str, str]) -> CallOutcome:
        """Make one GET without following redirects, and return its outcome.

        The URL is sent exactly as it is written. The latency ends with the answer's head. The body is read,
        for a short time, only so that the connection can be used again.
        """
        async with self._turns:
            this = _Try(keeps_connection=len(self._sockets) < self._bounds.max_at_once)
            token = _try.set(this)
            started_us = _monotonic_us()
            try:
                return await self._get(url, headers, this, started_us)
            except (ClientError, ForbiddenAddress, TimeoutError) as error:
                return CallOutcome(
                    verdict=_verdict_of(error), latency_us=_monotonic_us() - started_us, address=this.address
                )
            finally:
                _try.reset(token)

    async def close(self) -> None:
        """Close the connections that are kept open."""
        await self._session.close()
        self._system_lookup.close()

    async def _get(self, url: str, headers: Mapping[str, str], this: _Try, started_us: int) -> CallOutcome:
        try:
            parsed = URL(url, encoded=True)  # else it would normalise what the signature covers
        except ValueError as error:
            raise InvalidURL(url) from error
        if not is_plain_host(parsed.raw_host or ""):
            raise ForbiddenAddress
        async with self._session.get(parsed, headers=headers, allow_redirects=False) as response:
            latency_us = _monotonic_us() - started_us
            await _drain(response)
            verdict = _verdict_on(response.status)
            retry_after = response.headers.get("Retry-After", "")
            return CallOutcome(
                verdict=verdict,
                latency_us=latency_us,
                address=this.address,
                status=response.status,
                retry_after_seconds=None
                if verdict is TryVerdict.DELIVERED
                else parse_retry_after(retry_after, self._clock.now_us()),
            )

    def _open_socket(self, target: AddrInfoType) -> socket.socket:
        opened = open_guarded(self._policy, target)
        # aiohttp takes any number of interim answers (1xx), so a flood of them is parsed in small pieces.
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, READ_BYTES)
        self._sockets.add(opened)
        this = _try.get()
        this.address, this.is_first_on_connection = target[4][0], True
        return opened


async def _send_once(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Let a request be repeated only if its kept connection had died (RFC 9112 §9.3.1)."""
    try:
        return await handler(request)
    except ClientConnectorError:
        raise
    except (ClientOSError, ServerDisconnectedError) as error:
        if _try.get().is_first_on_connection:
            raise _BrokenOff from error
        raise


async def _drain(response: ClientResponse) -> None:
    """Read a body to its end if it is short; otherwise the connection is dropped."""
    left = MAX_BODY_BYTES
    with suppress(ClientError, TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while left > 0 and (chunk := await response.content.read(READ_BYTES)):
                left -= len(chunk)


def _verdict_on(status: int) -> TryVerdict:
    if 200 <= status < 300:  # noqa: PLR2004 the class of success, RFC 9110 §15.3
        return TryVerdict.DELIVERED
    return TryVerdict.GONE if status == 410 else TryVerdict.REFUSED_STATUS  # noqa: PLR2004 Gone


def _verdict_of(error: ClientError | OSError) -> TryVerdict:
    """Return the verdict on a failure by its cause. The order matters: many errors are subclasses of others."""
    causes = list(_causes(error))
    if any(isinstance(cause, ForbiddenAddress) for cause in causes):
        return TryVerdict.FORBIDDEN_ADDRESS
    if isinstance(error, ClientConnectorDNSError | InvalidURL):
        return TryVerdict.UNRESOLVED
    if any(isinstance(cause, ssl.SSLError | ssl.CertificateError) for cause in causes):
        return TryVerdict.TLS_FAILED
    if isinstance(error, TimeoutError):
        return TryVerdict.TIMED_OUT
    return TryVerdict.UNREACHABLE if isinstance(error, ClientConnectionError) else TryVerdict.BAD_ANSWER


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _monotonic_us() -> int:
    return time.monotonic_ns() // 1_000
