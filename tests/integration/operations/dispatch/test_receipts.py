"""Receipts: in any order and number, each message ends with the operator's final state."""

import asyncio

import pytest

from server.errors import ErrorCode
from server.gateways.protocol import Accepted, Refused, Submitted
from server.kit.clock import ManualClock
from server.operations.core.services import Services
from server.operations.dispatch.receipts import apply_receipts
from server.operations.messages.cancellation import cancel_message
from server.rules.dispatch.delivery_state import State
from server.rules.messages.ptt import DeliveryStatus
from server.store.models import DeliveryEvent, LedgerEntry, Message, MessagePart, Receipt
from tests.factories.accounts.accounts import World
from tests.factories.core.refusals import refused
from tests.factories.credits.verification import check_books
from tests.factories.logs.entries import status_changes
from tests.factories.messages.messages import (
    BUFFERED,
    DELIVERED,
    FAILED,
    LONG_TEXT,
    NOT_BILLED,
    accepted,
    answer,
    claim,
    numbers,
    receive,
    send,
    states,
    status,
    store,
    submit,
)

OTHER_PHONE = State(DeliveryStatus.BUFFERED, 2)


async def _events(message_id: int) -> list[tuple[int, int | None]]:
    return [(event.status, event.ptt) for event in await status_changes(message_id=message_id)]


async def _submitted(services: Services, world: World, text: str = "Hello") -> int:
    """Have a message accepted whose parts the operator calls "a" and, of two, "b"."""
    account = await world.account()
    number = await send(services, world.holder, account, text=text)
    await submit(services, *("ab" if text == LONG_TEXT else "a"))
    return number


async def test_a_receipt_moves_its_message(services: Services, world: World, clock: ManualClock) -> None:
    """Message, part and receipt agree, and an event records the change."""
    number = await _submitted(services, world)
    clock.advance(1)
    await receive(services, ("a", BUFFERED), ("a", DELIVERED))
    message = await Message.get(id=number)
    now_us = services.clock.now_us()
    assert (message.state, message.status, message.ptt) == ("ended", 1, 4)
    assert message.status_changed_at_us == now_us
    part = await MessagePart.get()
    assert (part.status, part.ptt) == (1, 4)
    assert await _events(number) == [(4, 3), (8, 1), (1, 4)]
    receipts = await Receipt.all().order_by("id")
    assert [(r.gateway, r.operator_id, r.status, r.ptt, r.received_at_us) for r in receipts] == [
        ("link", "a", 8, 1, now_us),
        ("link", "a", 1, 4, now_us),
    ]
    assert {r.message_part_id for r in receipts} == {part.id}
    await check_books(message.account_id)


@pytest.mark.parametrize(
    ("told", "events"),
    [
        ([DELIVERED, DELIVERED], [(1, 4)]),
        ([DELIVERED, BUFFERED, FAILED], [(1, 4)]),
        ([FAILED, NOT_BILLED], [(2, 24)]),
        ([NOT_BILLED, DELIVERED, NOT_BILLED], [(16, 25)]),
        ([BUFFERED, OTHER_PHONE, OTHER_PHONE, DELIVERED], [(8, 1), (8, 2), (1, 4)]),
        ([State(DeliveryStatus.PENDING, 3), BUFFERED], [(8, 1)]),
        ([State(DeliveryStatus.FAILED, 777)], [(2, 777)]),
        ([State(DeliveryStatus.SUCCESS, None)], [(1, None)]),
    ],
)
@pytest.mark.parametrize("together", [True, False])
async def test_a_status_only_moves_forward(
    services: Services,
    world: World,
    told: list[State],
    events: list[tuple[int, int | None]],
    together: bool,  # noqa: FBT001
) -> None:
    """Late, doubled and contradicting receipts change nothing, come they in one batch or one by one."""
    number = await _submitted(services, world)
    for batch in [told] if together else [[state] for state in told]:
        await receive(services, *(("a", state) for state in batch))
    assert await _events(number) == [(4, 3), *events]
    assert await Receipt.filter(message_part_id=None).count() == 0
    await check_books((await Message.get(id=number)).account_id)


async def test_a_receipt_that_comes_before_the_answer_waits_for_it(services: Services, world: World) -> None:
    """It is parked, and applied once the submission is recorded."""
    account = await world.account()
    number = await send(services, world.holder, account)
    taken = await claim(services)
    await receive(services, ("a", DELIVERED))
    assert await status(number) == (0, None)
    await answer(services, taken, accepted("a"))
    assert await apply_receipts(services, limit=10) == 1
    assert await _events(number) == [(4, 3), (1, 4)]
    assert await apply_receipts(services, limit=10) == 0


async def test_receipts_for_unknown_ids_hold_nothing_up(services: Services, world: World) -> None:
    """They wait, however many, while the known ones are applied; another link's ids are other ids."""
    number = await _submitted(services, world)
    await store(services, *((f"unknown-{n}", DELIVERED) for n in range(5)), ("a", DELIVERED))
    await Receipt.create(gateway="other", operator_id="a", status=2, ptt=24, received_at_us=0)
    assert await apply_receipts(services, limit=1) == 1
    assert await status(number) == (1, 4)
    assert await apply_receipts(services, limit=10) == 0
    assert await Receipt.filter(message_part_id=None).count() == 6


async def test_a_limit_takes_the_oldest_receipts_first(services: Services, world: World) -> None:
    """Batch by batch they are applied in the order they came."""
    number = await _submitted(services, world)
    await store(services, ("a", BUFFERED), ("a", OTHER_PHONE), ("a", DELIVERED))
    for expected in ((8, 1), (8, 2), (1, 4)):
        assert await apply_receipts(services, limit=1) == 1
        assert await status(number) == expected


@pytest.mark.parametrize(
    ("first", "second", "events", "left"),
    [
        (DELIVERED, DELIVERED, [(1, 4)], 198_000),
        (DELIVERED, FAILED, [(2, 24)], 198_000),
        (NOT_BILLED, DELIVERED, [(2, 25)], 198_000),
        (NOT_BILLED, State(DeliveryStatus.NOT_BILLED, 20), [(16, 25)], 200_000),
        (BUFFERED, OTHER_PHONE, [(8, 1)], 198_000),
        (BUFFERED, DELIVERED, [(8, 1)], 198_000),
    ],
)
async def test_the_parts_of_a_message_end_together(
    world: World,
    first: State,
    second: State,
    events: list[tuple[int, int | None]],
    left: int,
) -> None:
    """The message is final when all parts are; one bad part is a failure, and all unbilled are refunded."""
    number = await _submitted(world.services, world, LONG_TEXT)
    await receive(world.services, ("a", first))
    assert await _events(number) == [(4, 3)]
    await receive(world.services, ("b", second))
    assert await _events(number) == [(4, 3), *events]
    assert (await check_books((await Message.get(id=number)).account_id)).credits_left == left


async def test_a_part_refused_at_once_counts_at_the_end(services: Services, world: World) -> None:
    """One part refused and one delivered: failed, with the refusal's reason, and billed."""
    account = await world.account()
    number = await send(services, world.holder, account, text=LONG_TEXT)
    await answer(services, await claim(services), Submitted((Refused(20), Accepted("b"))))
    await receive(services, ("b", DELIVERED))
    assert await status(number) == (2, 20)
    assert (await check_books(account.id)).credits_left == 198_000


async def test_a_message_found_unbilled_later_is_refunded_once(services: Services, world: World) -> None:
    """By the server, with one entry that names the message."""
    number = await _submitted(services, world)
    await receive(services, ("a", NOT_BILLED), ("a", NOT_BILLED))
    await receive(services, ("a", NOT_BILLED))
    entry = await LedgerEntry.get(kind="REFUND")
    assert (entry.reference, entry.caused_by) == (f"refund:{number}", "server")
    assert await states([number]) == ["ended"]
    assert (await check_books(entry.account_id)).credits_left == 200_000


async def test_one_batch_moves_messages_of_many_accounts(services: Services, world: World) -> None:
    """Each account's log has its own events, in the order of the receipts, with who sent the message."""
    accounts = [await world.account(f"sms-{n}-1") for n in range(3)]
    user = await world.user(accounts[0])
    for account in accounts:
        by = world.as_user(user) if account is accounts[0] else world.holder
        await send(services, by, account, *numbers(2))
    await answer(services, await claim(services), *(accepted(f"o{n}") for n in range(6)))
    await receive(services, *((f"o{n}", DELIVERED if n % 2 else NOT_BILLED) for n in reversed(range(6))))
    for account in accounts:
        checked = await check_books(account.id)
        assert (checked.credits_left, checked.event_sequence) == (199_000, 2 + 4)
        last = await DeliveryEvent.filter(account_id=account.id).order_by("-sequence").limit(2)
        assert [event.status for event in last] == [16, 1]
        assert {event.user_id for event in last} == {user.id if account is accounts[0] else None}


async def test_an_operator_id_used_again_means_the_newest_message(services: Services, world: World) -> None:
    """Operators count in circles; a receipt is about the last message that had the id."""
    account = await world.account()
    old, new = [await send(services, world.holder, account) for _ in range(2)]
    await answer(services, await claim(services), accepted("a"), accepted("a"))
    await receive(services, ("a", DELIVERED))
    assert (await status(old), await status(new)) == ((4, 3), (1, 4))


async def test_many_appliers_at_once_apply_each_receipt_once(services: Services, world: World) -> None:
    """The second one finds the receipts taken."""
    account = await world.account()
    await send(services, world.holder, account, *numbers(20))
    await answer(services, await claim(services), *(accepted(f"o{n}") for n in range(20)))
    told = [(f"o{n}", state) for n in range(20) for state in (BUFFERED, NOT_BILLED if n % 2 else DELIVERED)]
    await store(services, *told)
    await asyncio.gather(*(apply_receipts(services, limit=15) for _ in range(8)))
    while await apply_receipts(services, limit=15):
        pass
    checked = await check_books(account.id)
    assert (checked.credits_left, checked.event_sequence) == (190_000, 20 + 60)


async def test_a_message_that_ended_is_not_cancelled_by_its_sender(services: Services, world: World) -> None:
    """A refund by cancelling can't follow a refund by receipt."""
    number = await _submitted(services, world)
    await receive(services, ("a", NOT_BILLED))
    async with refused(ErrorCode.ALREADY_SUBMITTED, "id"):
        await cancel_message(services, world.holder, message_id=number)


async def test_a_receipt_from_before_a_message_is_about_another(
    services: Services, world: World, clock: ManualClock
) -> None:
    """Operators give their ids out again, and a receipt that was about nothing waits for days."""
    await store(services, ("a", NOT_BILLED))
    clock.advance(600)
    number = await _submitted(services, world)
    assert await apply_receipts(services, limit=200) == 0
    assert await status(number) == (4, 3)
    await receive(services, ("a", DELIVERED))
    assert await status(number) == (1, 4)
