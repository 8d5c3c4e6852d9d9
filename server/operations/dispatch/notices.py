"""Sending what `notifications` has written: mails through a mailer, SMS like any other message."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.bus.bus import Queue
from server.errors import Conflict, ErrorCode, InvalidInput, Refusal
from server.kit.clock import SECOND_US
from server.operations.core.account_turns import Pauses, Work, run_each
from server.operations.core.principals import SERVER
from server.operations.core.services import Services
from server.operations.core.transactions import wake
from server.operations.messages.acceptance import Acceptance
from server.operations.messages.screening import Draft, screen_alone
from server.operations.notifications.contacts import Place, code_of, link_of
from server.outbound.mail import Mail, MailOutcome, MailVerdict
from server.rules.credits.ledger import EntryKind
from server.rules.credits.thresholds import AlertChannel
from server.rules.notifications.alert_texts import MAX_SUBJECT, AlertTexts
from server.rules.notifications.contacts import framed, question_mail, question_sms
from server.rules.notifications.mail_retries import mail_retry_after_us
from server.store.models import Account, Contact, Notification, NotificationState
from server.store.queries.accounts import account_names, lock_account_id
from server.store.queries.notifications import (
    claim_due_mails,
    contacts_at,
    due_sms,
    get_contact,
    get_notification,
    lock_notification,
)
from server.store.writing import update

MAX_FAILURE = 200


@dataclass(frozen=True, slots=True)
class ClaimedMail:
    """A mail that this worker holds until the lease ends. The next worker has another claim id."""

    id: int
    claim_id: int
    mail: Mail


async def claim_mails(services: Services, *, limit: int) -> list[ClaimedMail]:
    """Claim mails that are due, and those whose worker has not recorded their outcome within its lease.

    A mail that is claimed again may have been handed over before the first worker died. It is sent again with
    the same Message-ID, by which mailboxes recognise a repeat.
    """
    now_us = services.clock.now_us()
    claim_id = secrets.randbits(62)
    rows = await claim_due_mails(
        claim_id,
        at_us=now_us,
        lease_end_us=now_us + services.policy.claim_lease_seconds * SECOND_US,
        limit=limit,
    )
    contacts = await _contacts(rows)
    accounts = await account_names({row["account_id"] for row in rows})
    return [
        ClaimedMail(row["id"], claim_id, _mail(services, row, accounts[row["account_id"]], contacts))
        for row in rows
    ]


async def _contacts(rows: Sequence[Mapping[str, Any]]) -> dict[Place, Contact]:
    """Return the contacts that mails go to; a holder's own address has none."""
    places = {Place.of(row["account_id"], AlertChannel.MAIL, row["recipient"]) for row in rows}
    if not places:
        return {}
    contacts = await contacts_at(
        {place.account_id for place in places},
        {place.address for place in places},
        channel=AlertChannel.MAIL,
    )
    return {Place(row.account_id, row.channel, row.address): row for row in contacts}


def _mail(
    services: Services, row: Mapping[str, Any], account: str, contacts: Mapping[Place, Contact]
) -> Mail:
    """Return a mail in its final form. Only here does an account's own text get our frame."""
    subject, body = row["subject"], row["body"]
    contact = contacts.get(Place.of(row["account_id"], AlertChannel.MAIL, row["recipient"]))
    stop_url = None if contact is None else link_of(services, contact)
    if row["contact_id"] is not None and contact is not None:
        subject, body = question_mail(account, stop_url or "")
    elif row["alert_id"] is not None:
        texts = AlertTexts(mail_subject=subject, mail_body=body, sms_body="")
        texts = framed(texts, account=account, stop_url=stop_url)
        subject, body = texts.mail_subject, texts.mail_body
    return Mail(
        # The time is part of it because another database may have a mail with the same number.
        key=f"notification-{row['id']}-{row['created_at_us']}",
        recipient=row["recipient"],
        subject=subject[:MAX_SUBJECT],
        body=body,
        written_at_us=row["created_at_us"],
    )


async def record_mail(services: Services, claimed: ClaimedMail, outcome: MailOutcome) -> None:
    """Record the outcome of a mail: sent, failed for good, or due again, for about a day.

    An outcome that comes after the lease, when another worker has claimed the mail, is dropped.
    """

    async def work() -> None:
        row = await lock_notification(claimed.id)
        if row.state is not NotificationState.WAITING or row.claim_id != claimed.claim_id:
            return
        now_us = services.clock.now_us()
        wait_us = mail_retry_after_us(row.attempts)
        if outcome.verdict is MailVerdict.TAKEN:
            await _end(row, NotificationState.SENT, None, now_us)
        elif outcome.verdict is MailVerdict.REFUSED or wait_us is None:
            await _end(row, NotificationState.FAILED, outcome.reason, now_us)
        else:
            row.failure, row.due_at_us, row.claim_id = outcome.reason, now_us + wait_us, None
            await update([row], ["failure", "due_at_us", "claim_id"])

    await services.transactions.run(work)


async def send_due_sms(services: Services, *, limit: int, pauses: Pauses | None = None) -> int:
    """Send the SMS that are due; return how many were tried.

    Each is debited, accepted and marked as sent in one transaction, so none is sent twice. If the account may
    not or can't send it, it fails with the reason. Paused accounts are skipped.
    """
    passed_over = pauses.under_way() if pauses else []
    due = await due_sms(services.clock.now_us(), but_for=passed_over, limit=limit)
    for row in due:
        [message_id] = await services.message_ids.take(1)
        work = _sms_work(services, row["id"], row["account_id"], message_id)
        await run_each(services, {row["account_id"]: work}, pauses)
    return len(due)


def _sms_work(services: Services, notification_id: int, account_id: int, message_id: int) -> Work:
    async def work() -> None:
        account = await lock_account_id(account_id)
        row = await get_notification(notification_id)
        if row.state is not NotificationState.WAITING:
            return
        now_us = services.clock.now_us()
        row.attempts += 1
        try:
            row.message_id = await _accept_sms(services, account, row, message_id, now_us)
        except Refusal as refusal:
            await _end(row, NotificationState.FAILED, refusal.message, now_us)
            return
        await _end(row, NotificationState.SENT, None, now_us)
        wake(Queue.MESSAGES)

    return work


async def _accept_sms(
    services: Services, account: Account, row: Notification, message_id: int, now_us: int
) -> int:
    """Accept the message like any other, without a user, and return its id.

    Raises:
        Refusal: the account has no sender for alerts, or sending is refused.
    """
    if account.alert_sender is None:
        raise Conflict("The account has no sender for alerts.", code=ErrorCode.SENDER_NOT_ENABLED)
    contact = None if row.contact_id is None else await get_contact(row.contact_id)
    text = row.body
    if contact is not None:
        text = question_sms(account.name, code_of(services, contact), link_of(services, contact))
    draft = Draft(
        account=account.name,
        sender=account.alert_sender,
        receivers=(row.recipient,),
        text=text,
        no_stop=True,
    )
    screened = await screen_alone(account, draft, max_parts=services.policy.max_parts, now_us=now_us)
    [verdict] = screened.verdicts
    if verdict.code is not None:
        raise InvalidInput(verdict.reason or "", code=verdict.code)
    acceptance = Acceptance(account, at_us=now_us)
    sent = await acceptance.add(
        SERVER,
        None,
        draft,
        screened,
        [message_id],
        kind=EntryKind.ALERT_SMS,
        reference=f"alert:{'question' if contact else row.alert_id}:{row.id}",
        confidential=contact is not None,
    )
    await acceptance.write()
    return sent.message_ids[0]


async def _end(row: Notification, state: NotificationState, failure: str | None, now_us: int) -> None:
    row.state, row.ended_at_us = state, now_us
    row.failure = None if failure is None else failure[:MAX_FAILURE]
    await update([row], ["state", "ended_at_us", "failure", "attempts", "message_id"])
