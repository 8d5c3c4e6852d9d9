"""Requests to operators over HTTP, to addresses that the policy allows, with bounds on every answer."""

import os
import ssl
from collections.abc import Iterator
from contextvars import ContextVar
from importlib.metadata import version
from socket import socket

from aiohttp import (
    AddrInfoType,
    ClientConnectorError,
    ClientError,
    ClientHandlerType,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    InvalidURL,
    TCPConnector,
)
from yarl import URL

from server.kit.http_exchange import HttpAnswer, HttpRequest, NoAnswer, NotReached
from server.outbound.ssrf_guard import (
    ForbiddenAddress,
    GuardedResolver,
    Lookup,
    SystemLookup,
    open_guarded,
)
from server.rules.callbacks.addresses import AddressPolicy

MAX_BODY_BYTES = 65_536
MAX_HEADERS = 100
MAX_LINE_BYTES = 8_190
READ_BYTES = 16_384
CONNECT_SECONDS = 10.0
IDLE_SECONDS = 10.0


_is_repeated: ContextVar[bool] = ContextVar("_is_repeated")
"""Whether the present request was already handed to a connection."""


class OperatorClient:
    """The caller for links over HTTP. It must be built in a running event loop.

    It only connects to addresses that the policy allows, whatever a name resolves to at that moment. It
    ignores redirects, cookies, compression and proxies. It never sends a request twice: if the operator may
    have read it, the caller decides.
    """

    def __init__(
        self, policy: AddressPolicy, *, lookup: Lookup | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        """`lookup` and `tls` replace the machine's resolver and trusted certificates."""
        self._policy = policy
        self._system_lookup = SystemLookup()
        self._session = ClientSession(
            connector=TCPConnector(
                resolver=GuardedResolver(policy, lookup or self._system_lookup),
                use_dns_cache=False,
                socket_factory=self._open_socket,
                ssl=tls or True,
                limit=0,  # the link's window is the bound
                keepalive_timeout=IDLE_SECONDS,
            ),
            headers={"User-Agent": f"Chappe/{version('chappe')}", "Accept-Encoding": "identity"},
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            read_bufsize=READ_BYTES,
            max_line_size=MAX_LINE_BYTES,
            max_field_size=MAX_LINE_BYTES,
            max_headers=MAX_HEADERS,
            middlewares=(_send_once,),
        )

    async def exchange(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        """Send a request once, and return its answer; see `HttpCaller`."""
        token = _is_repeated.set(False)
        try:
            return await self._exchange(request, seconds)
        except (ClientConnectorError, ConnectionTimeoutError, ForbiddenAddress, InvalidURL) as error:
            raise NotReached(_reason(error)) from error
        except TimeoutError as error:
            raise NoAnswer("no answer in time") from error
        except (ClientError, OSError) as error:
            raise NoAnswer("the connection broke before the answer") from error
        finally:
            _is_repeated.reset(token)

    async def close(self) -> None:
        """Close the connections that are kept open."""
        await self._session.close()
        self._system_lookup.close()

    async def _exchange(self, request: HttpRequest, seconds: float) -> HttpAnswer:
        async with self._session.request(
            request.method,
            URL(request.url, encoded=True),  # else it would normalise what the signature covers
            headers=request.headers,
            data=request.body or None,
            allow_redirects=False,
            timeout=ClientTimeout(
                total=CONNECT_SECONDS + seconds, connect=CONNECT_SECONDS, sock_read=seconds
            ),
        ) as response:
            body = bytearray()
            while len(body) < MAX_BODY_BYTES and (chunk := await response.content.read(READ_BYTES)):
                body += chunk
            if len(body) >= MAX_BODY_BYTES:
                response.close()
            headers = {name.lower(): value for name, value in response.headers.items()}
            return HttpAnswer(status=response.status, headers=headers, body=bytes(body[:MAX_BODY_BYTES]))

    def _open_socket(self, target: AddrInfoType) -> socket:
        return open_guarded(self._policy, target)


async def _send_once(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Prevent repeats: aiohttp repeats requests that it considers harmless, such as a GET."""
    if _is_repeated.get():
        raise _Repeated
    _is_repeated.set(True)
    return await handler(request)


class _Repeated(ClientError):
    """The request was already handed to a connection, which broke."""


def _reason(error: Exception) -> str:
    causes = list(_causes(error))
    if any(isinstance(cause, ForbiddenAddress) for cause in causes):
        return "the address is not allowed: CHAPPE_OPERATOR_ALLOWED_NETWORKS and _PORTS say which are"
    if any(isinstance(cause, ssl.SSLError | ssl.CertificateError) for cause in causes):
        return "TLS failed"
    if isinstance(error, ConnectionTimeoutError):
        return "not connected in time"
    if isinstance(error, ClientConnectorError) and (error.os_error.errno or 0) > 0:
        return os.strerror(error.os_error.errno or 0).lower()
    return "not connected"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
