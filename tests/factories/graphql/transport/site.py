"""The GraphQL endpoint on a real port with the test's bounds, and a caller who may follow an account."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from server.graphql.transport.asgi import EdgePolicy, graphql_routes
from server.graphql.transport.streams import Streams
from server.operations.access.authentication import sign_in_holder
from server.operations.core.services import Services
from server.store.models import Account
from server.web.middleware import RequestContext
from tests.client import PEER, serving
from tests.factories.accounts.accounts import HOLDER_PASSWORD, World
from tests.factories.messages.messages import numbers, send


@dataclass
class Site:
    """The GraphQL server, its open streams, and the number of running requests."""

    app: ASGIApp
    streams: Streams
    host: str = ""
    open: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, and count it meanwhile."""
        self.open += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.open -= 1

    @property
    def is_idle(self) -> bool:
        """Whether no connection is left."""
        return self.open == 0 and self.streams.count == 0


@asynccontextmanager
async def site(services: Services, policy: EdgePolicy | None = None) -> AsyncIterator[Site]:
    """Serve GraphQL; at the end, everything still running is ended as at a shutdown."""
    streams = Streams()
    routes = graphql_routes(services, streams, policy or EdgePolicy())
    app = RequestContext(Starlette(routes=routes), services.meters)
    site = Site(app, streams)
    async with serving(site) as site.host:
        try:
            yield site
        finally:
            streams.stop()


@dataclass(frozen=True)
class Follower:
    """The holder of an account, who can cause events there."""

    world: World
    account: Account
    secret: str

    @classmethod
    async def arrive(cls, world: World, account_name: str = "sms-demo-1") -> "Follower":
        """Create the account, and sign its holder in."""
        account = await world.account(account_name)
        session = await sign_in_holder(
            world.services, email=world.holder.name, password=HOLDER_PASSWORD, address=PEER
        )
        return cls(world, account, session.secret)

    async def stir(self, count: int = 1) -> None:
        """Write this many delivery events."""
        services = self.world.services
        later_us = services.clock.now_us() + 3_600_000_000
        await send(services, self.world.holder, self.account, *numbers(count), deferred_until_us=later_us)
