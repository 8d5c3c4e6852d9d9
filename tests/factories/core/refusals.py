"""Refusals as a caller sees them: a code, an input field, and nothing changed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from server.errors import DomainError, ErrorCode
from server.store.sql import fetch
from tests.factories.store.tables import TABLES

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


async def snapshot() -> dict[str, list[dict[str, Any]]]:
    """Return all rows of all tables, except those that a refused call may write."""
    return {
        table: sorted(await fetch(f"SELECT * FROM {table}"), key=repr)
        for table in TABLES
        if table not in CHANGED_BY_REFUSALS
    }
