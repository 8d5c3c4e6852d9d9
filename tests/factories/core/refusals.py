"""Refusals as a caller sees them: a code, an input field, and nothing changed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

import pytest

from server.errors import DomainError, ErrorCode
from server.store.sql import fetch, is_sqlite
from tests.factories.store.tables import MODELS

# Refused calls may reserve message numbers, count failed sign-ins, and charge the cost of GraphQL.
CHANGED_BY_REFUSALS = {"counters", "rate_buckets", "throttles"}


@asynccontextmanager
async def refused(code: ErrorCode, *field: str) -> AsyncIterator[None]:
    """Expect the block to be refused with this code, for this field, and to leave all rows unchanged."""
    before = await snapshot()
    with pytest.raises(DomainError) as caught:
        yield
    assert (caught.value.code, caught.value.field) == (code, field)
    assert caught.value.message
    assert await snapshot() == before


async def snapshot() -> list[tuple[str, str]]:
    """Return all rows of all tables, as the database spells them, except those that a refused call may write."""
    return sorted((found["name"], found["line"]) for found in await fetch(_all_rows(sqlite=is_sqlite())))


@cache
def _all_rows(*, sqlite: bool) -> str:
    """Return one statement for all, since many tests take many snapshots."""
    selects = []
    for model in MODELS:
        table, columns = model._meta.db_table, model._meta.db_fields
        line = " || ',' || ".join(f'quote("{column}")' for column in sorted(columns))
        if table not in CHANGED_BY_REFUSALS:
            selects.append(
                f"SELECT '{table}' AS name, {line if sqlite else f'{table}::text'} AS line FROM {table}"
            )
    return " UNION ALL ".join(selects)
