"""Counting messages: one statement for all accounts, or all users, of an answer."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from server.graphql.statistics.buckets import Span
from server.store.queries.statistics import sum_messages


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
    rows = await sum_messages(
        column,
        account_ids={account for account, _ in keys},
        parent_ids={parent for _, parent in keys},
        spans=[(start, max(start, span.begin_us), end) for start, end in zip(starts, ends, strict=True)],
    )
    counted: defaultdict[tuple[int, int], dict[int, Counts]] = defaultdict(dict)
    for row in rows:
        key, start_us = (row.pop("account_id"), row.pop("parent")), row.pop("start_us")
        counted[key][start_us] = Counts(**row)
    return counted
