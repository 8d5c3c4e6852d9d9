"""The end of a connection: nothing remains after a disconnect, and no access after a loss of rights."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from server.graphql.transport.socket_messages import FORBIDDEN
from server.kit.clock import ManualClock
from server.operations.access.authentication import principal_of_secret, sign_out
from server.operations.accounts.user_settings import set_user_ip_restrictions
from server.operations.accounts.users import change_user_password
from server.operations.core.services import Services
from server.operations.messages.cancellation import cancel_pending_messages
from server.store.models import User
from tests.client import PEER, graphql_app, serving, socket_to
from tests.factories.access.callers import Callers
from tests.factories.accounts.accounts import World
from tests.factories.delivery.subscriptions import DEMO, START, SUBSCRIBE, listening, write_events
from tests.factories.messages.messages import send


@pytest.fixture
async def callers(world: World) -> Callers:
    """Two tenants, and all kinds of callers."""
    return await Callers.build(world)


@pytest.fixture
async def host(services: Services, callers: Callers) -> AsyncIterator[str]:
    """Where GraphQL is served."""
    assert callers
    async with serving(graphql_app(services)) as host:
        yield host


@pytest.mark.parametrize("end", ["vanish", "close", "complete"])
async def test_whoever_goes_away_leaves_nothing_behind(
    services: Services, callers: Callers, host: str, end: str
) -> None:
    """A cut cable, a closed connection and a finished operation free what they had."""
    async with socket_to(host) as socket:
        await socket.initialise(await callers.secret("holder"))
        for number in range(5):
            await socket.subscribe(SUBSCRIBE, {**DEMO, "after": START}, id=str(number))
        told: set[str] = set()
        while len(told) < 5:
            told.add((await socket.receive())["id"])
        if end == "vanish":
            await socket.vanish()
        elif end == "close":
            await socket.connection.close()
        else:
            for number in range(5):
                await socket.send(type="complete", id=str(number))
        await listening(services, 0)
    await send(services, callers.world.holder, callers.demo.account)


async def test_vanishing_while_events_pour_in(services: Services, callers: Callers, host: str) -> None:
    """Also in the midst of reading; and the database is as usable as before."""
    for _ in range(20):
        async with socket_to(host) as socket:
            await socket.initialise(await callers.secret("holder:read"))
            for number in range(4):
                await socket.subscribe(SUBSCRIBE, {**DEMO, "after": START}, id=str(number))
            await socket.receive()
            await socket.vanish()
    await listening(services, 0)
    await write_events(services, callers)


Stop = Callable[[Services, Callers, str], Awaitable[object]]


async def _leave(services: Services, _: Callers, secret: str) -> None:
    await sign_out(services, await principal_of_secret(services, secret, PEER))


async def _restrict(services: Services, callers: Callers, _: str) -> None:
    await set_user_ip_restrictions(
        services,
        callers.world.holder,
        account="sms-demo-1",
        login=callers.demo.script.login,
        addresses=[PEER],
    )


async def _disable(_: Services, callers: Callers, __: str) -> None:
    await User.filter(id=callers.demo.script.id).update(enabled=False)


async def _change_password(services: Services, callers: Callers, _: str) -> None:
    await change_user_password(
        services, callers.world.holder, account="sms-demo-1", login=callers.demo.script.login, password=None
    )


STOPS = [_leave, _restrict, _disable, _change_password]


@pytest.mark.parametrize("stop", [_leave, _restrict, _change_password])
async def test_a_connection_ends_with_its_right(
    services: Services, callers: Callers, host: str, stop: Stop
) -> None:
    """At once, where this process took the right away, with all that runs on it."""
    secret = await callers.secret("script")
    assert secret
    async with socket_to(host) as socket:
        await socket.initialise(secret)
        await socket.subscribe(SUBSCRIBE, DEMO, id="running")
        await listening(services, 1)
        await stop(services, callers, secret)
        assert await socket.closed() == FORBIDDEN
        await listening(services, 0)


async def test_a_running_operation_outlives_no_right(
    services: Services, callers: Callers, host: str, clock: ManualClock
) -> None:
    """What another process took away ends what runs at the next event, with the reason."""
    secret = await callers.secret("script")
    assert secret
    async with socket_to(host) as socket:
        await socket.initialise(secret)
        await socket.subscribe(SUBSCRIBE, DEMO, id="running")
        await listening(services, 1)
        await _disable(services, callers, secret)
        clock.advance(5)
        await cancel_pending_messages(
            services, callers.world.holder, account="sms-demo-1", login=callers.demo.script.login
        )
        message = await socket.receive()
        assert (message["id"], message["type"]) == ("running", "error")
        assert [error["extensions"]["code"] for error in message["payload"]] == ["UNAUTHENTICATED"]
        await listening(services, 0)


@pytest.mark.parametrize("stop", STOPS)
async def test_a_connection_outlives_no_right(
    services: Services, callers: Callers, host: str, stop: Stop
) -> None:
    """The next operation finds out, and ends the connection with all that runs on it."""
    secret = await callers.secret("script")
    assert secret
    async with socket_to(host) as socket:
        await socket.initialise(secret)
        await socket.subscribe(SUBSCRIBE, DEMO, id="running")
        await listening(services, 1)
        await stop(services, callers, secret)
        await socket.subscribe(SUBSCRIBE, DEMO, id="next")
        assert await socket.closed() == FORBIDDEN
        await listening(services, 0)
