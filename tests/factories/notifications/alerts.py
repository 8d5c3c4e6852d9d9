"""Limits of accounts, and the results of their alerts."""

from typing import Any

from server.operations.accounts.accounts import update_account
from server.operations.credits.limits import set_account_limit
from server.outbound.mail import TAKEN, Mail, MailOutcome
from server.rules.credits.thresholds import AlertChannel
from server.rules.notifications.contacts import ContactState
from server.store.models import Account, Contact, LimitAlert, Notification
from tests.factories.accounts.accounts import World
from tests.factories.credits.verification import check_books
from tests.factories.messages.messages import send

EMAIL, PHONE = "ada@example.com", "+33612340000"


class ScriptedMailer:
    """Keeps its mails, and answers by script; after the script it accepts everything."""

    def __init__(self, *outcomes: MailOutcome) -> None:
        """Take its first answers."""
        self.mails: list[Mail] = []
        self._outcomes = list(outcomes)

    async def send(self, mail: Mail) -> MailOutcome:
        """Take a mail."""
        self.mails.append(mail)
        return self._outcomes.pop(0) if self._outcomes else TAKEN


async def agree(account: Account, *recipients: str | None) -> None:
    """Let these addresses and numbers agree to the account's alerts."""
    for recipient in filter(None, recipients):
        channel = AlertChannel.MAIL if "@" in recipient else AlertChannel.SMS
        await Contact.update_or_create(
            account_id=account.id,
            channel=channel,
            address=recipient.lower(),
            defaults={"state": ContactState.CONFIRMED, "requested_at_us": 0, "expires_at_us": 0},
        )


async def watch(world: World, account: Account, threshold: int | None = 5_000, **more: Any) -> Account:
    """Set the account's own limit, in millicredits: by default by mail, to an address that has agreed."""
    given = {"enabled": True, "threshold": threshold, "channel": AlertChannel.MAIL, "email": EMAIL, **more}
    await agree(account, given.get("email"), given.get("phone_number"))
    return await set_account_limit(world.services, await world.owner(account), account=account.name, **given)


async def watch_by_sms(world: World, account: Account, threshold: int | None = 5_000, **more: Any) -> Account:
    """Set the account's own limit by SMS, from its sender Chappe."""
    owner = await world.owner(account)
    await update_account(world.services, owner, account=account.name, changes={"alert_sender": "Chappe"})
    return await watch(
        world,
        account,
        threshold,
        **{"channel": AlertChannel.SMS, "email": None, "phone_number": PHONE, **more},
    )


async def raise_alert(world: World, account: Account) -> Notification:
    """Let the holder send a message that takes the account to its limit, and return the notifications."""
    await send(world.services, await world.owner(account), account)
    return (await Notification.filter(account_id=account.id).order_by("-id").limit(1))[0]


async def alerts_of(account: Account) -> list[int]:
    """Return the remaining credits of each alert of the account's own, in order, after checking the books."""
    await check_books(account.id)
    found = await LimitAlert.filter(account_id=account.id, user_id=None).order_by("sequence")
    return [alert.remaining for alert in found]


async def told(account: Account) -> list[tuple[str, str, str | None]]:
    """Return the channel, the state and the failure of each notification of an account, oldest first."""
    rows = await Notification.filter(account_id=account.id).order_by("id")
    return [(str(row.channel), str(row.state), row.failure) for row in rows]


async def repeat(row: Notification, count: int) -> None:
    """Write this many more notifications like this one, as if there had been more alerts."""
    await Notification.bulk_create(
        Notification(
            account_id=row.account_id,
            alert_id=row.alert_id,
            channel=row.channel,
            recipient=row.recipient,
            subject=row.subject,
            body=row.body,
            due_at_us=row.due_at_us,
            created_at_us=row.created_at_us,
        )
        for _ in range(count)
    )
