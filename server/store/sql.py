"""SQL that the ORM can't express (UPDATE … RETURNING, SKIP LOCKED), written once for both databases."""

import re
from collections.abc import Sequence, Sized
from functools import lru_cache
from typing import Any, TypeVar

from tortoise.context import require_context

from server.store.database import dialect

T = TypeVar("T")

_PARAMETER = re.compile(r"\$(\d+)")


async def run_many(sql: str, rows: list[Any]) -> None:
    """Run one statement with the parameters of each row."""
    if rows:
        await require_context().db().execute_many(in_dialect(sql), rows)


async def fetch(sql: str, *parameters: object) -> list[dict[str, Any]]:
    """Run one statement with parameters `$1`, `$2`, … and return its rows.

    Inside a transaction it runs in that transaction. SQLite gives booleans as 0 and 1.
    """
    client = require_context().db()
    rows: list[dict[str, Any]] = await client.execute_query_dict(in_dialect(sql), list(parameters))
    return rows


def in_dialect(sql: str) -> str:
    """Return a statement with its parameters in the database's form."""
    return _for_sqlite(sql) if is_sqlite() else sql


def is_sqlite() -> bool:
    """Whether the database is SQLite, which has one writer at a time and locks no rows."""
    return dialect() == "sqlite"


def placeholders(values: Sized, *, after: int) -> str:
    """Return `$4, $5, …` for that many values, if `$3` is the last parameter before them."""
    return ", ".join(f"${after + position}" for position in range(1, len(values) + 1))


def padded(values: Sequence[T]) -> list[T]:
    """Return values, the last one repeated up to a power of two: few lengths make few statements to prepare."""
    return [*values, *[values[-1]] * ((1 << (len(values) - 1).bit_length()) - len(values))]


async def fetch_rendered(sql: str, parameters: list[Any]) -> list[dict[str, Any]]:
    """Run a statement around queries made by the ORM, in the database's form, and return its rows."""
    rows: list[dict[str, Any]] = await require_context().db().execute_query_dict(sql, parameters)
    return rows


def shifted(sql: str, by: int) -> str:
    """Return a statement with its numbered parameters moved up by a number."""
    return _PARAMETER.sub(lambda match: f"${int(match[1]) + by}", sql)


def skip_locked(table: str | None = None) -> str:
    """Return the clause that skips rows locked by another transaction (SQLite has one writer at a time).

    `table` is the one whose rows are locked, if a query has several.
    """
    if is_sqlite():
        return ""
    return f"FOR UPDATE {f'OF {table} ' if table else ''}SKIP LOCKED"


def chosen_once(select: str) -> str:
    """Return the condition that a column's value is in the result of this query, which runs once.

    Under `IN` PostgreSQL may run it again for each row. A query with a limit that skips locked rows finds
    others each time, since it also skips those that the same statement has locked, and a claim would get too
    many.
    """
    return f"IN ({select})" if is_sqlite() else f"= ANY (ARRAY ({select}))"


def locked_in_order() -> str:
    """Return the clause that locks the rows of a subquery one by one in its order, which avoids deadlocks."""
    return "" if is_sqlite() else "FOR NO KEY UPDATE"


@lru_cache(maxsize=256)
def _for_sqlite(sql: str) -> str:
    return _PARAMETER.sub(r"?\1", sql)
