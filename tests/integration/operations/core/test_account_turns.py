"""One account's failure does not affect the others."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

import pytest

from server.kit.clock import ManualClock
from server.operations.core.account_turns import MAX_PAUSE_US, Pauses
from server.operations.core.services import Services
from server.operations.core.transactions import Transactions
from server.operations.dispatch.expiry import expire_unconfirmed
from server.operations.dispatch.receipts import apply_receipts
from server.store.models import Account, Message, Receipt
from server.store.sql import fetch
from tests.factories.accounts.accounts import World
from tests.factories.credits.verification import check_books
from tests.factories.messages.messages import (
    DELIVERED,
    accepted,
    answer,
    claim,
    receive,
    send,
    status,
    store,
)

T = TypeVar("T")

THREE_DAYS = 3 * 86_400


async def _break(account: Account) -> None:
    """Make each event of an account collide with one that is there already."""
    [row] = await fetch("SELECT MAX(sequence) AS last FROM delivery_events WHERE account_id = $1", account.id)
    await Account.filter(id=account.id).update(event_sequence=row["last"] - 1)


async def _mend(account: Account) -> None:
    [row] = await fetch("SELECT MAX(sequence) AS last FROM delivery_events WHERE account_id = $1", account.id)
    await Account.filter(id=account.id).update(event_sequence=row["last"])


@pytest.fixture
async def neighbours(services: Services, world: World) -> tuple[Account, Account, list[int]]:
    """Two accounts with a message each at the operator ("a" and "b"); the first one is broken."""
    bad, good = await world.account("sms-bad-1"), await world.account("sms-good-1")
    sent = [await send(services, world.holder, account) for account in (bad, good)]
    await answer(services, await claim(services), accepted("a"), accepted("b"))
    await _break(bad)
    return bad, good, sent


async def test_receipts_that_always_fail_hold_up_no_other_account(
    services: Services, neighbours: tuple[Account, Account, list[int]], clock: ManualClock
) -> None:
    """They wait, take up no room in the batches meanwhile, and are applied once the trouble is over."""
    bad, good, (of_bad, of_good) = neighbours
    await store(services, ("a", DELIVERED), ("b", DELIVERED))
    pauses = Pauses(clock)
    assert await apply_receipts(services, limit=1, pauses=pauses) == 1
    assert (await status(of_bad), await status(of_good)) == ((4, 3), (4, 3))
    assert await apply_receipts(services, limit=1, pauses=pauses) == 1
    assert (await status(of_bad), await status(of_good)) == ((4, 3), (1, 4))
    assert await apply_receipts(services, limit=1, pauses=pauses) == 0
    await _mend(bad)
    clock.advance(1)
    assert await apply_receipts(services, limit=1, pauses=pauses) == 1
    assert await status(of_bad) == (1, 4)
    for account in (bad, good):
        await check_books(account.id)


async def test_an_answer_that_cannot_be_recorded_leaves_the_others_answers(
    services: Services, world: World
) -> None:
    """The messages of the account in trouble stay claimed, and are claimed again after the lease."""
    bad, good = await world.account("sms-bad-1"), await world.account("sms-good-1")
    await send(services, world.holder, bad)
    await answer(services, await claim(services), accepted("x"))
    sent = [await send(services, world.holder, account) for account in (bad, good)]
    await _break(bad)
    await answer(services, await claim(services), accepted("a"), accepted("b"))
    assert [(await Message.get(id=number)).state for number in sent] == ["claimed", "submitted"]


async def test_what_is_overdue_in_one_account_holds_up_no_other(
    services: Services, neighbours: tuple[Account, Account, list[int]], clock: ManualClock
) -> None:
    """The sweep passes over the account that failed."""
    _, _, (of_bad, of_good) = neighbours
    clock.advance(THREE_DAYS)
    pauses = Pauses(clock)
    for _ in range(2):
        assert await expire_unconfirmed(services, limit=1, pauses=pauses) == 1
    assert (await status(of_bad), await status(of_good)) == ((4, 3), (2, 6))


def test_pauses_grow_and_end() -> None:
    """Twice as long each time up to a minute, and from the beginning after a success."""
    clock = ManualClock(0)
    pauses = Pauses(clock)
    lengths = []
    for _ in range(8):
        begun_us = clock.now_us()
        pauses.note([], [7])
        while 7 in pauses.under_way():
            clock.advance(1)
        lengths.append((clock.now_us() - begun_us) // 1_000_000)
    assert lengths == [1, 2, 4, 8, 16, 32, 60, 60]
    assert MAX_PAUSE_US == 60_000_000
    pauses.note([7], [8])
    assert pauses.under_way() == [8]
    pauses.note([], [7])
    clock.advance(1)
    assert pauses.under_way() == []


async def test_a_receipt_is_left_to_the_account_that_its_id_was_given_to_meanwhile(
    services: Services, world: World
) -> None:
    """The operator used an id again, for another account's message, just before the first one was locked."""
    old, new = await world.account("sms-old-1"), await world.account("sms-new-1")
    first = await send(services, world.holder, old)
    await answer(services, await claim(services), accepted("a"))
    second = await send(services, world.holder, new)
    taken = await claim(services)
    await store(services, ("a", DELIVERED))

    class Late(Transactions):
        """Transactions, before the first of which the other message is recorded."""

        async def run(self, work: Callable[[], Awaitable[T]]) -> T:
            await answer(services, taken, accepted("a"))
            return await super().run(work)

    await apply_receipts(replace(services, transactions=Late(services.bus, services.meters)), limit=10)
    assert await Receipt.filter(message_part_id=None).count() == 1
    await receive(services)
    assert (await status(first), await status(second)) == ((4, 3), (1, 4))
    for account in (old, new):
        await check_books(account.id)
