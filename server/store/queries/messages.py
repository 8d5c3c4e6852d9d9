"""Messages as such: which may be cancelled, who wrote to whom, and drawing numbers of the event log."""

from collections.abc import Collection, Sequence
from typing import Any

from tortoise.expressions import Q

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
"""Passes over the messages that a sweep under way is to cancel, so that none is handed over meanwhile."""

# What still waits to be sent was not written yet, and what was cancelled never; nor was what an operator refused.
# What a worker has just handed over may be answered before it is on record by which link it went.
_REACHED = "(sent_at_us IS NOT NULL OR state = 'claimed' OR outcome_unknown)"


async def cancellable_ids(
    account_id: int, user_id: int | None, *, created_until_us: int, limit: int
) -> list[int]:
    """Return an account's messages (of one user) that no worker has claimed or may have handed over, in no order."""
    # The plus keeps a database from looking for them by their time, among all that ever were.
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
    """End those of these messages that no worker has claimed or may have handed over; return what each cost whom.

    A worker claims without the account's lock, so the state is tested by the UPDATE itself.
    """
    rows = await fetch(
        f"""
        UPDATE messages SET state = 'ended', status = 16, ptt = NULL, status_changed_at_us = $1
        WHERE id IN ({placeholders(ids, after=1)})
          AND state = 'queued' AND NOT outcome_unknown AND sent_at_us IS NULL
        RETURNING id, user_id, from_quota, credits
        """,  # noqa: S608 placeholders
        at_us,
        *ids,
    )
    return sorted(rows, key=lambda row: int(row["id"]))


async def draw_event_numbers(account_id: int, count: int) -> None:
    """Draw the next so many numbers of a locked account's event log."""
    await fetch("UPDATE accounts SET event_sequence = event_sequence + $1 WHERE id = $2", count, account_id)


async def reached_phones(numbers: Sequence[str]) -> list[dict[str, Any]]:
    """Return which of these numbers were written to (`receiver`), by which link and under which names."""
    return await fetch(
        f"""
        SELECT DISTINCT receiver, sender, gateway FROM messages
        WHERE receiver IN ({placeholders(numbers, after=0)}) AND {_REACHED}
        """,  # noqa: S608 placeholders
        *numbers,
    )


async def writers_to(pairs: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return who wrote to each phone over a link: an account, under each name the user who last did.

    The last to do so comes first.
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
    """Return for each phone and name which account and user last wrote to that phone under that name.

    What has not gone yet counts only where there is nothing else.
    """
    # By time, as numbers are drawn in blocks, one for each process. Nobody answers what still waits to be
    # sent, or was cancelled.
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


async def get_message(message_id: int) -> Message:
    """Return a message that is there, as it is now."""
    return await Message.get(id=message_id)


async def stopped_messages(ids: Collection[int]) -> list[int]:
    """Return which of these messages are of a sender who may send no more (deleting a user disables it)."""
    stopped = Q(account__status=AccountStatus.DISABLED) | Q(user__enabled=False)
    return [message.id for message in await Message.filter(stopped, id__in=ids)]


async def messages_by_id(ids: Collection[int]) -> dict[int, Message]:
    """Return messages by their ids."""
    return {row.id: row for row in await load(Message.filter(id__in=set(ids)))}


async def events_of_messages(ids: Collection[int]) -> list[DeliveryEvent]:
    """Return the events of messages, by message and in their order."""
    return await load(DeliveryEvent.filter(message_id__in=set(ids)).order_by("message_id", "sequence"))
