"""Sums over many messages."""

from collections.abc import Iterable, Sequence
from typing import Any

from server.rules.messages.ptt import DeliveryStatus
from server.store.sql import fetch


async def sum_messages(
    column: str,
    *,
    account_ids: Iterable[int],
    parent_ids: Iterable[int],
    spans: Sequence[tuple[int, int, int]],
) -> list[dict[str, Any]]:
    """Return sums of messages by account, parent and span; credits in millicredits.

    `column` has the parent's id. A span has a name (`start_us`), a begin and an end, which is not part of it.
    The account is always a condition, since all indexes begin with it.
    """
    buckets = ", ".join(f"({start:d}, {begin:d}, {end:d})" for start, begin, end in spans)
    # CROSS JOIN makes SQLite take the buckets first, and look up each one's messages by the index.
    return await fetch(
        f"""
        WITH buckets (start_us, begin_us, end_us) AS (VALUES {buckets})
        SELECT messages.account_id, messages.{column} AS parent, buckets.start_us,
               COUNT(*) AS messages,
               CAST(SUM(parts) AS BIGINT) AS parts,
               CAST(SUM(credits) AS BIGINT) AS credits,
               CAST(SUM(CASE WHEN status = $1 THEN credits ELSE 0 END) AS BIGINT) AS refunded,
               SUM(CASE WHEN status = $2 THEN 1 ELSE 0 END) AS delivered,
               SUM(CASE WHEN status = $3 THEN 1 ELSE 0 END) AS failed,
               SUM(CASE WHEN status = $1 THEN 1 ELSE 0 END) AS not_billed
        FROM buckets CROSS JOIN messages
        WHERE messages.account_id IN ({_list(account_ids)})
          AND messages.{column} IN ({_list(parent_ids)})
          AND messages.created_at_us >= buckets.begin_us AND messages.created_at_us < buckets.end_us
        GROUP BY messages.account_id, messages.{column}, buckets.start_us
        """,  # noqa: S608 integers, and a column of our own
        DeliveryStatus.NOT_BILLED,
        DeliveryStatus.SUCCESS,
        DeliveryStatus.FAILED,
    )


def _list(ids: Iterable[int]) -> str:
    return ", ".join(f"{id:d}" for id in sorted(set(ids)))
