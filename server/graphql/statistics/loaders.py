"""Counting messages, with one statement for all accounts or users of an answer."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from server.graphql.loader import Loader
from server.graphql.schema.context import Info
from server.graphql.statistics.buckets import Span
from server.store.queries.statistics import spans as queries
from server.store.queries.statistics.counted import EVERYBODY
from server.store.queries.statistics.spans import Owner

T = TypeVar("T")

Of = Literal["account", "user"]
"""The kind of parent whose messages are counted."""

MAX_PTTS = 100
"""The most ptt codes shown for a span, the most frequent ones."""


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

    @property
    def pending(self) -> int:
        """How many of the messages have not ended."""
        return self.messages - self.delivered - self.failed - self.not_billed


@dataclass(frozen=True, slots=True)
class UserCounts:
    """The messages of one user, or of the holder (None)."""

    user_id: int | None
    login: str | None
    counts: Counts


def owner_of(of: Of, row: Any) -> Owner:
    """Return whose messages count for the row of an account or a user."""
    return (row.id, EVERYBODY) if of == "account" else (row.account_id, row.id)


async def sums(info: Info, owner: Owner, span: Span, starts: Sequence[int]) -> dict[int, Counts]:
    """Return an owner's sums by the start of the interval; empty intervals are left out."""

    async def load(owners: Sequence[Owner]) -> dict[Owner, dict[int, Counts]]:
        found: defaultdict[Owner, dict[int, Counts]] = defaultdict(dict)
        for row in await queries.sum_messages(owners, _pieces(span, starts)):
            found[_owner(row)][row["name"]] = _counts(row)
        return found

    loader: Loader[Owner, dict[int, Counts]] = info.context.loader(_key("statistics", owner, span), load, {})
    return await loader.load(owner)


async def sums_by_user(
    info: Info, account_id: int, begin_us: int, end_us: int, limit: int
) -> list[UserCounts]:
    """Return the sums of an account's users and its holder, those with most messages first."""

    async def load(account_ids: Sequence[int]) -> dict[int, list[UserCounts]]:
        found: defaultdict[int, list[UserCounts]] = defaultdict(list)
        rows = await queries.sum_by_user(account_ids, begin_us=begin_us, end_us=end_us, limit=limit)
        for row in rows:
            found[row["account_id"]].append(UserCounts(row["user_id"] or None, row["login"], _counts(row)))
        return found

    return await info.context.loader(
        ("statistics by user", begin_us, end_us, limit), load, list[UserCounts]()
    ).load(account_id)


async def ptts(info: Info, owner: Owner, begin_us: int, end_us: int) -> dict[int, int]:
    """Return the number of an owner's messages by final ptt code, the most frequent first."""

    async def load(owners: Sequence[Owner]) -> dict[Owner, dict[int, int]]:
        found: defaultdict[Owner, dict[int, int]] = defaultdict(dict)
        for row in await queries.count_ptts(owners, begin_us=begin_us, end_us=end_us):
            found[_owner(row)][row["ptt"]] = int(row["messages"])
        return found

    key = _key("ptt shares", owner, (begin_us, end_us))
    loader: Loader[Owner, dict[int, int]] = info.context.loader(key, load, {})
    return await loader.load(owner)


async def delivery_times(
    info: Info, owner: Owner, span: Span, starts: Sequence[int]
) -> dict[int, dict[int, int]]:
    """Return the number of messages in each bucket of delivery time, by start of the interval."""

    async def load(owners: Sequence[Owner]) -> dict[Owner, dict[int, dict[int, int]]]:
        found: defaultdict[Owner, dict[int, dict[int, int]]] = defaultdict(dict)
        for row in await queries.count_delivery_times(owners, _pieces(span, starts)):
            of_start = found[_owner(row)].setdefault(row["name"], {})
            of_start[row["time_bucket"]] = int(row["messages"])
        return found

    loader: Loader[Owner, dict[int, dict[int, int]]] = info.context.loader(
        _key("delivery times", owner, span), load, {}
    )
    return await loader.load(owner)


def _key(name: str, owner: Owner, span: object) -> tuple[object, ...]:
    """Return the key of what is read together: whole accounts or users."""
    return name, owner[1] == EVERYBODY, span


def _pieces(span: Span, starts: Sequence[int]) -> list[tuple[int, int, int]]:
    """Return the part of each interval within the span, with the interval's start."""
    ends = [*starts[1:], span.end_us]
    return [(start, max(start, span.begin_us), end) for start, end in zip(starts, ends, strict=True)]


def _owner(row: dict[str, Any]) -> Owner:
    return row["account_id"], row["user_id"]


def _counts(row: dict[str, Any]) -> Counts:
    return Counts(**{name: int(row[name]) for name in Counts.__dataclass_fields__})
