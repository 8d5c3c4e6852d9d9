"""The notification outbox: written together with the alert, in the account's own words."""

import pytest

from server.bus.bus import Queue
from server.errors import ErrorCode
from server.operations.core.services import Services
from server.operations.credits.credits import correct_credits, transfer_credits
from server.operations.credits.limits import set_user_limit
from server.operations.credits.quotas import set_user_quota
from server.operations.notifications.outbox import tell_holder
from server.operations.notifications.templates import set_alert_templates
from server.rules.credits.thresholds import AlertChannel
from server.store.models import Holder, LimitAlert, Notification
from tests.factories.accounts.accounts import World
from tests.factories.core.refusals import refused
from tests.factories.messages.messages import send
from tests.factories.notifications.alerts import EMAIL, PHONE, agree, raise_alert, watch


@pytest.mark.parametrize(
    ("channel", "recipients"),
    [
        (AlertChannel.MAIL, [("MAIL", EMAIL)]),
        (AlertChannel.SMS, [("SMS", PHONE)]),
        (AlertChannel.BOTH, [("MAIL", EMAIL), ("SMS", PHONE)]),
    ],
)
async def test_each_channel_of_an_alert_is_written_with_it(
    services: Services, world: World, channel: AlertChannel, recipients: list[tuple[str, str]]
) -> None:
    """A mail, an SMS or both wait for a worker, who is woken."""
    account = await world.account(credits=6_000)
    await watch(world, account, channel=channel, phone_number=PHONE)
    with services.bus.listen(Queue.NOTIFICATIONS) as work:
        await correct_credits(services, world.operator, account=account.name, credits=1_500, reason="x")
        assert work.is_set()
    rows = await Notification.filter(account_id=account.id).order_by("id")
    assert [(str(row.channel), row.recipient) for row in rows] == recipients
    alert = await LimitAlert.get()
    now_us = services.clock.now_us()
    for row in rows:
        assert (row.alert_id, row.state, row.attempts) == (alert.id, "waiting", 0)
        assert (row.due_at_us, row.created_at_us) == (now_us, now_us)


async def test_what_is_refused_writes_nothing(services: Services, world: World) -> None:
    """A movement that is not carried out raises no alert."""
    account, other = await world.account(credits=6_000), await world.account("sms-other-1")
    await watch(world, account)
    async with refused(ErrorCode.INSUFFICIENT_CREDITS, "credits"):
        await transfer_credits(
            services, world.holder, source=account.name, target=other.name, credits=6_001, key="k"
        )
    assert await Notification.all().count() == await LimitAlert.all().count() == 0


async def test_the_servers_words(world: World) -> None:
    """Without its own templates an account's alert names the account and the remaining credits."""
    account = await world.account(credits=6_000)
    await watch(world, account, channel=AlertChannel.BOTH, phone_number=PHONE)
    sms = await raise_alert(world, account)
    mail = await Notification.get(channel="MAIL")
    assert mail.subject == "sms-demo-1: 5 credits left"
    assert mail.body == (
        "sms-demo-1 has 5 credits left and has reached its limit of 5.\n\n"
        "Account: sms-demo-1\nCredits left on the account: 5\n"
    )
    assert (sms.subject, sms.body) == ("", "sms-demo-1: 5 credits left (limit 5). On sms-demo-1: 5.")


async def test_an_accounts_own_words(services: Services, world: World) -> None:
    """Templates are filled in with what the alert found, for the alerts of users as well."""
    account = await world.account(credits=20_500)
    user = await world.user(account)
    await set_user_quota(
        services, world.holder, account=account.name, login="script", enabled=True, credits=6_000
    )
    await agree(account, EMAIL, PHONE)
    await set_user_limit(
        services, world.holder, account=account.name, login="script", enabled=True, threshold=5_500,
        channel=AlertChannel.BOTH, email=EMAIL, phone_number=PHONE,
    )  # fmt: skip
    await set_alert_templates(
        services,
        world.holder,
        account=account.name,
        changes={
            "mail_subject": "{login}@{account}",
            "mail_body": "{remaining} <= {threshold}; {{{creditsLeft}}}",
            "sms_body": "Crédits de {login} : {remaining}",
        },
    )
    await send(services, world.as_user(user), account)
    mail, sms = await Notification.filter(account_id=account.id).order_by("id")
    assert (mail.subject, mail.body) == ("script@sms-demo-1", "5 <= 5.5; {14.5}")
    assert sms.body == "Crédits de script : 5"


async def test_the_holder_is_told(services: Services, world: World) -> None:
    """A mail goes to the account's holder; its subject is one line of bounded length, for any input."""
    account = await world.account()

    async def work() -> None:
        await tell_holder(account, subject="A\r\nBcc: b@example.com " + "x" * 300, body="Hello", at_us=7)

    await services.transactions.run(work)
    [row] = await Notification.all()
    holder = await Holder.get(id=account.holder_id)
    assert (row.alert_id, row.channel, row.recipient) == (None, "MAIL", holder.email)
    assert row.subject.startswith("A Bcc: b@example.com xxx")
    assert len(row.subject) == 200
    assert (row.body, row.created_at_us) == ("Hello", 7)
