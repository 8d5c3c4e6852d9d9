"""Subscribers who ask for the same with the same rights share one stream; nobody else does, and nobody notices."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Any, Self

import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from server.bus.bus import account_topic
from server.graphql.delivery.types import EVENT_ORDER
from server.graphql.schema import loaders
from server.graphql.transport import shared_streams
from server.graphql.transport.asgi import EdgePolicy
from server.graphql.transport.websocket import PROTOCOL, SocketPolicy
from server.kit.clock import ManualClock
from server.operations.core.services import Services
from server.store.models import AccessToken, Account, DeliveryEvent
from tests.client import Socket, socket_to, until
from tests.factories.access.callers import Callers
from tests.factories.accounts.accounts import World
from tests.factories.delivery.subscriptions import DEMO, START, SUBSCRIBE, next_events, sequences
from tests.factories.graphql.transport.site import Site, site
from tests.factories.graphql.transport.sse import reading
from tests.factories.logs.entries import add_events
from tests.factories.store.statements import counted

WITHOUT_MESSAGE = (
    "subscription ($account: String!, $after: String) "
    "{ deliveryStatusChanged(account: $account, after: $after) { sequence } }"
)
OF_SESSIONS = (
    "subscription ($account: String!, $after: String) { deliveryStatusChanged(account: $account, after: $after) "
    "{ message { account { holder { sessions(first: 5) { nodes { id current } } } } } } }"
)


@pytest.fixture
async def callers(world: World) -> Callers:
    """Two tenants, and all kinds of callers."""
    return await Callers.build(world)


@pytest.fixture
async def here(services: Services) -> AsyncIterator[Site]:
    """GraphQL on a port."""
    async with site(services) as here:
        yield here


class Audience:
    """Sockets that follow the same account, each in the name of a secret."""

    def __init__(self, services: Services, account: Account, here: Site) -> None:
        """Begin without any."""
        self.services = services
        self.account = account
        self.here = here
        self.sockets: list[Socket] = []
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def join(self, secret: str | None, id: str = "1") -> Socket:
        """Follow from now on, and let everybody hear one event, after which those who can share do."""
        socket = await self._open.enter_async_context(socket_to(self.here.host))
        await socket.initialise(secret)
        last = (await Account.get(id=self.account.id)).event_sequence
        cursor = EVENT_ORDER.cursor(await DeliveryEvent.get(account_id=self.account.id, sequence=last))
        await socket.subscribe(SUBSCRIBE, {**DEMO, "after": cursor}, id)
        self.sockets.append(socket)
        await self.stir()
        for each in self.sockets:
            await next_events(each, 1)
        return socket

    async def stir(self, count: int = 1) -> None:
        """Write events, and wake those who listen."""
        await add_events(self.account, count)
        self.services.bus.publish(account_topic(self.account.id))


def _executions(asked: Sequence[tuple[str, list[object]]]) -> int:
    """Return how often the messages of events were read."""
    return sum("IN (" in sql for sql, _ in asked)


async def _audience(services: Services, callers: Callers, here: Site) -> Audience:
    await add_events(callers.demo.account, 1)
    return Audience(services, callers.demo.account, here)


@pytest.mark.parametrize("who", ["one session", "two sessions"])
async def test_an_event_is_executed_once_for_all(
    services: Services, callers: Callers, here: Site, who: str
) -> None:
    """However many there are, and whether they signed in once or twice: its message is read once."""
    secrets = [await callers.secret("holder")] * 4
    if who == "two sessions":
        secrets[2:] = [await callers.secret("holder")] * 2
    async with await _audience(services, callers, here) as audience:
        for number, secret in enumerate(secrets):
            await audience.join(secret, id=f"of {number}")
        with counted() as statements:
            await audience.stir()
            heard = [await socket.receive() for socket in audience.sockets]
        assert _executions(statements.about('"messages"')) == 1
    assert [message["id"] for message in heard] == ["of 0", "of 1", "of 2", "of 3"]
    assert all(message["payload"] == heard[0]["payload"] for message in heard)


async def test_without_the_switch_each_is_alone(
    monkeypatch: pytest.MonkeyPatch, services: Services, callers: Callers, here: Site
) -> None:
    """And hears the same."""
    monkeypatch.setattr(shared_streams, "SHARED", False)
    secret = await callers.secret("holder")
    async with await _audience(services, callers, here) as audience:
        for _ in range(3):
            await audience.join(secret)
        with counted() as statements:
            await audience.stir()
            heard = [(await next_events(socket, 1))[0] for socket in audience.sockets]
        assert _executions(statements.about('"messages"')) == 3
    assert heard == [heard[0]] * 3


async def test_each_pays_as_if_it_were_alone(services: Services, callers: Callers, here: Site) -> None:
    """An event for three takes three times what one event takes."""
    secret = await callers.secret("holder")
    async with await _audience(services, callers, here) as audience:
        for _ in range(3):
            await audience.join(secret)
        available = []
        for _ in range(3):
            await audience.stir()
            costs = [(await socket.receive())["payload"]["extensions"]["cost"] for socket in audience.sockets]
            available.append(costs[0]["available"])
    assert available[0] - available[1] == available[1] - available[2] == 3 * costs[0]["actual"]


async def test_other_rights_are_other_streams(services: Services, callers: Callers, here: Site) -> None:
    """The same words from a holder, its users and a token: each hears what it may see, and not a word more."""
    demo = callers.demo
    names = ["holder", "holder", "script", "script", "colleague", "holder:read", "operator"]
    async with AsyncExitStack() as stack:
        await add_events(demo.account, 1)
        sockets = []
        for name in names:
            socket = await stack.enter_async_context(socket_to(here.host))
            await socket.initialise(await callers.secret(name))
            await socket.subscribe(SUBSCRIBE, DEMO)
            sockets.append(socket)
        await until(lambda: here.streams.count == len(names))
        for user in (None, demo.script, demo.colleague, demo.script, None):
            await add_events(demo.account, 1, user=user)
            services.bus.publish(account_topic(demo.account.id))
        last = (await Account.get(id=demo.account.id)).event_sequence
        owners = {
            str(event.sequence): event.user_id
            for event in await DeliveryEvent.filter(account_id=demo.account.id, sequence__gt=last - 3)
        }
        for name, socket in zip(names, sockets, strict=True):
            user = getattr(demo, name, None) if name in {"script", "colleague"} else None
            mine = [number for number, owner in owners.items() if user is None or owner == user.id]
            heard: list[str] = []
            while not set(mine) <= set(heard):
                [event] = await next_events(socket, 1)
                heard.append(event["sequence"])
                assert user is None or (await _owner(demo.account, event["sequence"])) == user.id
            assert sorted(heard, key=int) == heard


async def _owner(account: Account, sequence: str) -> int | None:
    return (await DeliveryEvent.get(account_id=account.id, sequence=int(sequence))).user_id


async def test_what_depends_on_the_session_is_not_shared(
    services: Services, callers: Callers, here: Site
) -> None:
    """Two sessions of the same person ask the same, and each is told which one is its own."""
    await add_events(callers.demo.account, 1)
    async with socket_to(here.host) as one, socket_to(here.host) as other:
        for socket in (one, other):
            await socket.initialise(await callers.secret("holder"))
            await socket.subscribe(OF_SESSIONS, {**DEMO, "after": START})
            await socket.receive()
        last = (await Account.get(id=callers.demo.account.id)).event_sequence
        for socket in (one, other):
            for _ in range(last - 1):
                await socket.receive()
        await add_events(callers.demo.account, 1)
        services.bus.publish(account_topic(callers.demo.account.id))
        own = [_current(await socket.receive()) for socket in (one, other)]
    assert [len(ids) for ids in own] == [1, 1]
    assert own[0] != own[1]


def _current(message: dict[str, Any]) -> list[str]:
    event = message["payload"]["data"]["deliveryStatusChanged"]
    return [
        node["id"] for node in event["message"]["account"]["holder"]["sessions"]["nodes"] if node["current"]
    ]


async def test_a_revoked_token_ends_its_own_stream_only(
    services: Services, callers: Callers, here: Site
) -> None:
    """The other session of the same person goes on, and hears what comes then."""
    one, other = await callers.secret("holder"), await callers.secret("holder")
    async with await _audience(services, callers, here) as audience:
        first, second, third = [await audience.join(secret) for secret in (one, other, one)]
        answer = await second.ask("mutation { signOut { signedOut } }")
        assert answer["data"] == {"signOut": {"signedOut": True}}
        assert await second.closed() == 4403
        await audience.stir()
        for socket in (first, third):
            await next_events(socket, 1)


async def test_rights_that_end_unheard_of_are_missed_at_the_next_event(
    services: Services, callers: Callers, here: Site, clock: ManualClock
) -> None:
    """Even if no wake-up told of the end: who has been looked up some seconds ago is looked up before it is told."""
    one, other = await callers.secret("holder"), await callers.secret("holder")
    async with await _audience(services, callers, here) as audience:
        first, second, third = [await audience.join(secret) for secret in (one, other, other)]
        token = await AccessToken.filter(holder_id=callers.world.holder.holder_id).order_by("-id").first()
        assert token is not None
        await AccessToken.filter(id=token.id).update(revoked_at_us=clock.now_us())
        clock.advance(6)
        await audience.stir()
        await next_events(first, 1)
        for socket in (second, third):
            message = await socket.receive()
            assert (message["type"], message["payload"][0]["extensions"]["code"]) == (
                "error",
                "UNAUTHENTICATED",
            )


@pytest.mark.parametrize("reads_again", [True, False])
async def test_who_does_not_read_keeps_nobody_waiting(
    services: Services,
    callers: Callers,
    reads_again: bool,  # noqa: FBT001 the two cases
) -> None:
    """The others hear all at once; who reads again in time hears all of it too, who does not is cut off."""
    secret = await callers.secret("holder")
    policy = EdgePolicy(sockets=SocketPolicy(send_seconds=30 if reads_again else 0.2))
    padding = json.dumps({"type": "ping", "payload": {"x": "x" * 250_000}})
    async with (
        site(services, policy) as here,
        await _audience(services, callers, here) as audience,
        connect(
            f"ws://{here.host}/graphql", subprotocols=[Subprotocol(PROTOCOL)], proxy=None, compression=None,
            max_queue=1, ping_interval=None, close_timeout=1,
        ) as connection,
    ):  # fmt: skip
        for _ in range(2):
            await audience.join(secret)
        slow = Socket(connection)
        await slow.initialise(secret)
        last = (await Account.get(id=audience.account.id)).event_sequence
        cursor = EVENT_ORDER.cursor(await DeliveryEvent.get(account_id=audience.account.id, sequence=last))
        await slow.subscribe(SUBSCRIBE, {**DEMO, "after": cursor})
        await audience.stir()
        await next_events(slow, 1)
        pushing = asyncio.create_task(_push(slow, padding, 60))
        told = [await next_events(socket, 1) for socket in audience.sockets]
        for _ in range(4):
            await audience.stir(40)
            told = [await next_events(socket, 40) for socket in audience.sockets]
        assert sequences(told[0]) == sequences(told[1]) == list(range(last + 122, last + 162))
        if reads_again:
            heard: list[int] = []
            while len(heard) < 160:
                message = await slow.receive()
                if message["type"] == "next":
                    heard.append(int(message["payload"]["data"]["deliveryStatusChanged"]["sequence"]))
            assert heard == list(range(last + 2, last + 162))
        else:
            await until(lambda: here.streams.count == len(audience.sockets))
            assert await slow.closed() in {1013, 1006}
        pushing.cancel()
        await asyncio.gather(pushing, return_exceptions=True)


async def _push(socket: Socket, message: str, count: int) -> None:
    for _ in range(count):
        await socket.connection.send(message)


async def test_a_fault_is_told_to_each_with_its_own_cursor(
    monkeypatch: pytest.MonkeyPatch, services: Services, callers: Callers, here: Site
) -> None:
    """An event that can't be executed ends the streams of those who ask for it, and of nobody else."""
    secret = await callers.secret("holder")
    async with await _audience(services, callers, here) as audience, socket_to(here.host) as other:
        for _ in range(3):
            await audience.join(secret)
        last = (await Account.get(id=audience.account.id)).event_sequence
        cursor = EVENT_ORDER.cursor(await DeliveryEvent.get(account_id=audience.account.id, sequence=last))
        await other.initialise(secret)
        await other.subscribe(WITHOUT_MESSAGE, {**DEMO, "after": cursor})

        async def fail(*_: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(loaders, "message_of", fail)
        await audience.stir()
        for socket in audience.sockets:
            message = await socket.receive()
            assert message["type"] == "error"
            extensions = message["payload"][0]["extensions"]
            assert (extensions["code"], extensions["cursor"]) == ("INTERNAL_SERVER_ERROR", cursor)
        await next_events(other, 1)


async def test_both_transports_share(services: Services, callers: Callers, here: Site) -> None:
    """Server-sent events and sockets are told of one execution, the events with their cursors as ids."""
    secret = await callers.secret("holder") or ""
    async with (
        await _audience(services, callers, here) as audience,
        reading(here, SUBSCRIBE, {**DEMO, "after": START}, authorization=f"Bearer {secret}") as reader,
    ):
        socket = await audience.join(secret)
        last = (await Account.get(id=audience.account.id)).event_sequence
        told = await reader.take(last)
        await audience.stir()  # the first to wait executes it alone, and shares from then on
        await next_events(socket, 1)
        told += await reader.take(1)
        with counted() as statements:
            await audience.stir()
            [event], [streamed] = await next_events(socket, 1), await reader.take(1)
        assert _executions(statements.about('"messages"')) == 1
    assert [event.sequence for event in told] == list(range(1, last + 2))
    assert streamed.id == event["cursor"]
    assert streamed.data["data"]["deliveryStatusChanged"] == event
