"""The event log: it begins, for each message, with its acceptance, in the transaction that accepts it."""

import asyncio

import pytest
from tortoise.exceptions import IntegrityError

from server.kit.clock import DAY_US, ManualClock
from server.operations.accounts.accounts import update_account
from server.operations.callbacks.replays import Span, replay_message, replay_span
from server.operations.core.services import Services
from server.operations.messages.cancellation import cancel_pending_messages
from server.operations.messages.sending import send_message
from server.store.models import Account, CallbackDelivery, DeliveryEvent, Message
from tests.factories.accounts.accounts import World
from tests.factories.credits.verification import check_books
from tests.factories.messages.messages import draft, numbers, send, submit
from tests.factories.store.statements import counted


async def test_a_message_is_in_the_log_once_it_is_accepted(
    services: Services, world: World, clock: ManualClock
) -> None:
    """As the user's that sent it, at the time of its sending, with no status before; a deferred one too."""
    account = await world.account()
    user = await world.user(account)
    at_us = services.clock.now_us()
    first = await send(services, world.holder, account)
    second = await send(services, world.as_user(user), account, deferred_until_us=at_us + DAY_US)
    clock.advance(1)
    columns = (
        "account_id", "sequence", "message_id", "user_id", "previous_status", "status", "previous_ptt", "ptt", "at_us",
    )  # fmt: skip
    assert await DeliveryEvent.all().order_by("sequence").values_list(*columns) == [
        (account.id, 1, first, None, None, 0, None, None, at_us),
        (account.id, 2, second, user.id, None, 0, None, None, at_us),
    ]


async def test_each_accepted_receiver_has_an_event(services: Services, world: World) -> None:
    """In the receivers' order; those refused have none, nor has a repeat under the same key."""
    account = await world.account()
    given = draft(account, *numbers(2), "nonsense", *numbers(1), "+447700900004")
    sent = await send_message(services, world.holder, given, idempotency_key="k")
    await send_message(services, world.holder, given, idempotency_key="k")
    assert len(sent.message_ids) == 3
    log = await DeliveryEvent.all().order_by("sequence").values_list("sequence", "message_id")
    assert log == list(enumerate(sent.message_ids, start=1))
    await check_books(account.id)


async def test_many_receivers_cost_no_more_statements(services: Services, world: World) -> None:
    """The log's numbers are drawn with the debit, and all events are one INSERT."""
    account = await world.account(credits=1_000_000)
    await send(services, world.holder, account)
    counts = []
    for count in (1, 50):
        with counted() as statements:
            await send(services, world.holder, account, *numbers(count))
        assert len(statements.about("UPDATE accounts")) == 1
        assert len(statements.about("INSERT INTO delivery_events")) == 1
        counts.append(statements.count)
    assert counts[0] == counts[1]


async def test_a_message_that_can_not_be_logged_is_not_accepted(services: Services, world: World) -> None:
    """Nothing of its sending is left behind, nor of its debit; one that comes later is not concerned."""
    account = await world.account()
    first = await send(services, world.holder, account)
    await Account.filter(id=account.id).update(event_sequence=0)
    with pytest.raises(IntegrityError):
        await send(services, world.holder, account, *numbers(3))
    assert [message.id for message in await Message.all()] == [first]
    await Account.filter(id=account.id).update(event_sequence=1)
    assert (await check_books(account.id)).credits_left == 199_000
    await send(services, world.holder, account)
    assert (await check_books(account.id)).event_sequence == 2


async def test_sending_and_changes_at_once_leave_no_gap(services: Services, world: World) -> None:
    """Whatever comes first, the numbers follow each other, and each message's events its acceptance."""
    account = await world.account()
    for turn in range(5):
        sendings = [send(services, world.holder, account, *numbers(2)) for _ in range(3)]
        if turn == 0:
            await asyncio.gather(*sendings)
        else:
            await asyncio.gather(*sendings, _cancel_all(services, world, account))
    await _cancel_all(services, world, account)
    assert (await check_books(account.id)).event_sequence == 2 * 5 * 3 * 2


async def test_an_acceptance_is_called_back_to_nobody(services: Services, world: World) -> None:
    """Neither at the time, nor when all callbacks are repeated."""
    account = await world.account()
    now_us = services.clock.now_us()
    await update_account(
        services, world.holder, account=account.name, changes={"callback_url": "https://shop.example/"}
    )
    number = await send(services, world.holder, account)
    assert not await CallbackDelivery.exists()
    span = Span(account=account.name, login=None, from_us=now_us, to_us=now_us + 1)
    for expected in (0, 1):
        replayed = [
            await replay_message(services, world.holder, message_id=number, delivered_too=True),
            await replay_span(services, world.holder, span, delivered_too=True),
        ]
        assert [replay.count for replay in replayed] == [expected] * 2
        assert await CallbackDelivery.all().count() == expected
        if not expected:
            await submit(services, "a")


async def _cancel_all(services: Services, world: World, account: Account) -> None:
    await cancel_pending_messages(services, world.holder, account=account.name, login=None)
