"""Sums over many messages, by account, user and time."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from server.rules.messages.ptt import DeliveryStatus
from server.rules.statistics.delivery_times import EDGES_US
from server.store.sql import fetch

EVERYBODY = -1
"""Stands in a user's place for all that was sent from an account."""

NO_USER = 0
"""Stands in a user's place for what the account's holder sent."""

Owner = tuple[int, int]
"""An account, and whose messages of it: a user's, or `EVERYBODY`'s."""

_SUMS = f"""
    COUNT(*) AS messages,
    CAST(SUM(parts) AS BIGINT) AS parts,
    CAST(SUM(credits) AS BIGINT) AS credits,
    CAST(SUM(CASE WHEN status = {DeliveryStatus.NOT_BILLED:d} THEN credits ELSE 0 END) AS BIGINT) AS refunded,
    SUM(CASE WHEN status = {DeliveryStatus.SUCCESS:d} THEN 1 ELSE 0 END) AS delivered,
    SUM(CASE WHEN status = {DeliveryStatus.FAILED:d} THEN 1 ELSE 0 END) AS failed,
    SUM(CASE WHEN status = {DeliveryStatus.NOT_BILLED:d} THEN 1 ELSE 0 END) AS not_billed
"""
_COULD_GO = """
    CASE WHEN COALESCE(held_until_us, 0) > created_at_us AND COALESCE(held_until_us, 0) >= COALESCE(deferred_until_us, 0)
         THEN held_until_us
         WHEN COALESCE(deferred_until_us, 0) > created_at_us THEN deferred_until_us ELSE created_at_us END
"""
_TOOK = f"status_changed_at_us - ({_COULD_GO})"
_TIME_BUCKET = (
    "CASE "
    + " ".join(f"WHEN {_TOOK} < {edge:d} THEN {bucket:d}" for bucket, edge in enumerate(EDGES_US))
    + f" ELSE {len(EDGES_US):d} END"
)


async def sum_messages(
    owners: Collection[Owner], spans: Sequence[tuple[int, int, int]]
) -> list[dict[str, Any]]:
    """Return sums of messages by owner and span; credits in millicredits.

    A span has a name (`start_us`), a begin and an end (not in it). The owners are all users, or all whole accounts.
    """
    return await fetch(
        f"""
        WITH {_owners(owners)}, {_spans(spans)}
        SELECT owners.account_id, owners.user_id, spans.start_us, {_SUMS}
        FROM {_messages_of(owners)} GROUP BY owners.account_id, owners.user_id, spans.start_us
        """  # noqa: S608 integers
    )


async def sum_by_user(
    account_ids: Iterable[int], *, begin_us: int, end_us: int, limit: int
) -> list[dict[str, Any]]:
    """Return sums of messages by account and user (`NO_USER` for its holder), those with most messages first."""
    return await fetch(
        f"""
        SELECT ranked.*, users.login FROM (
            SELECT summed.*, ROW_NUMBER() OVER (PARTITION BY account_id ORDER BY messages DESC, user_id) AS place
            FROM (
                SELECT account_id, COALESCE(user_id, {NO_USER:d}) AS user_id, {_SUMS} FROM messages
                WHERE account_id IN ({_list(account_ids)}) AND created_at_us >= $1 AND created_at_us < $2
                GROUP BY account_id, COALESCE(user_id, {NO_USER:d})
            ) summed
        ) ranked LEFT JOIN users ON users.id = ranked.user_id WHERE place <= $3 ORDER BY place
        """,  # noqa: S608 integers
        begin_us,
        end_us,
        limit,
    )


async def count_ptts(owners: Collection[Owner], *, begin_us: int, end_us: int) -> list[dict[str, Any]]:
    """Return by owner and ptt code how many messages ended with it, the most frequent first.

    The owners are all users, or all whole accounts.
    """
    return await fetch(
        f"""
        WITH {_owners(owners)}, {_spans([(begin_us, begin_us, end_us)])}
        SELECT owners.account_id, owners.user_id, ptt, COUNT(*) AS messages
        FROM {_messages_of(owners)} AND {_HAS_ENDED} AND ptt IS NOT NULL
        GROUP BY owners.account_id, owners.user_id, ptt ORDER BY messages DESC, ptt
        """  # noqa: S608 integers
    )


async def count_delivery_times(
    owners: Collection[Owner], spans: Sequence[tuple[int, int, int]]
) -> list[dict[str, Any]]:
    """Return by owner, span and bucket of time to delivery how many messages were delivered within it.

    The owners are all users, or all whole accounts.
    """
    return await fetch(
        f"""
        WITH {_owners(owners)}, {_spans(spans)}
        SELECT owners.account_id, owners.user_id, spans.start_us, {_TIME_BUCKET} AS time_bucket, COUNT(*) AS messages
        FROM {_messages_of(owners)} AND status = {DeliveryStatus.SUCCESS:d}
        GROUP BY owners.account_id, owners.user_id, spans.start_us, time_bucket
        """  # noqa: S608 integers
    )


_HAS_ENDED = f"status IN ({', '.join(f'{status:d}' for status in DeliveryStatus if status.final)})"


def _messages_of(owners: Collection[Owner]) -> str:
    # CROSS JOIN has SQLite take the spans first, and look up each one's messages by the index.
    by_user = all(user_id != EVERYBODY for _, user_id in owners)
    return f"""
        owners CROSS JOIN spans CROSS JOIN messages
        WHERE messages.account_id = owners.account_id {"AND messages.user_id = owners.user_id" if by_user else ""}
          AND messages.created_at_us >= spans.begin_us AND messages.created_at_us < spans.end_us
    """


def _owners(owners: Collection[Owner]) -> str:
    values = ", ".join(f"({account_id:d}, {user_id:d})" for account_id, user_id in sorted(set(owners)))
    return f"owners (account_id, user_id) AS (VALUES {values})"


def _spans(spans: Sequence[tuple[int, int, int]]) -> str:
    values = ", ".join(f"({start:d}, {begin:d}, {end:d})" for start, begin, end in spans)
    return f"spans (start_us, begin_us, end_us) AS (VALUES {values})"


def _list(ids: Iterable[int]) -> str:
    return ", ".join(f"{id:d}" for id in sorted(set(ids)))
