"""Writing many rows of one table in a fraction of the time that the ORM takes to make objects and SQL."""
# ruff: noqa: SLF001 the ORM has no public way to what a row consists of

from collections.abc import Collection, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, TypeVar

from tortoise.context import require_context
from tortoise.models import Model

from server.store.sql import in_dialect

M = TypeVar("M", bound=Model)


def new(model: type[M], **values: object) -> M:
    """Return a row that is to be inserted, with its columns as given and the others at their defaults.

    Nothing is converted or checked: that is for values which this server has made itself.
    """
    one = model.__new__(model)
    vars(one).update(_blank(model), _await_when_save={}, **values)
    return one


async def insert(rows: Sequence[Model]) -> None:
    """Insert rows of one table that `new` has made; a key that the database draws stays unknown."""
    if not rows:
        return
    model = type(rows[0])
    names = _columns(model)
    places = ", ".join(f"${place}" for place in range(1, len(names) + 1))
    sql = f"INSERT INTO {model._meta.db_table} ({', '.join(names)}) VALUES ({places})"  # noqa: S608 names
    values = itemgetter(*names)
    await require_context().db().execute_many(in_dialect(sql), [values(vars(row)) for row in rows])


async def update(rows: Collection[Model], columns: Sequence[str]) -> None:
    """Write these columns of rows of one table as the objects have them; there are two columns or more with the id."""
    if not rows:
        return
    model = type(next(iter(rows)))
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(columns, start=1))
    sql = f"UPDATE {model._meta.db_table} SET {sets} WHERE id = ${len(columns) + 1}"  # noqa: S608 names
    values = itemgetter(*columns, "id")
    await require_context().db().execute_many(in_dialect(sql), [values(vars(row)) for row in rows])


@lru_cache(maxsize=100)
def _columns(model: type[Model]) -> tuple[str, ...]:
    """Return the columns of a table but for those that the database fills in."""
    meta = model._meta
    return tuple(name for name in meta.fields_db_projection if name not in meta.generated_db_fields)


@lru_cache(maxsize=100)
def _blank(model: type[Model]) -> dict[str, Any]:
    """Return what a fresh object has before it is given any value."""
    meta = model._meta
    defaults = {name: meta.fields_map[name].default for name in meta.fields_db_projection}
    state = {"_partial": False, "_saved_in_db": False, "_custom_generated_pk": False}
    return {**defaults, **state}
