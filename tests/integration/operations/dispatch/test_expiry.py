"""Messages that end without a final receipt."""

import asyncio

import pytest

from server.kit.clock import ManualClock
from server.operations.core.services import Services
from server.operations.dispatch.expiry import expire_unconfirmed
from server.rules.dispatch.delivery_state import State
from server.store.models import MessagePart, Receipt
from tests.factories.accounts.accounts import World
from tests.factories.credits.verification import check_books
from tests.factories.logs.entries import status_changes
from tests.factories.messages.messages import (
    BUFFERED,
    DELIVERED,
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
    submit,
)

THREE_DAYS = 3 * 86_400
"""The validity and the margin together."""


async def test_a_message_without_a_final_receipt_ends_after_validity_and_margin(
    services: Services, world: World, clock: ManualClock
) -> None:
    """Failed with ptt 6, by one event, and not refunded; what comes later is recorded and changes nothing."""
    account = await world.account()
    number = await send(services, world.holder, account)
    clock.advance(60)
    await submit(services, "a")
    clock.advance(THREE_DAYS - 0.000001)
    assert await expire_unconfirmed(services, limit=10) == 0
    clock.advance(0.000001)
    assert await expire_unconfirmed(services, limit=10) == 1
    assert await expire_unconfirmed(services, limit=10) == 0
    assert (await status(number), await states([number])) == ((2, 6), ["ended"])
    _, event = await status_changes()
    assert (event.previous_status, event.previous_ptt, event.status, event.ptt) == (4, 3, 2, 6)
    await receive(services, ("a", DELIVERED), ("a", NOT_BILLED))
    assert await status(number) == (2, 6)
    assert await Receipt.filter(message_part_id=None).count() == 0
    assert (await check_books(account.id)).credits_left == 199_000


@pytest.mark.parametrize(
    ("told", "parts", "events"),
    [
        ([], [(2, 6), (2, 6)], [(4, 3), (2, 6)]),
        ([("b", BUFFERED)], [(2, 6), (2, 6)], [(4, 3), (2, 6)]),
        ([("a", BUFFERED), ("b", BUFFERED)], [(2, 6), (2, 6)], [(4, 3), (8, 1), (2, 6)]),
        ([("a", DELIVERED)], [(1, 4), (2, 6)], [(4, 3), (2, 6)]),
        ([("b", NOT_BILLED)], [(2, 6), (16, 25)], [(4, 3), (2, 6)]),
    ],
)
async def test_each_part_that_is_open_ends(
    world: World,
    clock: ManualClock,
    told: list[tuple[str, State]],
    parts: list[tuple[int, int]],
    events: list[tuple[int, int]],
) -> None:
    """The parts that have ended stay as they are, and the message changes once."""
    services = world.services
    account = await world.account()
    await send(services, world.holder, account, text=LONG_TEXT)
    await submit(services, "a", "b")
    await receive(services, *told)
    clock.advance(THREE_DAYS)
    await expire_unconfirmed(services, limit=10)
    assert await MessagePart.all().order_by("part").values_list("status", "ptt") == parts
    assert [(event.status, event.ptt) for event in await status_changes()] == events
    await check_books(account.id)


async def test_what_has_ended_is_let_be(services: Services, world: World, clock: ManualClock) -> None:
    """Delivered, refused and waiting messages are nothing of this."""
    account = await world.account()
    sent = [await send(services, world.holder, account) for _ in range(2)]
    await answer(services, await claim(services), accepted("a"), accepted("b"))
    await receive(services, ("a", DELIVERED))
    clock.advance(THREE_DAYS)
    waiting = await send(services, world.holder, account)
    await expire_unconfirmed(services, limit=10)
    assert [await status(number) for number in (*sent, waiting)] == [(1, 4), (2, 6), (0, None)]


async def test_many_processes_at_once_end_each_message_once(
    services: Services, world: World, clock: ManualClock
) -> None:
    """Batch by batch, over several accounts, while receipts come in for some of them."""
    accounts = [await world.account(f"sms-{n}-1") for n in range(3)]
    for account in accounts:
        await send(services, world.holder, account, *numbers(10))
    await answer(services, await claim(services), *(accepted(f"o{n}") for n in range(30)))
    clock.advance(THREE_DAYS)
    await asyncio.gather(
        *(expire_unconfirmed(services, limit=7) for _ in range(6)),
        receive(services, *((f"o{n}", DELIVERED) for n in range(0, 30, 3))),
    )
    while await expire_unconfirmed(services, limit=7):
        pass
    for account in accounts:
        assert (await check_books(account.id)).event_sequence == 10 + 20
