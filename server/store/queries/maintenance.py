"""Deleting rows that nobody needs, a batch at a time. Each function returns how many rows it deleted."""

from server.store.models import Account, DeliveryEvent
from server.store.sql import fetch


async def delete_tokens(*, until_us: int, limit: int) -> int:
    """Delete tokens that had expired by then, and ended sessions."""
    return await _delete(
        "access_tokens", "expires_at_us <= $1 OR (is_session AND revoked_at_us IS NOT NULL)", until_us, limit
    )


async def delete_idempotency_keys(*, until_us: int, limit: int) -> int:
    """Delete idempotency keys up to this time, oldest first."""
    return await _delete("idempotency_keys", "at_us <= $1 ORDER BY at_us", until_us, limit)


async def delete_throttles(*, until_us: int, limit: int, blocked_until_us: int) -> int:
    """Delete throttles that were not touched since, and that block nobody after the other time."""
    which = "updated_at_us <= $1 AND blocked_until_us <= $3"
    return await _delete("throttles", which, until_us, limit, blocked_until_us, key="key")


async def delete_sign_in_origins(*, until_us: int, limit: int) -> int:
    """Delete origins that nobody has signed in from since."""
    return await _delete("sign_in_origins", "used_at_us <= $1", until_us, limit, key="key")


async def delete_rate_buckets(*, until_us: int, limit: int) -> int:
    """Delete buckets that nobody has drawn from since."""
    return await _delete("rate_buckets", "at_us <= $1", until_us, limit, key="key")


async def delete_orphaned_receipts(*, until_us: int, limit: int) -> int:
    """Delete receipts up to this time that fit no message, oldest first."""
    which = """
        message_part_id IS NULL AND received_at_us <= $1 AND NOT EXISTS (
            SELECT 1 FROM message_parts JOIN messages ON messages.id = message_parts.message_id
            WHERE message_parts.gateway = receipts.gateway
              AND message_parts.operator_id = receipts.operator_id
              AND messages.sent_at_us <= receipts.received_at_us
        )
        ORDER BY id
    """
    return await _delete("receipts", which, until_us, limit)


async def delete_incoming_parts(*, until_us: int, limit: int) -> int:
    """Delete parts of incoming messages up to this time, oldest first."""
    return await _delete("incoming_parts", "received_at_us <= $1 ORDER BY id", until_us, limit)


async def delete_unclaimed_messages(*, until_us: int, limit: int) -> int:
    """Delete incoming messages of no account up to this time, oldest first."""
    return await _delete("unclaimed_messages", "at_us <= $1 ORDER BY at_us", until_us, limit)


async def delete_ended_callbacks(*, until_us: int, limit: int) -> int:
    """Delete callbacks that had ended by then, with their tries, oldest first."""
    which = "ended_at_us <= $1 AND state <> 'waiting' ORDER BY ended_at_us"
    return await _delete("callback_deliveries", which, until_us, limit)


async def accounts_with_old_events(*, until_us: int) -> list[int]:
    """Return the accounts whose oldest event is from then or earlier, by id."""
    rows = await fetch(
        """
        SELECT accounts.id FROM accounts
        JOIN delivery_events ON delivery_events.account_id = accounts.id
            AND delivery_events.sequence = accounts.events_purged + 1
        WHERE delivery_events.at_us <= $1 ORDER BY accounts.id
        """,
        until_us,
    )
    return [row["id"] for row in rows]


async def event_times(account_id: int, *, after: int, limit: int) -> list[tuple[int, int]]:
    """Return numbers and times of an account's events after a number, in their order."""
    events = DeliveryEvent.filter(account_id=account_id, sequence__gt=after).order_by("sequence").limit(limit)
    return [(sequence, at_us) for sequence, at_us in await events.values_list("sequence", "at_us")]


async def delete_events(account_id: int, *, last: int) -> None:
    """Delete a locked account's events up to a number, and store that number."""
    await DeliveryEvent.filter(account_id=account_id, sequence__lte=last).delete()
    await Account.filter(id=account_id).update(events_purged=last)


async def _delete(table: str, which: str, until_us: int, limit: int, *more: int, key: str = "id") -> int:
    """Delete up to `limit` rows that a condition selects, in its order; `$1` is the time in it."""
    sql = f"""
        DELETE FROM {table} WHERE {key} IN (SELECT {key} FROM {table} WHERE {which} LIMIT $2) RETURNING {key}
    """  # noqa: S608 names and conditions of our own
    return len(await fetch(sql, until_us, limit, *more))
