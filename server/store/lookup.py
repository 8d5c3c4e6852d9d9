"""Looking for rows by what somebody typed: by a text, or by a time in a log."""

from collections.abc import Sequence
from typing import TypeVar

from tortoise.exceptions import ValidationError
from tortoise.models import Model
from tortoise.queryset import QuerySet

from server.store.reading import load
from server.store.sql import fetch, placeholders

M = TypeVar("M", bound=Model)


async def find_one(rows: QuerySet[M], **values: object) -> M | None:
    """Return the one row with these values, or None; a text that is too long for its column is in no row.

    The ORM refuses to look for such a text, as if it were to be stored.
    """
    try:
        found = await load(rows.filter(**values).limit(1))
    except ValidationError:
        return None
    return found[0] if found else None


async def first_keys_since(
    table: str, key: str, time: str, accounts: Sequence[int], since_us: int
) -> dict[int, int]:
    """Return for each account the key of its first row, in the order of time, at this time or later, if it has one."""
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
