"""Notifications that wait to be sent: mails and SMS to whom alerts go."""

from collections.abc import Sequence
from typing import Any

from server.store.sql import chosen_once, fetch, placeholders, skip_locked

# Each account's first, then each one's second, and so on: one that has ever so many delays no other.
_DUE = """
    SELECT id, account_id, due_at_us, ROW_NUMBER() OVER (PARTITION BY account_id ORDER BY due_at_us, id) AS turn
    FROM notifications WHERE state = 'waiting' AND channel = '{channel}' AND due_at_us <= {now}
"""


async def claim_due_mails(
    claim_id: int, *, at_us: int, lease_end_us: int, limit: int
) -> list[dict[str, Any]]:
    """Claim mails that are due, each account's first before any second; return them by id.

    What another transaction holds is passed over.
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
    """Return the SMS that are due, each account's first before any second, but for some accounts'; none is locked."""
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
