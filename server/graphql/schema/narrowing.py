"""Narrowing a log of accounts: to one user, and to a span of time that is a piece of the log in its own order."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.queryset import QuerySet

from server.rules.accounts.logins import check_login, login_key
from server.store.lookup import first_keys_since
from server.store.models import User

M = TypeVar("M", bound=Model)
Row = TypeVar("Row", bound=Model)


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
    users = User.filter(
        account_id__in=list(accounts), login_key=login_key(check_login(login)), deleted_at_us=None
    )
    ids = await users.values_list("id", flat=True)
    # Of one user the rows come in their order from an index; of several they would have to be sorted.
    return rows.filter(user_id=ids[0]) if len(ids) == 1 else rows.filter(user_id__in=ids)


def of_text(rows: QuerySet[M], column: str, text: str | None) -> QuerySet[M]:
    """Return the rows that have exactly this text in a column; None for all, and none for one that is too long."""
    if text is None:
        return rows
    fits = len(text) <= rows.model._meta.fields_map[column].max_length  # type: ignore[attr-defined]  # noqa: SLF001
    return rows.filter(**{column: text}) if fits else rows.filter(id__in=[])


async def in_span(
    rows: QuerySet[M],
    accounts: Sequence[int],
    key: str,
    time: str,
    after_us: int | None,
    before_us: int | None,
) -> QuerySet[M]:
    """Return the rows from the first one of a time on, up to the first one of another; None for no bound.

    `key` is the column that orders a log of one account, `time` the one that says when. A span of keys is read
    from an index in its order, where a span of times would be sorted, however long it is.
    """
    table = str(rows.model._meta.db_table)  # noqa: SLF001 its documented name
    if after_us is not None:
        begins = await first_keys_since(table, key, time, accounts, after_us)
        begun = [_beyond(account, f"{key}__gte", first) for account, first in begins.items()]
        rows = rows.filter(Q(*begun, join_type="OR")) if begun else rows.filter(account_id__in=[])
    if before_us is not None:
        ends = await first_keys_since(table, key, time, accounts, before_us)
        not_ended = [_beyond(account, f"{key}__lt", end) for account, end in ends.items()]
        endless = [account for account in accounts if account not in ends]
        if endless:
            not_ended.append(Q(account_id__in=endless))
        rows = rows.filter(Q(*not_ended, join_type="OR"))
    return rows


def _beyond(account: int, comparison: str, value: int) -> Q:
    conditions: dict[str, Any] = {"account_id": account, comparison: value}
    return Q(**conditions)
