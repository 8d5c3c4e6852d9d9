"""Reading statistics: whole slots from the stored counts, and the rest of a span from the messages themselves."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from server.rules.statistics.slots import Cover, Piece, Slot, cover
from server.store.queries.statistics.counted import (
    EVERYBODY,
    NO_PTT,
    NO_USER,
    NOT_DELIVERED,
    OUTCOME_PTT,
    SENDER,
    SUMS,
    SUMS_OF_MESSAGE,
    TIME_BUCKET,
    WITH_OUTCOME,
    added,
)
from server.store.sql import fetch

Owner = tuple[int, int]
"""An account, and whose messages of it: a user's, or `EVERYBODY`'s."""


async def sum_messages(owners: Collection[Owner], spans: Sequence[Piece]) -> list[dict[str, Any]]:
    """Return sums of messages by owner and span (`name`). The owners are all users, or all whole accounts."""
    found = cover(spans)
    counted = _of_owners(found, "message_sums", ", ".join(SUMS), SUMS_OF_MESSAGE, _rest_of(owners))
    return await fetch(
        f"""
        WITH {_owners(owners)}, {_pieces(found)}
        SELECT account_id, user_id, name, {added(SUMS)} FROM ({counted}) counted GROUP BY account_id, user_id, name
        """  # noqa: S608 integers
    )


async def sum_by_user(
    account_ids: Iterable[int], *, begin_us: int, end_us: int, limit: int
) -> list[dict[str, Any]]:
    """Return sums of messages by account and user (`NO_USER` for its holder), those with most messages first."""
    found = cover([(0, begin_us, end_us)])
    accounts = ", ".join(f"{id:d}" for id in sorted(set(account_ids)))
    counted = _of_owners(found, "message_sums", ", ".join(SUMS), SUMS_OF_MESSAGE, _rest_of_senders(accounts))
    # Who sent most is found by one column first: to sort all sums of all users takes three times as long.
    return await fetch(
        f"""
        WITH {_pieces(found)},
        owners AS MATERIALIZED (
            SELECT * FROM (
                SELECT account_id, user_id,
                       ROW_NUMBER() OVER (PARTITION BY account_id ORDER BY SUM(messages) DESC, user_id) AS place
                FROM ({_messages_by_sender(found, accounts)}) counted GROUP BY account_id, user_id
            ) ranked WHERE place <= $1
        )
        SELECT summed.*, users.login FROM (
            SELECT account_id, user_id, {added(SUMS)} FROM ({counted}) counted GROUP BY account_id, user_id
        ) summed LEFT JOIN users ON users.id = summed.user_id ORDER BY messages DESC, user_id
        """,  # noqa: S608 integers
        limit,
    )


async def count_ptts(owners: Collection[Owner], *, begin_us: int, end_us: int) -> list[dict[str, Any]]:
    """Return by owner and ptt code how many messages ended with it, the most frequent first.

    The owners are all users, or all whole accounts.
    """
    found = cover([(0, begin_us, end_us)])
    of_message, rest = f"{OUTCOME_PTT} AS ptt, 1 AS messages", f"{_rest_of(owners)} AND {WITH_OUTCOME}"
    counted = _of_owners(found, "message_outcomes", "ptt, messages", of_message, rest)
    return await fetch(
        f"""
        WITH {_owners(owners)}, {_pieces(found)}
        SELECT account_id, user_id, ptt, {added(("messages",))} FROM ({counted}) counted
        WHERE ptt <> {NO_PTT:d} GROUP BY account_id, user_id, ptt ORDER BY messages DESC, ptt
        """  # noqa: S608 integers
    )


async def count_delivery_times(owners: Collection[Owner], spans: Sequence[Piece]) -> list[dict[str, Any]]:
    """Return by owner, span (`name`) and bucket of time to delivery how many messages were delivered within it.

    The owners are all users, or all whole accounts.
    """
    found = cover(spans)
    of_message, rest = (
        f"{TIME_BUCKET} AS time_bucket, 1 AS messages",
        f"{_rest_of(owners)} AND {WITH_OUTCOME}",
    )
    counted = _of_owners(found, "message_outcomes", "time_bucket, messages", of_message, rest)
    return await fetch(
        f"""
        WITH {_owners(owners)}, {_pieces(found)}
        SELECT account_id, user_id, name, time_bucket, {added(("messages",))} FROM ({counted}) counted
        WHERE time_bucket <> {NOT_DELIVERED:d} GROUP BY account_id, user_id, name, time_bucket
        """  # noqa: S608 integers
    )


def _of_owners(found: Cover, table: str, columns: str, of_message: str, rest: str) -> str:
    """Return the query for the owners' counts in each piece, and for each message of the rest."""
    # CROSS JOIN makes SQLite look up the rows of each piece by the index.
    counted = [
        f"""
        SELECT owners.account_id, owners.user_id, name, {columns}
        FROM owners CROSS JOIN {pieces} CROSS JOIN {table} slots
        WHERE slots.account_id = owners.account_id AND slots.user_id = owners.user_id
          AND slots.slot_minutes = {slot:d} AND slots.start_us >= begin_us AND slots.start_us < end_us
        """  # noqa: S608 names of our own
        for slot, pieces in _slots(found)
    ]
    if found.rest:
        counted.append(f"SELECT owners.account_id, owners.user_id, name, {of_message} FROM {rest}")  # noqa: S608 ours
    return " UNION ALL ".join(counted)


def _rest_of(owners: Collection[Owner]) -> str:
    """Return the messages of the rest that are of owners, who are all users, or all whole accounts."""
    users = any(user_id != EVERYBODY for _, user_id in owners)
    return f"""
        owners CROSS JOIN rest CROSS JOIN messages
        WHERE messages.account_id = owners.account_id {"AND messages.user_id = owners.user_id" if users else ""}
          AND messages.created_at_us >= begin_us AND messages.created_at_us < end_us
    """


def _rest_of_senders(accounts: str) -> str:
    """Return the messages of the rest that are of owners, who are senders of these accounts."""
    return f"""
        rest CROSS JOIN messages CROSS JOIN owners
        WHERE messages.account_id IN ({accounts})
          AND messages.created_at_us >= begin_us AND messages.created_at_us < end_us
          AND owners.account_id = messages.account_id AND owners.user_id = COALESCE(messages.user_id, {NO_USER:d})
    """


def _messages_by_sender(found: Cover, accounts: str) -> str:
    """Return the query of how many messages each sender of these accounts sent, row by row."""
    counted = [
        f"""
        SELECT account_id, user_id, messages FROM {pieces} CROSS JOIN message_sums
        WHERE account_id IN ({accounts}) AND user_id <> {EVERYBODY:d}
          AND slot_minutes = {slot:d} AND start_us >= begin_us AND start_us < end_us
        """  # noqa: S608 integers
        for slot, pieces in _slots(found)
    ]
    if found.rest:
        counted.append(
            f"""
            SELECT account_id, {SENDER}, 1 FROM rest CROSS JOIN messages
            WHERE account_id IN ({accounts}) AND created_at_us >= begin_us AND created_at_us < end_us
            """  # noqa: S608 integers
        )
    return " UNION ALL ".join(counted)


def _slots(found: Cover) -> list[tuple[Slot, str]]:
    """Return the kinds of slots that a span has, with the name of its pieces."""
    kinds = ((Slot.DAY, "days", found.days), (Slot.QUARTER, "quarters", found.quarters))
    return [(slot, name) for slot, name, pieces in kinds if pieces]


def _owners(owners: Collection[Owner]) -> str:
    values = ", ".join(f"({account_id:d}, {user_id:d})" for account_id, user_id in sorted(set(owners)))
    return f"owners (account_id, user_id) AS (VALUES {values})"


def _pieces(found: Cover) -> str:
    kinds = {"days": found.days, "quarters": found.quarters, "rest": found.rest}
    return ", ".join(
        f"{kind} (name, begin_us, end_us) AS (VALUES {', '.join(f'({n:d}, {b:d}, {e:d})' for n, b, e in pieces)})"
        for kind, pieces in kinds.items()
        if pieces
    )
