"""Sending alerts by SMS: once, like any message, and paid for by the account."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from server.kit.clock import ManualClock
from server.operations.accounts.accounts import update_account
from server.operations.core.account_turns import Pauses
from server.operations.core.services import Services
from server.operations.credits.credits import correct_credits, grant_credits
from server.operations.credits.limits import set_user_limit
from server.operations.credits.verification import verify_account, verify_conservation
from server.operations.dispatch.inbound import add_to_blacklist
from server.operations.dispatch.notices import send_due_sms
from server.operations.senders.senders import delete_sender, set_sender_status
from server.rules.credits.thresholds import AlertChannel
from server.rules.senders.senders import SenderStatus
from server.store.models import Account, LedgerEntry, LimitAlert, Message, Notification, Rate, Sender
from server.store.models.accounts import AccountStatus
from tests.factories.accounts.accounts import World
from tests.factories.credits.verification import check_books
from tests.factories.messages.messages import (
    DELIVERED,
    accepted,
    answer,
    claim,
    receive,
    refused_with,
    states,
)
from tests.factories.notifications.alerts import (
    EMAIL,
    PHONE,
    alerts_of,
    raise_alert,
    repeat,
    told,
    watch_by_sms,
)


async def _alerting(world: World, credits: int = 6_000, threshold: int = 5_000) -> Account:
    """Let an account fall to its limit, with an alert by SMS; its own message is out of the way."""
    account = await world.account(credits=credits)
    await watch_by_sms(world, account, threshold)
    await raise_alert(world, account)
    await answer(world.services, await claim(world.services), accepted("first"))
    return account


async def _sms(services: Services) -> int:
    return await send_due_sms(services, limit=10)


async def test_an_alert_is_a_message_without_a_user(services: Services, world: World) -> None:
    """It has the account's sender, no STOP clause, the normal price, and its own ledger kind."""
    account = await _alerting(world)
    await update_account(services, world.holder, account=account.name, changes={"stop_clause": "STOP 36000"})
    assert await _sms(services) == 1
    row = await Notification.get()
    assert (row.state, row.attempts, row.failure) == ("sent", 1, None)
    assert row.ended_at_us == services.clock.now_us()
    message = await Message.get(id=row.message_id)
    assert (message.account_id, message.user_id, message.user_login) == (account.id, None, None)
    assert (message.sender, message.receiver, message.credits) == ("Chappe", PHONE, 1_000)
    assert (message.body, message.from_quota) == (row.body, False)
    entry = (await LedgerEntry.filter(account_id=account.id).order_by("-sequence").limit(1))[0]
    alert = await LimitAlert.get()
    assert (entry.kind, entry.account_delta, entry.account_balance) == ("ALERT_SMS", -1_000, 4_000)
    assert entry.reference == f"alert:{alert.id}:{row.id}"
    assert entry.caused_by == "server"
    assert await _sms(services) == 0


async def test_it_goes_its_way_like_any_other(services: Services, world: World) -> None:
    """It is submitted and delivered, and the server's books still add up."""
    account = await _alerting(world)
    await _sms(services)
    await answer(services, await claim(services), accepted("alert"))
    await receive(services, ("alert", DELIVERED))
    message = await Message.get(receiver=PHONE)
    assert (message.status, message.ptt) == (1, 4)
    await check_books(account.id)
    assert (await verify_account(account.id)).breach is None
    assert (await verify_conservation()).holds


async def test_one_that_is_not_billed_is_refunded(services: Services, world: World) -> None:
    """What the operator refuses comes back to the account, once, and raises nothing by itself."""
    account = await _alerting(world)
    await _sms(services)
    await answer(services, await claim(services), refused_with(20))
    assert (await Account.get(id=account.id)).credits_left == 5_000
    assert await alerts_of(account) == [5_000]
    assert (await verify_account(account.id)).breach is None
    assert (await verify_conservation()).holds


async def test_many_workers_send_it_once(services: Services, world: World) -> None:
    """However many look at once, there is one message and one debit."""
    account = await _alerting(world)
    await asyncio.gather(*(_sms(services) for _ in range(8)))
    assert await Message.filter(receiver=PHONE).count() == 1
    assert await LedgerEntry.filter(kind="ALERT_SMS").count() == 1
    assert await told(account) == [("SMS", "sent", None)]


async def test_an_accounts_many_alerts_delay_no_others(services: Services, world: World) -> None:
    """An account with many alerts waits behind one without any yet."""
    await _alerting(world)
    await repeat(await Notification.get(), 9)
    late = await world.account("sms-late-1", credits=6_000)
    await watch_by_sms(world, late)
    await raise_alert(world, late)
    await send_due_sms(services, limit=2)
    assert await told(late) == [("SMS", "sent", None)]


async def test_its_own_debit_raises_no_alert(services: Services, world: World) -> None:
    """If an alert's price takes credits to another limit, the next movement causes that alert."""
    account = await _alerting(world, credits=6_000, threshold=5_500)
    user = await world.user(account)
    await set_user_limit(
        services, world.holder, account=account.name, login=user.login, enabled=True, threshold=4_500,
        channel=AlertChannel.MAIL, email=EMAIL,
    )  # fmt: skip
    await _sms(services)
    assert await LimitAlert.filter(account_id=account.id).count() == 1
    await grant_credits(services, world.operator, account=account.name, credits=1, key="a")
    alerts = await LimitAlert.filter(account_id=account.id).order_by("sequence")
    assert [(alert.user_login, alert.remaining) for alert in alerts] == [(None, 5_000), ("script", 4_001)]


Spoil = Callable[[World, Account], Awaitable[object]]


async def _no_sender(world: World, account: Account) -> None:
    await delete_sender(world.services, world.holder, account=account.name, name="Chappe")


async def _stopped_sender(world: World, account: Account) -> None:
    await set_sender_status(
        world.services, world.operator, account=account.name, name="Chappe", status=SenderStatus.DISABLED
    )


async def _lost_sender(_: World, account: Account) -> None:
    await Sender.filter(account_id=account.id).delete()


async def _no_credits(world: World, account: Account) -> None:
    await correct_credits(world.services, world.operator, account=account.name, credits=4_001, reason="x")


async def _no_rate(_: World, __: Account) -> None:
    await Rate.filter(country="FR").delete()


async def _blacklisted(world: World, account: Account) -> None:
    await add_to_blacklist(world.services, world.holder, account=account.name, number=PHONE)


async def _disabled(_: World, account: Account) -> None:
    await Account.filter(id=account.id).update(status=AccountStatus.DISABLED)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_no_sender, "no sender for alerts"),
        (_stopped_sender, "not enabled"),
        (_lost_sender, "not declared"),
        (_no_credits, "0.999 credits left"),
        (_no_rate, "no rate"),
        (_blacklisted, "asked the account to stop"),
        (_disabled, "disabled"),
    ],
    ids=lambda value: value.__name__[1:] if callable(value) else None,
)
async def test_what_can_not_be_sent_fails_with_the_reason(
    services: Services, world: World, spoil: Spoil, words: str
) -> None:
    """Nothing is debited, and it is not tried again."""
    account = await _alerting(world)
    await spoil(world, account)
    before = await Account.get(id=account.id)
    assert await _sms(services) == 1
    [(_, state, failure)] = await told(account)
    assert state == "failed"
    assert words in (failure or "")
    after = await check_books(account.id)
    assert (after.credits_left, after.ledger_sequence) == (before.credits_left, before.ledger_sequence)
    assert not await Message.exists(receiver=PHONE)
    assert await _sms(services) == 0


async def test_the_mail_goes_even_so(services: Services, world: World) -> None:
    """An account that can't pay for the SMS still gets the mail."""
    account = await world.account(credits=2_000)
    await watch_by_sms(world, account, 1_000, channel=AlertChannel.BOTH, email=EMAIL)
    await correct_credits(services, world.operator, account=account.name, credits=1_500, reason="x")
    await _sms(services)
    [mail, sms] = await told(account)
    assert mail == ("MAIL", "waiting", None)
    assert sms[:2] == ("SMS", "failed")


async def test_the_alerts_of_a_disabled_account_do_not_hold_up_others(
    services: Services, world: World
) -> None:
    """One that fails and one that is sent, in one batch."""
    poor = await _alerting(world)
    await _disabled(world, poor)
    other = await world.account("sms-other-1", credits=6_000)
    await watch_by_sms(world, other)
    await raise_alert(world, other)
    assert await _sms(services) == 2
    assert [state for _, state, _ in [*await told(poor), *await told(other)]] == ["failed", "sent"]
    [message] = await Message.filter(account_id=other.id, receiver=PHONE)
    assert await states([message.id]) == ["queued"]


async def test_an_account_whose_sms_always_fail_holds_up_no_other(
    services: Services, world: World, clock: ManualClock
) -> None:
    """Its own wait, take up no room in the batch meanwhile, and go once the trouble is over."""
    bad = await world.account("sms-bad-1", credits=6_000)
    good = await world.account("sms-good-1", credits=6_000)
    for account in (bad, good):
        await watch_by_sms(world, account, 5_000)
        await raise_alert(world, account)
    last = (await Account.get(id=bad.id)).ledger_sequence
    await Account.filter(id=bad.id).update(ledger_sequence=last - 1)  # so that each entry collides
    pauses = Pauses(clock)
    assert await send_due_sms(services, limit=1, pauses=pauses) == 1
    assert await send_due_sms(services, limit=1, pauses=pauses) == 1
    assert {row.account_id: str(row.state) for row in await Notification.all()} == {
        bad.id: "waiting",
        good.id: "sent",
    }
    assert await send_due_sms(services, limit=1, pauses=pauses) == 0
    await Account.filter(id=bad.id).update(ledger_sequence=last)
    clock.advance(1)
    assert await send_due_sms(services, limit=1, pauses=pauses) == 1
    assert {str(row.state) for row in await Notification.all()} == {"sent"}
    for account in (bad, good):
        await check_books(account.id)
