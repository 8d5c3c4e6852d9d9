"""Messages: cancelling them, finding who wrote to whom, and drawing numbers of the event log."""

from collections.abc import Collection, Sequence
from typing import Any

from tortoise.expressions import Q, RawSQL
from tortoise.queryset import QuerySet

from server.rules.messages.ptt import DELIVERED
from server.store.models import DeliveryEvent, Message
from server.store.models.accounts import AccountStatus
from server.store.reading import load
from server.store.sql import fetch, placeholders

NOT_SWEPT = """
    NOT (state = 'queued' AND NOT outcome_unknown AND sent_at_us IS NULL AND EXISTS (
        SELECT 1 FROM sweeps
        WHERE sweeps.finished_at_us IS NULL AND sweeps.kind = 'messages' AND sweeps.account_id = messages.account_id
          AND (sweeps.user_id IS NULL OR sweeps.user_id = messages.user_id)
          AND messages.created_at_us <= sweeps.begun_at_us
    ))
"""
"""Skips the messages that a sweep under way will cancel, so that none is handed over meanwhile."""

# Messages that wait, were cancelled or were refused have not reached the phone. A message that a worker has
# just handed over may be answered before its link is recorded.
_REACHED = "(sent_at_us IS NOT NULL OR state = 'claimed' OR outcome_unknown)"


async def cancellable_ids(
    account_id: int, user_id: int | None, *, created_until_us: int, limit: int
) -> list[int]:
    """Return an account's (or a user's) messages that no worker has claimed or may have sent, in no order."""
    # The plus keeps a database from searching by time, through all messages that there ever were.
    rows = await fetch(
        """
        SELECT id FROM messages
        WHERE account_id = $1 AND state = 'queued' AND NOT outcome_unknown AND sent_at_us IS NULL
          AND (CAST($2 AS BIGINT) IS NULL OR user_id = $2) AND +created_at_us <= $3
        LIMIT $4
        """,
        account_id,
        user_id,
        created_until_us,
        limit,
    )
    return [row["id"] for row in rows]


async def cancel_messages(ids: Sequence[int], *, at_us: int) -> list[dict[str, Any]]:
    """End those of these messages that no worker has claimed or may have sent; return costs and payers.

    Workers claim without the account's lock, so the UPDATE itself tests the state.
    """
    rows = await fetch(
        f"""
        UPDATE messages SET state = 'ended', status = 16, ptt = NULL, status_changed_at_us = $1
        WHERE id IN ({placeholders(ids, after=1)})
          AND state = 'queued' AND NOT outcome_unknown AND sent_at_us IS NULL
        RETURNING id, user_id, from_quota, credits, created_at_us, deferred_until_us, held_until_us
        """,  # noqa: S608 placeholders
        at_us,
        *ids,
    )
    return sorted(rows, key=lambda row: int(row["id"]))


async def draw_event_numbers(account_id: int, count: int) -> None:
    """Draw this many numbers of a locked account's event log."""
    await fetch("UPDATE accounts SET event_sequence = event_sequence + $1 WHERE id = $2", count, account_id)


async def reached_phones(numbers: Sequence[str]) -> list[dict[str, Any]]:
    """Return which of these numbers were written to (`receiver`), over which links and under which names."""
    return await fetch(
        f"""
        SELECT DISTINCT receiver, sender, gateway FROM messages
        WHERE receiver IN ({placeholders(numbers, after=0)}) AND {_REACHED}
        """,  # noqa: S608 placeholders
        *numbers,
    )


async def writers_to(pairs: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return who wrote to each phone over a link: per account and name, the last user to do so.

    The latest comes first.
    """
    return await fetch(
        f"""
        WITH pairs (phone, link) AS (VALUES {_listed(pairs)})
        SELECT * FROM (
            SELECT phone, link, account_id, user_id, sender, created_at_us, id, ROW_NUMBER() OVER (
                PARTITION BY phone, link, account_id, sender ORDER BY created_at_us DESC, id DESC
            ) AS place
            FROM pairs JOIN messages ON receiver = phone AND (gateway = link OR gateway IS NULL) AND {_REACHED}
        ) ranked WHERE place = 1 ORDER BY created_at_us DESC, id DESC
        """,  # noqa: S608 placeholders
        *[value for pair in pairs for value in pair],
    )


async def last_writers(pairs: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return for each phone and name the account and user that last wrote to that phone under that name.

    A message that has not gone yet counts only if there is no other.
    """
    # By time, since each process draws ids in blocks of its own. Nobody answers a message that still waits or
    # was cancelled.
    last = "SELECT id FROM messages WHERE receiver = phone AND sender = name {} ORDER BY created_at_us DESC, id DESC LIMIT 1"
    return await fetch(
        f"""
        WITH pairs (phone, name) AS (VALUES {_listed(pairs)})
        SELECT phone, name, account_id, user_id FROM pairs
        JOIN messages ON messages.id = COALESCE(({last.format(f"AND {_REACHED}")}), ({last.format("")}))
        """,  # noqa: S608 placeholders
        *[end for pair in pairs for end in pair],
    )


def _listed(pairs: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"(${at}, ${at + 1})" for at in range(1, 2 * len(pairs), 2))


def with_ptt(rows: QuerySet[Message], codes: Collection[int]) -> QuerySet[Message]:
    """Return the messages with one of these ptt codes."""
    rows = rows.filter(ptt__in=codes)
    if codes and min(codes) > DELIVERED:
        # Failed messages are few, so they have a partial index. A database uses it only if the query repeats the
        # index's condition word for word.
        rows = rows.filter(ptt__gt=RawSQL(str(DELIVERED)))
    return rows


async def get_message(message_id: int) -> Message:
    """Return a message that exists, as it is now."""
    return await Message.get(id=message_id)


async def stopped_messages(ids: Collection[int]) -> list[int]:
    """Return which of these messages are from a disabled account or user (deleting a user disables it)."""
    if not ids:
        return []
    stopped = Q(account__status=AccountStatus.DISABLED) | Q(user__enabled=False)
    return [message.id for message in await Message.filter(stopped, id__in=ids)]


async def messages_by_id(ids: Collection[int]) -> dict[int, Message]:
    """Return messages by their ids."""
    return {row.id: row for row in await load(Message.filter(id__in=set(ids)))}


async def events_of_messages(ids: Collection[int]) -> list[DeliveryEvent]:
    """Return the events of messages, by message and in their order."""
    return await load(DeliveryEvent.filter(message_id__in=set(ids)).order_by("message_id", "sequence"))
