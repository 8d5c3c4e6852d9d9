"""The middleware of every request: id, log line, metrics, the client's address and security headers."""

import re
import time
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network
from typing import Any, cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from server.kit.ids import new_request_id
from server.kit.ip_address import address_text
from server.kit.logging import bind_request_id, clear_context, log_request
from server.kit.meters import Meters
from server.kit.redaction import redact_query, redact_text

REQUEST_ID_HEADER = "X-Request-ID"
_REQUEST_ID_NAME = REQUEST_ID_HEADER.lower().encode()
MAX_LOGGED_CHARS = 1_000
MAX_JUDGED_CHARS = 16_000
"""The most of a query that is searched for secrets: 30,000 parameters would take a third of a second."""
# The log shows only the query fields that tell requests apart: messages are private, and a GraphQL document
# or a field with a misspelt name may hold passwords.
SHOWN = frozenset(
    {
        "account", "login", "from", "deferred", "class", "nostop", "tag", "smscoding", "smsencoding", "contenttype",
        "senderforresponse", "operationname",
    }
)  # fmt: skip

_SECURITY_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
# RFC 6797, section 7.2: never over plain HTTP. Subdomains are not our business.
_HTTPS_ONLY = (b"strict-transport-security", b"max-age=31536000")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_MAPPED = IPv6Address("::ffff:0:0")
_MAPPED_BITS = 96


class RequestContext:
    """Gives each request an id, logs each HTTP request in one line, and counts it.

    It belongs around the whole application, so that errors answered by the application have an id too. The id
    is `scope["state"]["request_id"]`, and the caller's own if it sent a valid one. Facts that a handler binds
    to the log's context (the caller, the outcome) are in the line too.
    """

    def __init__(self, app: ASGIApp, meters: Meters) -> None:
        self._app = app
        self._meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a connection."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        # Never cleared afterwards: the server logs an unhandled error later, with the id.
        clear_context()
        bind_request_id(request_id)
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
        else:
            await self._http(scope, receive, send, request_id)

    async def _http(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        # The application may change the scope.
        path, query, client = scope["path"], scope["query_string"].decode("latin-1"), scope.get("client")
        began = time.perf_counter()
        status, seconds = 500, None

        async def send_with_id(message: Message) -> None:
            nonlocal status, seconds
            if message["type"] == "http.response.start":
                status, seconds = message["status"], time.perf_counter() - began
                message["headers"] = [*message.get("headers", ()), (_REQUEST_ID_NAME, request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        finally:
            total = time.perf_counter() - began
            log_request(
                __name__,
                method=scope["method"],
                path=redact_text(path)[:MAX_LOGGED_CHARS],
                query=redact_query(query[:MAX_JUDGED_CHARS], shown=SHOWN)[:MAX_LOGGED_CHARS],
                status=status,
                duration_ms=round(total * 1_000, 1),
                client=client[0] if client else None,
            )
            self._meters.count_request(
                route=getattr(scope.get("route"), "path", "unmatched"),
                method=scope["method"],
                status=status,
                seconds=total if seconds is None else seconds,
            )


class SecurityHeaders:
    """Adds security headers to every answer, errors included.

    Headers of the answer itself take precedence: the policy of a page with scripts, or the lifetime of a
    file.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        defaults = _SECURITY_HEADERS if scope["scheme"] == "http" else (*_SECURITY_HEADERS, _HTTPS_ONLY)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = message.get("headers", [])
                names = {name for name, _ in own}
                message["headers"] = [*own, *(header for header in defaults if header[0] not in names)]
            await send(message)

        await self._app(scope, receive, send_with_headers)


def trusted_proxies(app: ASGIApp, networks: Sequence[IPv4Network | IPv6Network]) -> ASGIApp:
    """Return the application behind proxies: X-Forwarded-For is trusted if it comes from these networks.

    The client is then the right-most address in the header that is not a proxy's: everything before it is the
    client's own claim. If that is not an address, the client has none, and counts together with all others
    without one. Without networks, nobody is trusted. The server that runs the application must not read these
    headers itself (uvicorn does by default).
    """
    if not networks:
        return app
    hosts = [str(form) for network in networks for form in _forms(network)]
    # uvicorn's types for ASGI are dictionaries with known keys, Starlette's are any mapping.
    return cast("ASGIApp", ProxyHeadersMiddleware(cast("Any", _addressed(app)), trusted_hosts=hosts))


def _addressed(app: ASGIApp) -> ASGIApp:
    """Return the application with the client's address removed if a proxy's name for it is not an address."""

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        if client is not None and address_text(client[0]) is None:
            scope["client"] = None
        await app(scope, receive, send)

    return call


def _forms(network: IPv4Network | IPv6Network) -> list[IPv4Network | IPv6Network]:
    """Return a network, and the form of its addresses at a dual-stack socket (RFC 4291 §2.5.5.2)."""
    if isinstance(network, IPv6Network):
        return [network]
    mapped = int(_MAPPED) + int(network.network_address)
    return [network, IPv6Network((mapped, _MAPPED_BITS + network.prefixlen))]


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == _REQUEST_ID_NAME:
            given: str = value.decode("latin-1")
            return given if _REQUEST_ID.fullmatch(given) else new_request_id()
    return new_request_id()
