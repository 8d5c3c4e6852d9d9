"""Writing mails and SMS to people. A worker sends them."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.bus.bus import Queue
from server.operations.core.outreach import admit
from server.operations.core.transactions import wake
from server.operations.notifications.contacts import Place, states_of
from server.rules.core.outreach import alert_charges
from server.rules.credits.thresholds import AlertChannel
from server.rules.notifications.alert_texts import DEFAULT_TEXTS, MAX_SUBJECT, AlertTexts, alert_values
from server.rules.notifications.contacts import TOO_MANY, WITHHELD
from server.store.models import Account, LimitAlert, Notification, NotificationState
from server.store.queries.access.holders import get_holder
from server.store.writing import add


async def tell_holder(account: Account, *, subject: str, body: str, at_us: int) -> None:
    """Write a mail to an account's holder, in the transaction that causes it."""
    holder = await get_holder(account.holder_id)
    telling = _Telling(AlertChannel.MAIL, holder.email, subject, body, None)
    await _write(account, [telling], at_us=at_us)


async def tell_of_alerts(account: Account, alerts: Sequence[LimitAlert], *, at_us: int) -> None:
    """Write the mails and SMS for alerts, with the account's own texts.

    One to an unconfirmed contact, or beyond what may go out in an hour, is written as failed, with the
    reason.
    """
    tellings = []
    for alert in alerts:
        values = alert_values(
            account=account.name,
            login=alert.user_login,
            remaining_mc=alert.remaining,
            threshold_mc=alert.threshold,
            credits_left_mc=account.credits_left,
        )
        texts = alert_texts(account).filled(values)
        if alert.channel is not AlertChannel.SMS:
            tellings.append(
                _Telling(AlertChannel.MAIL, alert.email or "", texts.mail_subject, texts.mail_body, alert.id)
            )
        if alert.channel is not AlertChannel.MAIL:
            tellings.append(
                _Telling(AlertChannel.SMS, alert.phone_number or "", "", texts.sms_body, alert.id)
            )
    await _write(account, tellings, at_us=at_us)


def alert_texts(account: Account) -> AlertTexts:
    """Return the texts of an account's alerts: its own, or else the server's."""
    return AlertTexts(
        mail_subject=account.alert_mail_subject or DEFAULT_TEXTS.mail_subject,
        mail_body=account.alert_mail_body or DEFAULT_TEXTS.mail_body,
        sms_body=account.alert_sms_body or DEFAULT_TEXTS.sms_body,
    )


@dataclass(frozen=True, slots=True)
class _Telling:
    """One mail or SMS to one person; `alert_id` is None if it is not about an alert."""

    channel: AlertChannel
    recipient: str
    subject: str
    body: str
    alert_id: int | None


async def _write(account: Account, tellings: Sequence[_Telling], *, at_us: int) -> None:
    """Write mails and SMS of a locked account. Subjects are put on one line and shortened to fit."""
    places = [Place.of(account.id, telling.channel, telling.recipient) for telling in tellings]
    states = await states_of(set(places), now_us=at_us)
    full: set[str] = set()
    for telling, place in zip(tellings, places, strict=True):
        failure = WITHHELD.get(states[place]) or await _no_room(place, full, at_us)
        await add(
            Notification(
                account_id=account.id,
                alert_id=telling.alert_id,
                channel=telling.channel,
                recipient=telling.recipient,
                subject=" ".join(telling.subject.split())[:MAX_SUBJECT],
                body=telling.body,
                state=NotificationState.WAITING if failure is None else NotificationState.FAILED,
                failure=failure,
                due_at_us=at_us,
                created_at_us=at_us,
                ended_at_us=None if failure is None else at_us,
            )
        )
        if failure is None:
            wake(Queue.NOTIFICATIONS)


async def _no_room(place: Place, full: set[str], at_us: int) -> str | None:
    """Count one more alert to a place, or return why it can't go there; `full` has the reached limits."""
    for charge in alert_charges(place.account_id, place.channel, place.address):
        if charge.key in full or not await admit(charge, now_us=at_us):
            full.add(charge.key)
            return TOO_MANY
    return None
