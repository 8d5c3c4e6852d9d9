"""Waiting notifications (mails and SMS), and the contacts that they go to."""

from collections.abc import Collection, Sequence
from typing import Any

from server.store.models import Account, Contact, Notification, User
from server.store.reading import load
from server.store.sql import chosen_once, fetch, placeholders, skip_locked

# Each account's first, then each one's second, and so on, so that an account with many delays no other.
_DUE = """
    SELECT id, account_id, due_at_us, ROW_NUMBER() OVER (PARTITION BY account_id ORDER BY due_at_us, id) AS turn
    FROM notifications WHERE state = 'waiting' AND channel = '{channel}' AND due_at_us <= {now}
"""


async def claim_due_mails(
    claim_id: int, *, at_us: int, lease_end_us: int, limit: int
) -> list[dict[str, Any]]:
    """Claim due mails, each account's first before any second; return them by id.

    Rows locked by another transaction are skipped.
    """
    due = f"""
        SELECT one.id FROM notifications one JOIN ({_DUE.format(channel="MAIL", now="$3")}) due ON due.id = one.id
        WHERE one.state = 'waiting' AND one.due_at_us <= $3
        ORDER BY turn, one.due_at_us, one.id LIMIT $4 {skip_locked("one")}
    """  # noqa: S608 constant clauses
    rows = await fetch(
        f"""
        UPDATE notifications SET claim_id = $1, attempts = attempts + 1, due_at_us = $2
        WHERE id {chosen_once(due)}
        RETURNING id, account_id, alert_id, contact_id, recipient, subject, body, created_at_us
        """,  # noqa: S608 constant clauses
        claim_id,
        lease_end_us,
        at_us,
        limit,
    )
    return sorted(rows, key=lambda row: int(row["id"]))


async def due_sms(at_us: int, *, but_for: Sequence[int], limit: int) -> list[dict[str, Any]]:
    """Return due SMS, each account's first before any second, without some accounts'; nothing is locked."""
    others = f"WHERE account_id NOT IN ({placeholders(but_for, after=2)})" if but_for else ""
    return await fetch(
        f"""
        SELECT id, account_id FROM ({_DUE.format(channel="SMS", now="$1")}) due {others}
        ORDER BY turn, due_at_us, id LIMIT $2
        """,  # noqa: S608 constant clauses
        at_us,
        limit,
        *but_for,
    )


async def fail_waiting(
    account_id: int, channel: str, address: str, *, failure: str, at_us: int, in_any_case: bool
) -> None:
    """Fail what waits to be sent to an address; `in_any_case` compares it with recipients in lower case."""
    recipient = "lower(recipient)" if in_any_case else "recipient"
    await fetch(
        f"""
        UPDATE notifications SET state = 'failed', failure = $1, ended_at_us = $2
        WHERE state = 'waiting' AND account_id = $3 AND channel = $4 AND {recipient} = $5
        """,  # noqa: S608 constant words
        failure,
        at_us,
        account_id,
        channel,
        address,
    )


async def get_notification(notification_id: int) -> Notification:
    """Return a notification that exists."""
    return await Notification.get(id=notification_id)


async def lock_notification(notification_id: int) -> Notification:
    """Return a notification that exists, locked until the transaction ends."""
    return await Notification.select_for_update().get(id=notification_id)


async def contacts_at(
    account_ids: Collection[int], addresses: Collection[str], *, channel: str | None = None
) -> list[Contact]:
    """Return the contacts of these accounts at these addresses, on one channel or all."""
    contacts = Contact.filter(account_id__in=account_ids, address__in=addresses)
    return await (contacts if channel is None else contacts.filter(channel=channel))


async def find_contact(account_id: int, channel: str, address: str) -> Contact | None:
    """Return an account's contact at an address."""
    return await Contact.get_or_none(account_id=account_id, channel=channel, address=address)


async def get_contact(contact_id: int) -> Contact:
    """Return a contact that exists, as it is now."""
    return await Contact.get(id=contact_id)


async def contact_with_account(contact_id: int) -> Contact | None:
    """Return a contact with its account, as they are now."""
    return await Contact.get_or_none(id=contact_id).select_related("account")


async def holders_addresses(
    account_ids: Collection[int], addresses: Collection[str]
) -> list[tuple[int, str]]:
    """Return which of these addresses the accounts' holders sign in with, with the account."""
    own = Account.filter(id__in=account_ids, holder__email__in=addresses)
    return [(account_id, email) for account_id, email in await own.values_list("id", "holder__email")]


async def is_in_users_limit(
    account_id: int, *, email_key: str | None = None, phone_number: str | None = None
) -> bool:
    """Whether an active limit of one of the account's users sends alerts to an address or a number."""
    users = User.filter(account_id=account_id, limit_on=True, deleted_at_us=None)
    if email_key is not None:
        return await users.filter(limit_email__iexact=email_key).exists()
    return await users.filter(limit_phone_number=phone_number).exists()


async def notifications_by_id(ids: Collection[int]) -> dict[int, Notification]:
    """Return notifications by their ids."""
    return {row.id: row for row in await load(Notification.filter(id__in=set(ids)))}


async def notifications_of_alerts(ids: Collection[int]) -> list[Notification]:
    """Return the notifications of alerts, by alert and in the order in which they were written."""
    return await load(Notification.filter(alert_id__in=set(ids)).order_by("alert_id", "id"))
