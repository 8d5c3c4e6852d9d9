"""What people are told by mail or SMS: written down here, sent by a worker."""

from server.events.bus import WORK
from server.models import Account, Holder, LimitAlert, Notification
from server.operations.transactions import wake
from server.rules.alert_texts import DEFAULT_TEXTS, MAX_SUBJECT, AlertTexts, alert_values
from server.rules.thresholds import AlertChannel


async def notify(
    account: Account,
    channel: AlertChannel,
    recipient: str,
    *,
    subject: str,
    body: str,
    at_us: int,
    alert: LimitAlert | None = None,
) -> Notification:
    """Write down one mail or SMS to one person, in the transaction that gives rise to it.

    The subject is made one line, and cut where it would not fit.
    """
    wake(WORK)
    return await Notification.create(
        account_id=account.id,
        alert_id=alert.id if alert else None,
        channel=channel,
        recipient=recipient,
        subject=" ".join(subject.split())[:MAX_SUBJECT],
        body=body,
        due_at_us=at_us,
        created_at_us=at_us,
    )


async def tell_holder(account: Account, *, subject: str, body: str, at_us: int) -> None:
    """Write down a mail to an account's holder."""
    holder = await Holder.get(id=account.holder_id)
    await notify(account, AlertChannel.MAIL, holder.email, subject=subject, body=body, at_us=at_us)


async def notify_of(account: Account, alert: LimitAlert) -> None:
    """Write down the mail, the SMS or both that tell of an alert, in the account's own words."""
    values = alert_values(
        account=account.name,
        login=alert.user_login,
        remaining_m=alert.remaining,
        threshold_m=alert.threshold,
        credits_left_m=account.credits_left,
    )
    texts = alert_texts(account).filled(values)
    if alert.channel is not AlertChannel.SMS:
        await notify(
            account,
            AlertChannel.MAIL,
            alert.email or "",
            subject=texts.mail_subject,
            body=texts.mail_body,
            at_us=alert.at_us,
            alert=alert,
        )
    if alert.channel is not AlertChannel.MAIL:
        await notify(
            account,
            AlertChannel.SMS,
            alert.phone_number or "",
            subject="",
            body=texts.sms_body,
            at_us=alert.at_us,
            alert=alert,
        )


def alert_texts(account: Account) -> AlertTexts:
    """Return the texts of an account's alerts: its own, or the server's where it has none."""
    return AlertTexts(
        mail_subject=account.alert_mail_subject or DEFAULT_TEXTS.mail_subject,
        mail_body=account.alert_mail_body or DEFAULT_TEXTS.mail_body,
        sms_body=account.alert_sms_body or DEFAULT_TEXTS.sms_body,
    )
