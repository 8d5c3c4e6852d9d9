"""Narrowing a log of accounts: to one user, and to a span of time that is a piece of the log in its own order."""

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
        """Return the rows of these accounts that pass."""


async def of_user(rows: QuerySet[M], accounts: Sequence[int], login: str | None) -> QuerySet[M]:
    """Return the rows that concern the accounts' users of this login; None for all.

    Raises:
        InvalidInput: INVALID_LOGIN.
    """
    if login is None:
        return rows
    ids = await live_user_ids(accounts, login_key(check_login(login)))
    return narrowing.of_users(rows, ids)


def of_text(rows: QuerySet[M], column: str, text: str | None) -> QuerySet[M]:
    """Return the rows that have exactly this text in a column; None for all, and none for one that is too long."""
    return rows if text is None else narrowing.with_text(rows, column, text)
