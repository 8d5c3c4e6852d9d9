"""Looking up a row by a value that somebody typed."""

from typing import TypeVar

from tortoise.exceptions import ValidationError
from tortoise.models import Model
from tortoise.queryset import QuerySet

from server.store.reading import load

M = TypeVar("M", bound=Model)


async def find_one(rows: QuerySet[M], **values: object) -> M | None:
    """Return the one row with these values, or None. A text that is too long for its column is in no row.

    The ORM refuses to look for such a text, as if it were being stored.
    """
    try:
        matches = await load(rows.filter(**values).limit(1))
    except ValidationError:
        return None
    return matches[0] if matches else None
