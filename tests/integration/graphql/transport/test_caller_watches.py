"""Callers are looked up again for all their connections at once, and each connection hears of its own caller."""

from contextlib import AsyncExitStack

import pytest

from server.bus.bus import caller_topic
from server.graphql.transport.asgi import EdgePolicy
from server.graphql.transport.websocket import SocketPolicy
from server.operations.access.authentication import principal_of_secret, sign_in_holder
from server.operations.core.services import Services
from server.store.models import AccessToken
from tests.client import PEER, Socket, socket_to, until
from tests.factories.accounts.accounts import HOLDER_PASSWORD, World
from tests.factories.graphql.transport.site import Follower, Site, site
from tests.factories.store.statements import Statements, counted

pytestmark = pytest.mark.one_database

QUERY = "{ __typename }"


async def _connections(stack: AsyncExitStack, here: Site, secret: str, count: int) -> list[Socket]:
    sockets = [await stack.enter_async_context(socket_to(here.host)) for _ in range(count)]
    for socket in sockets:
        await socket.initialise(secret)
    return sockets


def _look_ups(statements: Statements) -> int:
    return len(statements.about("access_tokens"))


async def test_one_look_up_serves_all_connections(services: Services, world: World) -> None:
    """A wake-up for the caller costs as much with five connections as with one, also after some have gone."""
    follower = await Follower.arrive(world)
    async with site(services) as here, AsyncExitStack() as stack:
        sockets = await _connections(stack, here, follower.secret, 5)
        await sockets[0].vanish()
        with counted() as statements:
            services.bus.publish(caller_topic(holder_id=world.holder.holder_id))
            await until(lambda: _look_ups(statements) > 0)
            for socket in sockets[1:]:
                await socket.send(type="ping")
                assert await socket.receive() == {"type": "pong"}
        assert _look_ups(statements) == 1


async def test_all_connections_of_a_secret_end_and_no_others(services: Services, world: World) -> None:
    """Though no wake-up told of the end; what is left holds nothing of those that have gone."""
    follower = await Follower.arrive(world)
    other = await sign_in_holder(services, email=world.holder.name, password=HOLDER_PASSWORD, address=PEER)
    policy = EdgePolicy(sockets=SocketPolicy(recheck_seconds=0.05))
    async with site(services, policy) as here, AsyncExitStack() as stack:
        ending = await _connections(stack, here, follower.secret, 3)
        [staying] = await _connections(stack, here, other.secret, 1)
        token = (await principal_of_secret(services, follower.secret, PEER)).token_id
        await AccessToken.filter(id=token).update(revoked_at_us=services.clock.now_us())
        assert [await socket.closed() for socket in ending] == [4403] * 3
        assert (await staying.ask(QUERY))["data"] == {"__typename": "Query"}
        await until(lambda: here.open == 1)
