"""SQL that the ORM can't say (UPDATE … RETURNING, SKIP LOCKED), written once for both databases."""

import re
from functools import lru_cache
from typing import Any

from tortoise.context import require_context

_PARAMETER = re.compile(r"\$(\d+)")


async def fetch(sql: str, *parameters: object) -> list[dict[str, Any]]:
    """Run one statement with parameters `$1`, `$2`, … and return its rows.

    Inside a transaction it runs in that transaction. SQLite gives booleans as 0 and 1.
    """
    client = require_context().db()
    if client.capabilities.dialect == "sqlite":
        sql = _for_sqlite(sql)
    rows: list[dict[str, Any]] = await client.execute_query_dict(sql, list(parameters))
    return rows


def skip_locked() -> str:
    """Return the clause that passes over rows which another transaction holds (SQLite has one writer at a time)."""
    return "" if require_context().db().capabilities.dialect == "sqlite" else "FOR UPDATE SKIP LOCKED"


@lru_cache(maxsize=256)
def _for_sqlite(sql: str) -> str:
    return _PARAMETER.sub(r"?\1", sql)
