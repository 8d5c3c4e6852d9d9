"""Narrowing an account's log, before pages of it are read, to a text, to users, or to a span of time."""

from collections.abc import Sequence
from typing import Any, TypeVar

from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.queryset import QuerySet

from server.store.orm import longest_text, table_of
from server.store.sql import fetch, placeholders

M = TypeVar("M", bound=Model)

MAX_SEARCH = 255
"""One character more than the longest text that is searched. SQLite refuses very long patterns."""


def with_text(rows: QuerySet[M], column: str, text: str) -> QuerySet[M]:
    """Return the rows with exactly this text in a column; none if the text is too long."""
    fits = len(text) <= longest_text(rows.model, column)
    return rows.filter(**{column: text}) if fits else rows.filter(id__in=[])


def containing(rows: QuerySet[M], text: str, *columns: str) -> QuerySet[M]:
    """Return the rows that contain this text in one of these columns, in any case (on SQLite, of A to Z only)."""
    text = text[:MAX_SEARCH]
    return rows.filter(Q(*[Q(**{f"{column}__icontains": text}) for column in columns], join_type="OR"))


def of_users(rows: QuerySet[M], ids: Sequence[int]) -> QuerySet[M]:
    """Return the rows that concern these users."""
    # One user's rows come from an index in their order; several users' would have to be sorted.
    return rows.filter(user_id=ids[0]) if len(ids) == 1 else rows.filter(user_id__in=ids)


async def in_span(
    rows: QuerySet[M],
    accounts: Sequence[int],
    key: str,
    time: str,
    after_us: int | None,
    before_us: int | None,
) -> QuerySet[M]:
    """Return the rows from the first at one time up to the first at another; None for no bound.

    `key` is the column that orders an account's log, `time` the column with the time. A span of keys is read
    in order from an index, while a span of times would be sorted, however long it is.
    """
    table = table_of(rows.model)
    if after_us is not None:
        begins = await _first_keys_since(table, key, time, accounts, after_us)
        begun = [_beyond(account, f"{key}__gte", first) for account, first in begins.items()]
        rows = rows.filter(Q(*begun, join_type="OR")) if begun else rows.filter(account_id__in=[])
    if before_us is not None:
        ends = await _first_keys_since(table, key, time, accounts, before_us)
        not_ended = [_beyond(account, f"{key}__lt", end) for account, end in ends.items()]
        endless = [account for account in accounts if account not in ends]
        if endless:
            not_ended.append(Q(account_id__in=endless))
        rows = rows.filter(Q(*not_ended, join_type="OR"))
    return rows


async def _first_keys_since(
    table: str, key: str, time: str, accounts: Sequence[int], since_us: int
) -> dict[int, int]:
    """Return for each account the key of its first row at this time or later, if it has one."""
    ids = placeholders(accounts, after=1)
    rows = await fetch(
        f"""
        SELECT accounts.id, (
            SELECT {key} FROM {table} WHERE account_id = accounts.id AND {time} >= $1
            ORDER BY {time}, {key} LIMIT 1
        ) AS first FROM accounts WHERE accounts.id IN ({ids})
        """,  # noqa: S608 names of our own
        since_us,
        *accounts,
    )
    return {row["id"]: row["first"] for row in rows if row["first"] is not None}


def _beyond(account: int, comparison: str, value: int) -> Q:
    conditions: dict[str, Any] = {"account_id": account, comparison: value}
    return Q(**conditions)
