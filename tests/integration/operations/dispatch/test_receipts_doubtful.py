"""Doubtful receipts: which message they mean, or what they mean."""

import pytest

from server.gateways.protocol import NO_NEWS, OperatorReceipt
from server.kit.clock import ManualClock
from server.operations.core.services import Services
from server.operations.dispatch.receipts import apply_receipts, store_receipts
from server.rules.dispatch.delivery_state import State
from server.store.models import DeliveryEvent, MessagePart, Receipt
from tests.factories.accounts.accounts import World
from tests.factories.messages.messages import (
    BUFFERED,
    DELIVERED,
    FAILED,
    GATEWAY,
    RECEIVER,
    receive,
    send,
    status,
    submit,
)

OWN_NUMBER = "+33700000001"


async def _submitted(services: Services, world: World) -> int:
    """Have a message accepted that the operator calls "a"."""
    account = await world.account()
    await world.sender(account, OWN_NUMBER)
    number = await send(services, world.holder, account, sender=OWN_NUMBER)
    await submit(services, "a")
    return number


async def test_a_receipt_from_before_a_message_is_not_taken_for_it_by_its_other_id(
    services: Services, world: World, clock: ManualClock
) -> None:
    """Its alternative ids are also only matched with messages of its time."""
    told = OperatorReceipt(None, "10", FAILED, hex_id="a", decimal_id="16")
    await store_receipts(services, GATEWAY, [told])
    clock.advance(600)
    number = await _submitted(services, world)
    assert await apply_receipts(services, limit=200) == 0
    assert await status(number) == (4, 3)


@pytest.mark.parametrize(
    ("told_by", "known"),
    [
        (RECEIVER, True),
        (RECEIVER.replace("+33", "0033"), True),
        (RECEIVER.replace("+33", "0"), True),
        ("", True),
        ("Chappe", True),
        (OWN_NUMBER[1:], True),
        ("+33612345999", False),
    ],
)
async def test_a_guess_at_an_id_is_checked_by_the_number(
    services: Services, world: World, clock: ManualClock, told_by: str, *, known: bool
) -> None:
    """Where the receipt tells which phone it is about, in whatever form; one for another phone stays parked."""
    number = await _submitted(services, world)
    told = OperatorReceipt(None, "10", DELIVERED, hex_id="a", decimal_id="16", receiver=told_by)
    await store_receipts(services, GATEWAY, [told])
    clock.advance(16)
    assert await apply_receipts(services, limit=200) == known
    assert await status(number) == ((1, 4) if known else (4, 3))


@pytest.mark.parametrize("before", [None, BUFFERED], ids=["pending", "buffered"])
async def test_a_receipt_that_nobody_understands_is_kept_and_moves_nothing(
    services: Services, world: World, before: State | None
) -> None:
    """With its text, next to its part."""
    number = await _submitted(services, world)
    await receive(services, *(("a", state) for state in [before] if state))
    told, events = await status(number), await DeliveryEvent.all().count()
    await store_receipts(services, GATEWAY, [OperatorReceipt(None, "a", NO_NEWS, unread="PUZZLED 7")])
    assert await apply_receipts(services, limit=200) == 1
    assert (await status(number), await DeliveryEvent.all().count()) == (told, events)
    part, receipt = await MessagePart.get(), await Receipt.get(unread="PUZZLED 7")
    assert receipt.message_part_id == part.id
