"""Counting messages: one statement for all accounts, or all users, of an answer."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from server.graphql.statistics.buckets import Span
from server.rules.messages.ptt import DeliveryStatus
from server.store.sql import fetch


@dataclass(frozen=True, slots=True)
class Counts:
    """The sums of one bucket; credits in millicredits."""

    messages: int = 0
    parts: int = 0
    credits: int = 0
    refunded: int = 0
    delivered: int = 0
    failed: int = 0
    not_billed: int = 0


async def count_messages(
    column: str, keys: Sequence[tuple[int, int]], span: Span, starts: Sequence[int]
) -> dict[tuple[int, int], dict[int, Counts]]:
    """Return the sums by key (an account and a parent in it) and by the start of the interval.

    `column` is what names the parent. The account is always a condition: all indexes begin with it.
    """
    ends = [*starts[1:], span.end_us]
    buckets = ", ".join(
        f"({start:d}, {max(start, span.begin_us):d}, {end:d})"
        for start, end in zip(starts, ends, strict=True)
    )
    # CROSS JOIN has SQLite take the buckets first, and look up each one's messages by the index.
    rows = await fetch(
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
        WHERE messages.account_id IN ({_list(account for account, _ in keys)})
          AND messages.{column} IN ({_list(parent for _, parent in keys)})
          AND messages.created_at_us >= buckets.begin_us AND messages.created_at_us < buckets.end_us
        GROUP BY messages.account_id, messages.{column}, buckets.start_us
        """,  # noqa: S608 integers, and a column of our own
        DeliveryStatus.NOT_BILLED,
        DeliveryStatus.SUCCESS,
        DeliveryStatus.FAILED,
    )
    counted: defaultdict[tuple[int, int], dict[int, Counts]] = defaultdict(dict)
    for row in rows:
        key, start_us = (row.pop("account_id"), row.pop("parent")), row.pop("start_us")
        counted[key][start_us] = Counts(**row)
    return counted


def _list(ids: Iterable[int]) -> str:
    return ", ".join(f"{one:d}" for one in sorted(set(ids)))
