"""Receivers of alerts are asked first, and get nothing else before they say yes."""

import re
from typing import Any

import pytest

from server.errors import ErrorCode, InvalidInput, RateLimited
from server.kit.clock import ManualClock
from server.operations.accounts.accounts import update_account
from server.operations.core.services import Services
from server.operations.credits.credits import correct_credits, grant_credits
from server.operations.credits.limits import set_account_limit, set_user_limit
from server.operations.credits.verification import verify_account, verify_conservation
from server.operations.notifications import contacts
from server.operations.notifications.confirmations import request_confirmation
from server.operations.notifications.contacts import (
    Place,
    answer,
    confirm_phone_number,
    contact_of_token,
    states_of,
)
from server.operations.notifications.templates import set_alert_templates
from server.rules.core import outreach
from server.rules.core.outreach import Bound
from server.rules.credits.thresholds import AlertChannel
from server.rules.notifications.contacts import TOO_MANY, WITHHELD, ContactState
from server.settings import Settings
from server.store.models import Account, AuditEntry, Contact, Holder, Message, Notification, User
from server.wiring import build_services
from server.workers.notifications import Notifier
from tests.factories.accounts.accounts import World
from tests.factories.core.refusals import refused
from tests.factories.notifications.alerts import ScriptedMailer, agree, told

STRANGER, PHONE = "Stranger@example.net", "+33612340000"
OWN = "holder@example.com"


async def _limit(world: World, account: Account, **more: Any) -> Account:
    given: dict[str, Any] = {
        "enabled": True,
        "threshold": 5_000,
        "channel": AlertChannel.MAIL,
        "email": STRANGER,
        **more,
    }
    return await set_account_limit(world.services, world.holder, account=account.name, **given)


async def _by_sms(world: World, account: Account) -> None:
    await update_account(
        world.services, world.holder, account=account.name, changes={"alert_sender": "Chappe"}
    )
    await _limit(world, account, channel=AlertChannel.SMS, email=None, phone_number=PHONE)


async def _fall(world: World, account: Account) -> None:
    """Take an account to its limit, and above it again."""
    row = await Account.get(id=account.id)
    credits = row.credits_left - 4_000
    await correct_credits(world.services, world.operator, account=account.name, credits=credits, reason="x")
    await grant_credits(
        world.services, world.operator, account=account.name, credits=credits, key=f"{row.ledger_sequence}"
    )


async def _mails(services: Services) -> ScriptedMailer:
    mailer = ScriptedMailer()
    notifier = Notifier(services, mailer)
    while await notifier.send_mails() or await notifier.send_sms():
        pass
    return mailer


async def _link(services: Services) -> Contact:
    """Send what waits, and return the contact that the one mail's link is for."""
    [mail] = (await _mails(services)).mails
    [token] = re.findall(r"^http://127\.0\.0\.1:8000/alerts\?token=(\S+)$", mail.body, re.MULTILINE)
    contact = await contact_of_token(services, token)
    assert contact is not None
    return contact


async def _state(services: Services, account: Account, recipient: str) -> ContactState:
    channel = AlertChannel.MAIL if "@" in recipient else AlertChannel.SMS
    place = Place.of(account.id, channel, recipient)
    return (await states_of([place], now_us=services.clock.now_us()))[place]


async def test_a_strange_address_gets_one_question_and_nothing_else(services: Services, world: World) -> None:
    """However often the credits fall, and whatever the templates say; each alert says why it did not go."""
    account = await world.account()
    await set_alert_templates(
        services, world.holder, account=account.name,
        changes={"mail_subject": "You won", "mail_body": "Click http://evil.example"},
    )  # fmt: skip
    await _limit(world, account)
    for _ in range(3):
        await _fall(world, account)
    await _limit(world, account, threshold=6_000)
    mailer = await _mails(services)
    [mail] = mailer.mails
    assert (mail.recipient, mail.subject) == (STRANGER, "Do you want the alerts of sms-demo-1?")
    assert "evil" not in mail.subject + mail.body
    assert await told(account) == [
        ("MAIL", "sent", None),
        *[("MAIL", "failed", WITHHELD[ContactState.ASKED])] * 3,
    ]


async def test_many_limits_with_foreign_addresses_send_no_alert(
    services: Services, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account may ask a bounded number a day: instead of 900 mails, one per address, then a refusal."""
    monkeypatch.setattr(outreach, "CONFIRMATIONS_OF_ACCOUNT", Bound(3, 86_400))
    account = await world.account()
    users = [await world.user(account, f"u{number}") for number in range(4)]
    given: dict[str, Any] = {
        "account": account.name, "enabled": True, "threshold": 5_000, "channel": AlertChannel.MAIL,
    }  # fmt: skip
    for number, user in enumerate(users[:3]):
        await set_user_limit(
            services, world.holder, login=user.login, email=f"victim{number}@example.net", **given
        )
    with pytest.raises(RateLimited) as refusal:
        await set_user_limit(services, world.holder, login="u3", email="victim3@example.net", **given)
    assert refusal.value.retry_after == 28_800
    assert not (await User.get(id=users[3].id)).limit_on
    for _ in range(6):
        await _fall(world, account)
    assert len((await _mails(services)).mails) == 3


async def test_yes_lets_the_alerts_through_in_a_frame(services: Services, world: World) -> None:
    """The tenant's words stand in ours, which tell how to stop them."""
    account = await world.account()
    await _limit(world, account)
    contact = await _link(services)
    assert await _state(services, account, STRANGER) is ContactState.ASKED
    assert await answer(services, contact, wanted=True)
    assert await _state(services, account, STRANGER) is ContactState.CONFIRMED
    await _fall(world, account)
    [mail] = (await _mails(services)).mails
    assert mail.subject == "Alert of sms-demo-1: sms-demo-1: 4 credits left"
    assert mail.body.startswith("This is an alert of the SMS account sms-demo-1.")
    assert mail.body.count(contacts.link_of(services, contact)) == 1


async def test_no_stops_it_for_good(services: Services, world: World) -> None:
    """What waits is not sent, no limit may name the address, and it can't be asked again."""
    account = await world.account()
    await _limit(world, account)
    contact = await _link(services)
    await answer(services, contact, wanted=True)
    await _fall(world, account)
    assert await answer(services, contact, wanted=False)
    assert await answer(services, contact, wanted=False)
    assert (await _mails(services)).mails == []
    assert await told(account) == [
        ("MAIL", "sent", None),
        ("MAIL", "failed", WITHHELD[ContactState.REFUSED]),
    ]
    async with refused(ErrorCode.CONTACT_REFUSED, "email"):
        await _limit(world, account, email=STRANGER.upper())
    async with refused(ErrorCode.CONTACT_REFUSED, "email"):
        await request_confirmation(
            services, world.holder, account=account.name, email=STRANGER, phone_number=None
        )
    trail = await AuditEntry.filter(action__in=["confirmContact", "refuseContact"]).order_by("id")
    assert [(row.action, row.subject) for row in trail] == [
        ("confirmContact", STRANGER.lower()),
        ("refuseContact", STRANGER.lower()),
    ]


async def test_whoever_refused_may_think_again(services: Services, world: World, clock: ManualClock) -> None:
    """With the same link, as long as it is good; nobody else can for them."""
    account = await world.account()
    await _limit(world, account)
    contact = await _link(services)
    await answer(services, contact, wanted=False)
    assert await answer(services, contact, wanted=True)
    await answer(services, contact, wanted=False)
    clock.advance(7 * 86_400)
    assert not await answer(services, contact, wanted=True)
    assert await _state(services, account, STRANGER) is ContactState.REFUSED


async def test_another_account_has_to_ask_by_itself(services: Services, world: World) -> None:
    """Yes to one is no yes to the next, nor is no."""
    first, second = await world.account(), await world.account("sms-demo-2")
    await _limit(world, first)
    await answer(services, await _link(services), wanted=True)
    await _limit(world, second)
    assert await _state(services, second, STRANGER) is ContactState.ASKED
    await answer(services, await _link(services), wanted=False)
    assert await _state(services, first, STRANGER) is ContactState.CONFIRMED


async def test_the_holders_own_address_needs_no_question(services: Services, world: World) -> None:
    """In whatever case; the alert goes at once, and has no link. Once it is no longer theirs, it has to ask."""
    account = await world.account()
    await _limit(world, account, email="Holder@Example.com")
    await _fall(world, account)
    [mail] = (await _mails(services)).mails
    assert mail.subject.startswith("Alert of sms-demo-1: ")
    assert "you sign in with this address" in mail.body
    assert "token=" not in mail.body
    assert not await Contact.exists()
    await Holder.filter(id=account.holder_id).update(email="other@example.com")
    await _fall(world, account)
    assert (await told(account))[-1] == ("MAIL", "failed", WITHHELD[ContactState.UNCONFIRMED])


async def test_a_question_runs_out_and_can_be_asked_again(
    services: Services, world: World, clock: ManualClock
) -> None:
    """A link is valid for a week; asking again renews it."""
    account = await world.account()
    await _limit(world, account)
    contact = await _link(services)
    clock.advance(7 * 86_400)
    assert await _state(services, account, STRANGER) is ContactState.UNCONFIRMED
    assert not await answer(services, contact, wanted=True)
    await request_confirmation(
        services, world.holder, account=account.name, email=STRANGER.lower(), phone_number=None
    )
    assert (await _link(services)).id == contact.id
    assert await answer(services, contact, wanted=True)
    before = await Notification.all().count()
    again = await request_confirmation(
        services, world.holder, account=account.name, email=STRANGER, phone_number=None
    )
    assert again.state is ContactState.CONFIRMED
    assert await Notification.all().count() == before


async def _asked(world: World, account: Account, *processes: Services) -> int:
    """Have a stranger asked until it is refused; return how often it was not."""
    try:
        await _limit(world, account)
    except RateLimited:
        return 0
    for asked in range(1, 100):
        by = processes[asked % len(processes)]
        try:
            await request_confirmation(
                by, world.holder, account=account.name, email=STRANGER, phone_number=None
            )
        except RateLimited:
            return asked
    pytest.fail("nothing was refused")


async def test_an_address_is_asked_only_so_often(
    services: Services, world: World, settings: Settings, clock: ManualClock
) -> None:
    """By one account three times a day, by all together six, from whichever process."""
    other = build_services(settings, clock)
    for number, expected in enumerate((3, 3, 0)):
        account = await world.account(f"sms-demo-{number}")
        assert await _asked(world, account, services, other) == expected
    assert len((await _mails(services)).mails) == 6
    await other.drain()


async def test_only_what_a_limit_names_is_asked(services: Services, world: World) -> None:
    """Else anybody could be; nor does one request name two, or none."""
    account = await world.account()
    ask: dict[str, Any] = {"account": account.name, "email": None, "phone_number": None}
    async with refused(ErrorCode.UNKNOWN_CONTACT, "email"):
        await request_confirmation(services, world.holder, **{**ask, "email": STRANGER})
    async with refused(ErrorCode.UNKNOWN_CONTACT, "phoneNumber"):
        await request_confirmation(services, world.holder, **{**ask, "phone_number": PHONE})
    both: dict[str, Any]
    for both in ({}, {"email": STRANGER, "phone_number": PHONE}):
        async with refused(ErrorCode.INVALID_INPUT):
            await request_confirmation(services, world.holder, **{**ask, **both})
    async with refused(ErrorCode.UNKNOWN_ACCOUNT, "account"):
        await request_confirmation(services, world.neighbour, **{**ask, "email": STRANGER})


async def test_the_holders_own_address_is_left_in_peace(services: Services, world: World) -> None:
    """It has nothing to confirm."""
    account = await world.account()
    await _limit(world, account, email=OWN)
    asked = await request_confirmation(
        services, world.holder, account=account.name, email=OWN, phone_number=None
    )
    assert asked.state is ContactState.CONFIRMED
    assert not await Notification.exists()


async def test_a_number_is_confirmed_by_the_code_of_an_sms(services: Services, world: World) -> None:
    """It is debited like an alert; the account's holder does not see the code among the messages."""
    account = await world.account(credits=10_000)
    await _by_sms(world, account)
    await _fall(world, account)
    await _mails(services)
    [message] = await Message.all()
    [code] = re.findall(r"\b\d{6}\b", message.body)
    assert message.confidential
    assert (message.receiver, message.credits) == (PHONE, 1_000)
    assert "http://127.0.0.1:8000/alerts?token=" in message.body
    assert code not in "".join(row.body for row in await Notification.all())
    confirmed = await confirm_phone_number(
        services, world.holder, account=account.name, phone_number=PHONE, code=code
    )
    assert confirmed.state is ContactState.CONFIRMED
    again = await confirm_phone_number(
        services, world.holder, account=account.name, phone_number=PHONE, code="000000"
    )
    assert again.state is ContactState.CONFIRMED
    await _fall(world, account)
    await _mails(services)
    assert [row.confidential for row in await Message.all().order_by("id")] == [True, False]
    assert (await verify_account(account.id)).breach is None
    assert (await verify_conservation()).holds


async def test_a_code_is_tried_five_times(services: Services, world: World, clock: ManualClock) -> None:
    """Then not even the right one counts, until another is sent, which is a different one."""
    account = await world.account()
    await _by_sms(world, account)
    contact = await Contact.get()
    right = contacts.code_of(services, contact)
    wrong = f"{(int(right) + 1) % 10**6:06}"
    of_number = {"account": account.name, "phone_number": PHONE}
    for _ in range(5):
        with pytest.raises(InvalidInput) as refusal:  # it changes something: the tries that are left
            await confirm_phone_number(services, world.holder, **of_number, code=wrong)
        assert (refusal.value.code, refusal.value.field) == (ErrorCode.WRONG_CODE, ("code",))
        async with refused(ErrorCode.INVALID_INPUT, "code"):
            await confirm_phone_number(services, world.holder, **of_number, code="12345")
    async with refused(ErrorCode.CONFIRMATION_EXPIRED, "code"):
        await confirm_phone_number(services, world.holder, **of_number, code=right)
    await request_confirmation(services, world.holder, **of_number, email=None)
    again = contacts.code_of(services, await Contact.get())
    assert again != right
    clock.advance(3_600)
    async with refused(ErrorCode.CONFIRMATION_EXPIRED, "code"):
        await confirm_phone_number(services, world.holder, **of_number, code=again)


async def test_a_number_refuses_by_the_link_of_its_sms(services: Services, world: World) -> None:
    """The link of an SMS can only say no: the tenant sees it too, and could press the button."""
    account = await world.account()
    await _by_sms(world, account)
    contact = await Contact.get()
    assert not await answer(services, contact, wanted=True)
    assert await answer(services, contact, wanted=False)
    await _mails(services)
    assert not await Message.exists()
    of_number = {"account": account.name, "phone_number": PHONE, "code": contacts.code_of(services, contact)}
    async with refused(ErrorCode.CONTACT_REFUSED, "phoneNumber"):
        await confirm_phone_number(services, world.holder, **of_number)
    async with refused(ErrorCode.UNKNOWN_CONTACT, "phoneNumber"):
        await confirm_phone_number(services, world.holder, **{**of_number, "phone_number": "+33612340001"})


async def test_an_account_that_can_not_pay_asks_no_number(services: Services, world: World) -> None:
    """The question has failed, which can be seen, and nothing is sent."""
    account = await world.account(credits=0)
    await _by_sms(world, account)
    await _mails(services)
    [(channel, state, failure)] = await told(account)
    assert (channel, state) == ("SMS", "failed")
    assert "credits" in (failure or "")
    assert not await Message.exists()


async def test_alerts_to_one_address_and_of_one_account_are_capped(
    services: Services, world: World, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is too much for an hour has failed and says so; it is not sent late, and later ones go again."""
    monkeypatch.setattr(outreach, "ALERTS_OF_ADDRESS", Bound(2, 3_600))
    monkeypatch.setattr(outreach, "ALERTS_OF_ACCOUNT", Bound(3, 3_600))
    account = await world.account()
    await agree(account, STRANGER, "second@example.net")
    user = await world.user(account)
    await _limit(world, account)
    await set_user_limit(
        services, world.holder, account=account.name, login=user.login, enabled=True, threshold=5_000,
        channel=AlertChannel.MAIL, email="second@example.net",
    )  # fmt: skip
    for _ in range(4):
        await _fall(world, account)
    recipients = [mail.recipient for mail in (await _mails(services)).mails]
    assert sorted(recipients) == [STRANGER, STRANGER, "second@example.net"] or len(recipients) == 3
    assert {failure for _, _, failure in await told(account)} == {None, TOO_MANY}
    clock.advance(3_600)
    await _fall(world, account)
    assert len((await _mails(services)).mails) == 2


@pytest.mark.parametrize(
    "token", ["", "1", "1-", "-", "x-y", "1-wrong", "99999999999999999999-x", "²-x", "1-é"]
)
async def test_a_token_that_was_made_up_is_nobodys(services: Services, world: World, token: str) -> None:
    """In any form; and one contact's token does not work for another."""
    account = await world.account()
    await _limit(world, account)
    contact = await Contact.get()
    assert await contact_of_token(services, token) is None
    mac = services.signing_keys.link_token(contact.id)
    assert await contact_of_token(services, f"{contact.id + 1}-{mac}") is None
    assert await contact_of_token(services, f"{contact.id}-{mac}") is not None
