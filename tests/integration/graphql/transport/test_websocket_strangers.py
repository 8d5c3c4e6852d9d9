"""WebSockets on which nobody has signed in: they are few, and stay for a short time."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack

import pytest

from server.errors import Throttled
from server.graphql.transport.asgi import EdgePolicy
from server.graphql.transport.streams import MAX_STRANGERS, MAX_STRANGERS_OF_ONE, Streams
from server.graphql.transport.websocket import SocketPolicy
from server.operations.core.services import Services
from tests.client import socket_to, until
from tests.factories.accounts.accounts import World
from tests.factories.graphql.transport.site import Follower, Site, site

pytestmark = pytest.mark.one_database

QUERY = "{ __typename }"
ANSWER = {"__typename": "Query"}


@pytest.fixture
async def here(services: Services) -> AsyncIterator[Site]:
    """GraphQL on a port, with the bounds that it has by default."""
    async with site(services) as here:
        yield here


async def test_strangers_of_one_address_are_few(here: Site, world: World) -> None:
    """One above the bound has to come later; signed-in callers don't count, and freed places are reused."""
    follower = await Follower.arrive(world)
    async with AsyncExitStack() as opened:
        sockets = [
            await opened.enter_async_context(socket_to(here.host)) for _ in range(MAX_STRANGERS_OF_ONE)
        ]
        for socket in sockets:
            await socket.initialise()
        async with socket_to(here.host) as one_more:
            await one_more.send(type="connection_init")
            assert await one_more.closed() == 1013
        async with socket_to(here.host) as known:
            await known.initialise(follower.secret)
            assert (await known.ask(QUERY))["data"] == ANSWER
        await sockets[0].vanish()
        await until(lambda: here.open == MAX_STRANGERS_OF_ONE - 1)
        async with socket_to(here.host) as late:
            await late.initialise()
            assert (await late.ask(QUERY))["data"] == ANSWER
    await until(lambda: here.is_idle)


async def test_a_stranger_is_let_go(services: Services, world: World) -> None:
    """After a time, whatever it does; signed-in callers stay."""
    follower = await Follower.arrive(world)
    policy = EdgePolicy(sockets=SocketPolicy(stranger_seconds=0.05))
    async with (
        site(services, policy) as here,
        socket_to(here.host) as known,
        socket_to(here.host) as stranger,
    ):
        await known.initialise(follower.secret)
        await stranger.initialise()
        assert await stranger.closed() == 4401
        assert (await known.ask(QUERY))["data"] == ANSWER


def test_strangers_in_all_are_bounded_and_a_network_is_one() -> None:
    """With IPv6 anybody has a whole /64 of addresses."""
    streams = Streams()
    with ExitStack() as counted:
        for number in range(MAX_STRANGERS_OF_ONE):
            counted.enter_context(streams.stranger(f"2001:db8::{number:x}"))
        with pytest.raises(Throttled), streams.stranger("2001:db8::ffff"):
            pytest.fail("it was let in")
        for number in range(MAX_STRANGERS_OF_ONE, MAX_STRANGERS):
            counted.enter_context(streams.stranger(f"2001:db8:0:{number:x}::1"))
        with pytest.raises(Throttled), streams.stranger("192.0.2.1"):
            pytest.fail("it was let in")
    with streams.stranger("2001:db8::ffff"):
        pass
