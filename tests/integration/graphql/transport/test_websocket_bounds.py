"""The bounds of a WebSocket connection, its end, and that nothing of it remains."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from server.bus.bus import MemoryBus
from server.graphql.transport.asgi import EdgePolicy
from server.graphql.transport.streams import MAX_OF_ONE_CALLER, Transport
from server.graphql.transport.websocket import PROTOCOL, SocketPolicy
from server.logs.tail import Followers
from server.operations.access.authentication import principal_of_secret, sign_out
from server.operations.core.services import Services
from tests.client import PATIENCE_SECONDS, PEER, Socket, socket_to, until
from tests.factories.accounts.accounts import World
from tests.factories.delivery.subscriptions import DEMO, START, SUBSCRIBE, listening, next_events, sequences
from tests.factories.graphql.transport.site import Follower, Site, site

pytestmark = pytest.mark.one_database

QUERY = "{ __typename }"
ANSWER = {"__typename": "Query"}


@pytest.fixture
async def here(services: Services) -> AsyncIterator[Site]:
    """GraphQL on a port, with the bounds that it has by default."""
    async with site(services) as here:
        yield here


@pytest.fixture
async def follower(world: World) -> Follower:
    """Somebody who may follow an account."""
    return await Follower.arrive(world)


async def test_a_connection_has_so_many_operations(services: Services, follower: Follower) -> None:
    """One more than the bound is refused by itself, as long as the others run; those that are over do not count."""
    await follower.stir()
    async with site(services) as here, socket_to(here.host) as socket:
        await socket.initialise(follower.secret)
        most = SocketPolicy().operations
        for number in range(most - 1):
            await socket.subscribe(SUBSCRIBE, {**DEMO, "after": START}, id=str(number))
        await next_events(socket, most - 1)
        for _ in range(5):
            assert (await socket.ask(QUERY))["data"] == ANSWER
        await socket.subscribe(SUBSCRIBE, {**DEMO, "after": START}, id="last")
        await next_events(socket, 1)
        await socket.subscribe(SUBSCRIBE, DEMO, id="more")
        message = await socket.receive()
        assert (message["id"], message["type"]) == ("more", "error")
        [error] = message["payload"]
        assert error["extensions"] == {"code": "THROTTLED", "retryAfter": 1}
        await follower.stir()
        told = {(await socket.receive())["id"] for _ in range(most)}
        assert told == {*map(str, range(most - 1)), "last"}
        await socket.send(type="complete", id="last")
        await until(lambda: here.streams.count == most - 1)
        assert (await socket.ask(QUERY))["data"] == ANSWER


@contextmanager
def _busy(here: Site, caller: str) -> Iterator[None]:
    """Have a caller follow all but one of what it may."""
    with ExitStack() as stack:
        for _ in range(MAX_OF_ONE_CALLER - 1):
            stack.enter_context(here.streams.follow(caller, Transport.WEBSOCKET))
        yield


async def test_a_caller_follows_so_much(services: Services, here: Site, follower: Follower) -> None:
    """Over all connections together; one more is refused by itself, until another one ends."""
    caller = (await principal_of_secret(services, follower.secret, PEER)).key
    with _busy(here, caller):
        async with socket_to(here.host) as socket:
            await socket.initialise(follower.secret)
            await socket.subscribe(SUBSCRIBE, DEMO, id="last")
            await listening(services, 1)
            await socket.subscribe(SUBSCRIBE, DEMO, id="more")
            message = await socket.receive()
            assert (message["id"], message["type"]) == ("more", "error")
            [error] = message["payload"]
            assert error["extensions"] == {"code": "THROTTLED", "retryAfter": 1}
            async with socket_to(here.host) as nobody:
                await nobody.initialise()
                assert (await nobody.ask(QUERY))["data"] == ANSWER
            await socket.send(type="complete", id="last")
            await listening(services, 0)
            assert (await socket.ask(QUERY))["data"] == ANSWER
    assert here.streams.count == 0


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://["])
async def test_a_page_of_another_site_is_not_served(here: Site, origin: str) -> None:
    """The handshake itself is refused, with 403."""
    with pytest.raises(InvalidStatus) as refused:
        async with socket_to(here.host, origin=origin):
            pass
    assert refused.value.response.status_code == 403


async def test_pages_of_ours_and_of_friends_are_served(services: Services) -> None:
    """The same host, and the sites that are allowed."""
    async with site(services, EdgePolicy(allowed_origins=["https://friend.example"])) as here:
        for origin in (f"http://{here.host}", "https://friend.example"):
            async with socket_to(here.host, origin=origin) as socket:
                await socket.initialise()


async def test_a_shutdown_ends_every_connection(services: Services, here: Site, follower: Follower) -> None:
    """Close code 1001 for the busy, the idle and the new."""
    async with socket_to(here.host) as busy, socket_to(here.host) as idle:
        await busy.initialise(follower.secret)
        await busy.subscribe(SUBSCRIBE, DEMO)
        await listening(services, 1)
        assert here.streams.by_transport == {"websocket": 1, "sse": 0}
        here.streams.stop()
        assert [await busy.closed(), await idle.closed()] == [1001, 1001]
        await listening(services, 0)
        assert here.streams.count == 0
    async with socket_to(here.host) as late:
        assert await late.closed() == 1001


async def test_a_silent_connection_outlives_no_right(services: Services, follower: Follower) -> None:
    """Close code 4403 a while after the secret becomes invalid, without any traffic."""
    policy = EdgePolicy(sockets=SocketPolicy(recheck_seconds=0.05))
    async with (
        site(services, policy) as here,
        socket_to(here.host) as socket,
        socket_to(here.host) as anybody,
    ):
        await socket.initialise(follower.secret)
        await anybody.initialise()
        await socket.subscribe(SUBSCRIBE, DEMO)
        await listening(services, 1)
        await sign_out(services, await principal_of_secret(services, follower.secret, PEER))
        assert await socket.closed() == 4403
        await listening(services, 0)
        assert (await anybody.ask(QUERY))["data"] == ANSWER


@pytest.mark.parametrize("wakes_up", [True, False])
async def test_who_does_not_read_is_cut_off(services: Services, follower: Follower, wakes_up: bool) -> None:  # noqa: FBT001 the two cases
    """What it followed is freed at once, and the connection too, whether it reads again or never."""
    await follower.stir(30)
    policy = EdgePolicy(sockets=SocketPolicy(send_seconds=1 if wakes_up else 0.2))
    payload = json.dumps({"type": "ping", "payload": {"x": "x" * 250_000}})
    async with (
        site(services, policy) as here,
        connect(
            f"ws://{here.host}/graphql", subprotocols=[Subprotocol(PROTOCOL)], proxy=None, compression=None,
            max_queue=1, ping_interval=None, close_timeout=1,
        ) as connection,
    ):  # fmt: skip
        socket = Socket(connection)
        await socket.initialise(follower.secret)
        for number in range(10):
            await socket.subscribe(SUBSCRIBE, {**DEMO, "after": START}, id=str(number))
        await until(lambda: here.streams.count == 10)
        pushing = asyncio.create_task(_push(socket, payload))
        await until(lambda: here.streams.count == 0)
        await listening(services, 0)
        if wakes_up:
            assert await socket.closed() in {1013, 1006}
        await until(lambda: here.is_idle)
        await socket.vanish()
        await pushing


async def _push(socket: Socket, message: str) -> None:
    """Send a message over and over, until the other side has gone."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                await socket.connection.send(message)
    except ConnectionClosed:
        return


async def test_who_breaks_off_leaves_nothing(services: Services, here: Site, follower: Follower) -> None:
    """At any moment: before the first message, after it, and while events pour in."""
    await follower.stir(20)
    for stage in range(3):
        for _ in range(3):
            async with socket_to(here.host) as socket:
                if stage >= 1:
                    await socket.initialise(follower.secret)
                if stage == 2:
                    await socket.subscribe(SUBSCRIBE, {**DEMO, "after": START})
                    await socket.receive()
                await socket.vanish()
    await until(lambda: here.is_idle and services.bus.listener_count() == 0)
    await follower.stir()


class _Snapped(asyncio.Event):
    """A wake-up that fails."""

    async def wait(self) -> bool:  # type: ignore[override]
        """Fail, with words that are nobody's business."""
        raise RuntimeError("the cable to db-7.internal snapped")


class _FailingBus(MemoryBus):
    """A bus whose listeners fail as soon as they wait."""

    @contextmanager
    def listen(self, topic: str) -> Iterator[asyncio.Event]:
        """Give a wake-up that fails."""
        with super().listen(topic) as event:
            yield _Snapped() if topic.startswith("account:") else event


async def test_a_fault_of_ours_is_told_without_details(
    services: Services, follower: Follower, capsys: pytest.CaptureFixture[str]
) -> None:
    """After the sent entries comes an `error` with the log's request id; the connection goes on."""
    await follower.stir()
    bus = _FailingBus()
    failing = replace(services, bus=bus, followers=Followers(bus))
    async with site(failing) as here, socket_to(here.host) as socket:
        await socket.initialise(follower.secret)
        await socket.subscribe(SUBSCRIBE, {**DEMO, "after": START})
        assert sequences(await next_events(socket, 1)) == [1]
        message = await socket.receive()
        assert (message["id"], message["type"]) == ("1", "error")
        [error] = message["payload"]
        assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
        assert "snapped" not in json.dumps(message)
        assert (await socket.ask(QUERY))["data"] == ANSWER
        await listening(failing, 0)
    logged = capsys.readouterr()
    assert error["extensions"]["requestId"] in logged.out + logged.err
