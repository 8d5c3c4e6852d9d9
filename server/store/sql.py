"""SQL that the ORM can't say (UPDATE … RETURNING, SKIP LOCKED), written once for both databases."""

import re
from collections.abc import Sequence, Sized
from functools import lru_cache
from typing import Any

from tortoise.context import require_context
from tortoise.queryset import AwaitableQuery

_PARAMETER = re.compile(r"\$(\d+)")


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
    dialect: str = require_context().db().capabilities.dialect
    return dialect == "sqlite"


def placeholders(values: Sized, *, after: int) -> str:
    """Return `$4, $5, …` for that many values, where `$3` is the last parameter before them."""
    return ", ".join(f"${after + position}" for position in range(1, len(values) + 1))


async def best_ranked_ids(queryset: AwaitableQuery[Any], most: int) -> list[int]:
    """Run a query for `id` and `rank`, and return the ids of the rows whose rank is at most that, by rank.

    A rank over a window can't be filtered where it is computed, which the ORM has no words for.
    """
    client = require_context().db()
    queryset.sql()
    sql, parameters = queryset.query.get_parameterized_sql()
    rows = await client.execute_query_dict(
        f'SELECT ranked."id" FROM ({sql}) ranked WHERE ranked."rank" <= {most:d} ORDER BY ranked."rank"',  # noqa: S608
        parameters,
    )
    return [row["id"] for row in rows]


async def count_each(querysets: Sequence[AwaitableQuery[Any]]) -> list[int]:
    """Return how many rows each of these queries gives, all with one statement."""
    parts, parameters = [], list[Any]()
    for place, queryset in enumerate(querysets):
        queryset.sql()
        sql, given = queryset.query.get_parameterized_sql()
        shifted = _shifted(sql, len(parameters))
        parts.append(f"SELECT {place:d} AS place, COUNT(*) AS entries FROM ({shifted}) counted")  # noqa: S608 ours
        parameters += given
    client = require_context().db()
    rows = await client.execute_query_dict(" UNION ALL ".join(parts), parameters)
    found = {row["place"]: int(row["entries"]) for row in rows}
    return [found[place] for place in range(len(querysets))]


def _shifted(sql: str, by: int) -> str:
    """Return a statement whose numbered parameters come after so many others."""
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + by}", sql)


def skip_locked(table: str | None = None) -> str:
    """Return the clause that passes over rows which another transaction holds (SQLite has one writer at a time).

    `table` is the one whose rows are meant, where a query has several.
    """
    if is_sqlite():
        return ""
    return f"FOR UPDATE {f'OF {table} ' if table else ''}SKIP LOCKED"


def chosen_once(select: str) -> str:
    """Return the condition that a column's value is one that this query gives, which runs once.

    Under `IN` PostgreSQL may run it for each row again. One with a limit that passes over locked rows finds
    others each time, also past those which the same statement has locked, and a claim gets more than it asked for.
    """
    return f"IN ({select})" if is_sqlite() else f"= ANY (ARRAY ({select}))"


def locked_in_order() -> str:
    """Return the clause that locks the rows of a subquery one by one in its order, so that nobody deadlocks."""
    return "" if is_sqlite() else "FOR NO KEY UPDATE"


@lru_cache(maxsize=256)
def _for_sqlite(sql: str) -> str:
    return _PARAMETER.sub(r"?\1", sql)
