"""GraphQL over HTTP and over WebSocket (graphql-transport-ws), on top of the library's own view."""

from datetime import timedelta
from urllib.parse import urlsplit

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.unset import UnsetType

from server.api.access.cookies import COOKIE
from server.api.context import Context
from server.api.schema import schema
from server.operations.access import address_text
from server.operations.services import Services

INIT_TIMEOUT = timedelta(seconds=10)
MOST_OPERATIONS = 100
BEARER = "bearer "


class Edge(GraphQL[Context, None]):
    """The GraphQL endpoint of one application."""

    def __init__(self, services: Services, *, secure_cookies: bool) -> None:
        """Take what operations need, and whether cookies travel over HTTPS only."""
        super().__init__(
            schema,
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=INIT_TIMEOUT,
            max_subscriptions_per_connection=MOST_OPERATIONS,
        )
        self._services = services
        self._secure_cookies = secure_cookies

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """Find out who is calling; a request that proves nothing is nobody's."""
        context = Context(
            services=self._services,
            request=request,
            response=response,
            address=address_text(request.client.host if request.client else None),
            secure_cookies=self._secure_cookies,
        )
        secret = _bearer(request.headers.get("authorization")) or _cookie(request)
        if secret is not None:
            await context.identify(secret)
        return context

    async def on_ws_connect(self, context: Context) -> UnsetType:
        """Let a client that can't set headers, such as a browser, sign in by its first message."""
        params = {key.lower(): value for key, value in context.connection_params.items()}
        secret = _bearer(params.get("authorization"))
        if secret is not None:
            await context.identify(secret)
        return UnsetType()

    def encode_json(self, data: object) -> str:
        """Encode an answer."""
        return orjson.dumps(data).decode()


def graphql_routes(services: Services, *, secure_cookies: bool) -> list[BaseRoute]:
    """Return the routes of the GraphQL endpoint."""
    edge: ASGIApp = Edge(services, secure_cookies=secure_cookies)
    return [Route("/graphql", edge), WebSocketRoute("/graphql", edge)]


def _bearer(header: object) -> str | None:
    """Return the token of an Authorization header (RFC 6750, section 2.1)."""
    if isinstance(header, str) and header[: len(BEARER)].lower() == BEARER:
        return header[len(BEARER) :].strip()
    return None


def _cookie(request: Request | WebSocket) -> str | None:
    """Return the session cookie, unless another site's page has sent it along."""
    origin = request.headers.get("origin")
    if origin is not None and not _same_host(origin, request.headers.get("host")):
        return None
    return request.cookies.get(COOKIE)


def _same_host(origin: str, host: str | None) -> bool:
    try:
        return urlsplit(origin).netloc == host
    except ValueError:  # "http://[", from whoever is no browser
        return False
