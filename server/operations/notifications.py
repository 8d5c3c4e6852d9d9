"""What people are told by mail or SMS: written down here, sent by a worker."""

from server.models import Account, Holder, LimitAlert, Notification
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
    """Write down one mail or SMS to one person, in the transaction that gives rise to it."""
    return await Notification.create(
        account_id=account.id,
        alert_id=alert.id if alert else None,
        channel=channel,
        recipient=recipient,
        subject=subject,
        body=body,
        due_at_us=at_us,
        created_at_us=at_us,
    )


async def tell_holder(account: Account, *, subject: str, body: str, at_us: int) -> None:
    """Write down a mail to an account's holder."""
    holder = await Holder.get(id=account.holder_id)
    await notify(account, AlertChannel.MAIL, holder.email, subject=subject, body=body, at_us=at_us)
