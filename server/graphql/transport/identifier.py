"""Finding out who is calling: by bearer token, by session cookie, or by the first message of a socket."""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from server.graphql.access.cookies import COOKIE
from server.graphql.schema.context import Context
from server.kit.ip_address import address_text
from server.operations.core.services import Services

BEARER = "bearer "


class Identifier:
    """Makes the context of a request."""

    def __init__(
        self, services: Services, *, secure_cookies: bool, allowed_origins: Collection[str] = ()
    ) -> None:
        """`allowed_origins` are those of other sites whose pages may call."""
        self.services = services
        self._secure_cookies = secure_cookies
        self._allowed_origins = frozenset(allowed_origins)

    def allows_origin(self, connection: HTTPConnection) -> bool:
        """Whether a page may call: one of ours, or of an allowed site; programs send no origin."""
        origin = connection.headers.get("origin")
        return origin is None or self._is_same_site(connection, origin) or origin in self._allowed_origins

    async def context(
        self, connection: Request | WebSocket, response: Response | WebSocket, secret: str | None
    ) -> Context:
        """Return the context of a request by whoever holds the secret; without one, by nobody."""
        context = Context(
            services=self.services,
            request=connection,
            response=response,
            address=address_text(connection.client.host if connection.client else None),
            secure_cookies=self._secure_cookies,
        )
        if secret is not None:
            await context.identify(secret)
        return context

    def secret_of(self, connection: HTTPConnection) -> str | None:
        """Return the token or session that a request brings along."""
        return bearer_token(connection.headers.get("authorization")) or self._cookie(connection)

    def _cookie(self, connection: HTTPConnection) -> str | None:
        """Return the session cookie, unless another site's page had the browser send it."""
        origin = connection.headers.get("origin")
        if origin is not None and not self._is_same_site(connection, origin):
            return None
        if connection.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
            return None
        return connection.cookies.get(COOKIE)

    @staticmethod
    def _is_same_site(connection: HTTPConnection, origin: str) -> bool:
        try:
            return urlsplit(origin).netloc == connection.headers.get("host")
        except ValueError:  # "http://[", from whoever is no browser
            return False


def bearer_token(header: object) -> str | None:
    """Return the token of an Authorization header (RFC 6750, section 2.1)."""
    if isinstance(header, str) and header[: len(BEARER)].lower() == BEARER:
        return header[len(BEARER) :].strip()
    return None
