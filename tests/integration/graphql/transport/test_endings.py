"""Streams end at once when their caller is disabled, even if nothing is requested or sent meanwhile."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from server.operations.access.authentication import sign_in_user
from server.operations.access.holders import set_holder_enabled
from server.operations.access.sessions import revoke_session
from server.operations.accounts.accounts import update_account
from server.operations.accounts.users import change_user_password, set_user_enabled
from server.operations.core.services import Services
from server.store.models import AccessToken
from server.store.models.accounts import AccountStatus
from tests.client import PEER, socket_to, until
from tests.factories.accounts.accounts import USER_PASSWORD, World
from tests.factories.delivery.subscriptions import DEMO, SUBSCRIBE, listening
from tests.factories.graphql.transport.site import Follower, Site, site
from tests.factories.graphql.transport.sse import following

SCRIPT = {"account": "sms-demo-1", "login": "script"}

Stop = Callable[[World], Awaitable[object]]


@pytest.fixture
async def here(services: Services) -> AsyncIterator[Site]:
    """GraphQL on a port, with the bounds that it has by default: seconds would pass until it looks by itself."""
    async with site(services) as here:
        yield here


@pytest.fixture
async def follower(world: World) -> Follower:
    """The holder of an account."""
    return await Follower.arrive(world)


@pytest.fixture
async def user(world: World, follower: Follower) -> Follower:
    """An API user of that account."""
    await world.user(follower.account)
    session = await sign_in_user(world.services, **SCRIPT, password=USER_PASSWORD, address=PEER)
    return Follower(world, follower.account, session.secret)


async def _stop_holder(world: World) -> None:
    await set_holder_enabled(world.services, world.operator, email="holder@example.com", enabled=False)


async def _end_session(world: World) -> None:
    session = await AccessToken.get(holder_id=world.holder.holder_id, is_session=True)
    await revoke_session(world.services, world.operator, session_id=session.id)


STOPS_OF_USER: dict[str, Stop] = {
    "disabled": lambda w: set_user_enabled(w.services, w.holder, **SCRIPT, enabled=False),
    "another password": lambda w: change_user_password(w.services, w.holder, **SCRIPT, password=None),
    "account disabled": lambda w: update_account(
        w.services, w.operator, account="sms-demo-1", changes={"status": AccountStatus.DISABLED}
    ),
}


@pytest.mark.parametrize("stop", [_stop_holder, _end_session])
async def test_a_holders_connections_end(
    services: Services, here: Site, follower: Follower, stop: Stop
) -> None:
    """The socket with 4403, the stream with the reason and its end; nobody waits for an end any more."""
    async with socket_to(here.host) as socket, following(here, follower) as reader:
        await socket.initialise(follower.secret)
        await socket.subscribe(SUBSCRIBE, DEMO)
        await until(lambda: here.streams.count == 2)
        await stop(follower.world)
        assert await socket.closed() == 4403
        [answer, end] = await reader.rest()
    assert [error["extensions"]["code"] for error in answer.data["errors"]] == ["UNAUTHENTICATED"]
    assert end.name == "complete"
    await until(lambda: here.is_idle and not services.bus._listeners)  # type: ignore[attr-defined]  # its own too


@pytest.mark.parametrize("way", STOPS_OF_USER)
async def test_a_users_connections_end(services: Services, here: Site, user: Follower, way: str) -> None:
    """However it is stopped."""
    async with socket_to(here.host) as socket:
        await socket.initialise(user.secret)
        await socket.subscribe(SUBSCRIBE, DEMO)
        await listening(services, 1)
        await STOPS_OF_USER[way](user.world)
        assert await socket.closed() == 4403


async def test_a_sign_out_over_a_socket_is_answered_before_the_end(here: Site, follower: Follower) -> None:
    """A caller that ends its own session gets the answer."""
    async with socket_to(here.host) as socket:
        await socket.initialise(follower.secret)
        answer = await socket.ask("mutation { signOut { signedOut } }")
        assert answer["data"] == {"signOut": {"signedOut": True}}
        assert await socket.closed() == 4403


async def test_what_ends_for_another_ends_nothing_here(
    services: Services, here: Site, follower: Follower, user: Follower
) -> None:
    """The holder follows on while a user of its account is stopped."""
    async with socket_to(here.host) as socket:
        await socket.initialise(follower.secret)
        await socket.subscribe(SUBSCRIBE, DEMO)
        await listening(services, 1)
        await STOPS_OF_USER["disabled"](user.world)
        await socket.send(type="ping")
        assert await socket.receive() == {"type": "pong"}
