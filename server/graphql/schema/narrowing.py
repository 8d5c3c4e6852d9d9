"""Filters of an account's log: by user, by text, and by a span of time (one piece of the log)."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from tortoise.models import Model
from tortoise.queryset import QuerySet

from server.rules.accounts.logins import check_login, login_key
from server.store.queries import narrowing
from server.store.queries.accounts import live_user_ids

M = TypeVar("M", bound=Model)
Row = TypeVar("Row", bound=Model)


class Filter(Protocol[Row]):
    """A filter by the rows' own columns."""

    def apply(self, rows: QuerySet[Row]) -> QuerySet[Row]:
        """Return the rows that pass."""


class Narrowing(Protocol[Row]):
    """A filter of a log's rows."""

    async def apply(self, rows: QuerySet[Row], accounts: Sequence[int]) -> QuerySet[Row]:
        """Return the rows of these accounts that pass the filter."""


async def of_user(rows: QuerySet[M], accounts: Sequence[int], login: str | None) -> QuerySet[M]:
    """Return the rows about the accounts' users with this login; all rows if it is None.

    Raises:
        InvalidInput: INVALID_LOGIN.
    """
    if login is None:
        return rows
    ids = await live_user_ids(accounts, login_key(check_login(login)))
    return narrowing.of_users(rows, ids)


def of_text(rows: QuerySet[M], column: str, text: str | None) -> QuerySet[M]:
    """Return the rows with exactly this text in a column: all if it is None, none if it is too long."""
    return rows if text is None else narrowing.with_text(rows, column, text)
