"""The event log: read from a cursor, and followed live, without a gap or a repeat."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from server.bus.bus import MemoryBus, account_topic
from server.kit.meters import Meters
from server.logs.reader import DELIVERY, LEDGER, Log, M, Selection, bounds, read
from server.operations.core.principals import SERVER
from server.operations.core.services import Services
from server.operations.core.transactions import Transactions, wake
from server.operations.credits.ledger import Movement, move
from server.operations.messages.events import Change, Moved, record_changes
from server.rules.credits.ledger import EntryKind
from server.rules.dispatch.delivery_state import State
from server.rules.messages.ptt import DeliveryStatus
from server.store.models import DeliveryEvent, Message
from server.store.queries.accounts import lock_account_id
from tests.factories.accounts.accounts import World
from tests.factories.messages.messages import (
    BUFFERED,
    DELIVERED,
    accepted,
    answer,
    claim,
    numbers,
    receive,
    send,
)
from tests.factories.store.catalogue import is_sqlite

PATIENCE_SECONDS = 30.0
CREATED, PENDING = State(DeliveryStatus.CREATED, None), State(DeliveryStatus.PENDING, 3)


async def _first(events: AsyncIterator[M], count: int) -> list[int]:
    """Return the sequences of the next events, and fail rather than wait for ever."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        return [(await anext(events)).sequence for _ in range(count)]


async def _story(services: Services, world: World) -> tuple[Selection[DeliveryEvent], int, list[int]]:
    """Have a user and a holder send two messages each, and return the account, the user and the messages."""
    account = await world.account()
    user = await world.user(account)
    sent = [
        await send(services, by, account, number)
        for number in numbers(2)
        for by in (world.as_user(user), world.holder)
    ]
    await answer(services, await claim(services), *(accepted(f"o{n}") for n in range(4)))
    await receive(services, *((f"o{n}", state) for state in (BUFFERED, DELIVERED) for n in range(4)))
    return Selection(DELIVERY, account.id), user.id, sent


async def test_a_reader_begins_behind_its_cursor(services: Services, world: World) -> None:
    """Oldest first, as many as it asks for."""
    selection, _, _ = await _story(services, world)
    assert [event.sequence for event in await read(selection, after=0, limit=99)] == list(range(1, 17))
    assert [event.sequence for event in await read(selection, after=5, limit=3)] == [6, 7, 8]
    assert await read(selection, after=16, limit=3) == []


async def test_a_selection_is_one_accounts_one_users_or_one_messages(
    services: Services, world: World
) -> None:
    """Others' events do not come, whatever their sequence."""
    selection, user_id, sent = await _story(services, world)
    other = await world.account("sms-other-1")
    of_user = await read(Selection(DELIVERY, selection.account_id, user_id=user_id), after=0, limit=99)
    assert len(of_user) == 2 + 6
    assert {event.user_id for event in of_user} == {user_id}
    of_message = await read(Selection(DELIVERY, selection.account_id, message_id=sent[1]), after=0, limit=99)
    assert [(event.message_id, event.status) for event in of_message] == [(sent[1], s) for s in (0, 4, 8, 1)]
    assert await read(Selection(DELIVERY, other.id), after=0, limit=99) == []
    assert await read(Selection(DELIVERY, other.id, message_id=sent[1]), after=0, limit=99) == []


async def test_a_follower_gets_the_past_and_then_what_comes(services: Services, world: World) -> None:
    """From its cursor on, also beyond one batch, woken by the bus, in order and each once."""
    account = await world.account(credits=1_000_000)
    await send(services, world.holder, account, *numbers(201))
    await answer(services, await claim(services, 201), *(accepted(f"o{n}") for n in range(201)))
    events = services.followers.follow(Selection(DELIVERY, account.id), after=0)
    assert await _first(events, 402) == list(range(1, 403))
    coming = asyncio.create_task(_first(events, 3))
    await receive(services, ("o0", BUFFERED), ("o0", DELIVERED))
    await receive(services, ("o1", DELIVERED))
    assert await coming == [403, 404, 405]
    await events.aclose()
    assert services.bus.listener_count() == 0


async def test_a_follower_from_now_on_hears_nothing_of_the_past(services: Services, world: World) -> None:
    """Its first event is the next one."""
    selection, _, _ = await _story(services, world)
    events = services.followers.follow(selection, after=None)
    coming = asyncio.create_task(_first(events, 1))
    await _listening(services)
    while not coming.done():
        await _append(services, selection.account_id, 1)
    [heard] = await coming
    assert heard > 16
    await events.aclose()


async def test_a_lost_wake_up_costs_a_follower_its_polling_interval(services: Services, world: World) -> None:
    """What another process wrote is found without any wake-up."""
    account = await world.account()
    await send(services, world.holder, account)
    events = services.followers.follow(Selection(DELIVERY, account.id), after=1)
    coming = asyncio.create_task(_first(events, 1))
    await _listening(services)
    elsewhere = Transactions(MemoryBus(), Meters())
    await elsewhere.run(lambda: _record(account.id, 1))
    assert await coming == [2]
    await events.aclose()


@pytest.mark.parametrize("log", [DELIVERY, LEDGER])
async def test_cursors_are_in_commit_order(services: Services, world: World, log: Log[M]) -> None:
    """Of two writers the one that is first to draw a number is first to commit: who resumes between misses nothing."""
    account = await world.account()
    await send(services, world.holder, account)
    start = (await bounds(log, account.id)).last
    begun, go_on, trying = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        await _write(log, account.id, 2)
        begun.set()
        await go_on.wait()

    async def quick() -> None:
        trying.set()
        await _write(log, account.id, 1)

    writers: list[asyncio.Task[None]] = [asyncio.create_task(services.transactions.run(slow))]
    await begun.wait()
    writers.append(asyncio.create_task(services.transactions.run(quick)))
    resumed = services.followers.follow(Selection(log, account.id), after=start)
    reading = asyncio.create_task(_first(resumed, 3))
    if not is_sqlite():  # its one connection is in the slow writer's transaction
        await trying.wait()
        for _ in range(20):
            assert await read(Selection(log, account.id), after=start, limit=9) == []
    assert not any(task.done() for task in (*writers, reading))
    go_on.set()
    await asyncio.gather(*writers)
    assert await reading == [start + 1, start + 2, start + 3]
    written = await read(Selection(log, account.id), after=start, limit=9)
    assert [entry.at_us for entry in written] == [2, 2, 1]
    await resumed.aclose()


async def test_a_reader_that_resumes_among_many_writers_misses_nothing(
    services: Services, world: World
) -> None:
    """It has seen every entry before the last one that it has seen."""
    account = await world.account()
    await send(services, world.holder, account)
    events = services.followers.follow(Selection(DELIVERY, account.id), after=0)
    reading = asyncio.create_task(_first(events, 31))
    await asyncio.gather(*(_append(services, account.id, 1) for _ in range(30)))
    assert await reading == list(range(1, 32))
    await events.aclose()


async def _listening(services: Services) -> None:
    """Wait until somebody listens."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not services.bus.listener_count():  # noqa: ASYNC110 nobody tells when it comes true
            await asyncio.sleep(0.001)


async def _record(account_id: int, count: int) -> None:
    """Append events of the account's newest message, in the transaction under way, marked with their count."""
    account = await lock_account_id(account_id)
    [message] = await Message.filter(account_id=account_id).order_by("id").limit(1)
    await record_changes(account, [Change(Moved.of(message), CREATED, PENDING)] * count, at_us=count)


async def _write(log: Log[M], account_id: int, count: int) -> None:
    """Append entries to a log in the transaction under way, marked with their count."""
    if log.table is DeliveryEvent:
        await _record(account_id, count)
        return
    account = await lock_account_id(account_id)
    grants = [
        Movement(kind=EntryKind.GRANT, reference=f"test:{count}:{number}", account_delta=1)
        for number in range(count)
    ]
    await move(account, grants, principal=SERVER, at_us=count)


async def _append(services: Services, account_id: int, count: int) -> None:
    async def work() -> None:
        await _record(account_id, count)
        wake(account_topic(account_id))

    await services.transactions.run(work)
