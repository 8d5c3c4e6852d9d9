"""The only way to write rows: one with its key, many of one table at once, or some columns of many.

Many take a fraction of the time that the ORM takes to make objects and SQL. A change that depends on the
row's present value (a balance, a claim) does not go through an object: it is a statement in `queries`.
"""

from collections.abc import Collection, Sequence
from operator import itemgetter
from typing import TypeVar

from tortoise.models import Model

from server.store import orm
from server.store.sql import run_many

M = TypeVar("M", bound=Model)


def new(model: type[M], **values: object) -> M:
    """Return a row to insert, with these columns as given and the others at their defaults.

    Nothing is converted or checked: it is for values that this server has made itself.
    """
    if not orm.PAST_THE_ORM:
        return model(**values)
    instance = model.__new__(model)
    vars(instance).update(orm.blank(model), _await_when_save={}, **values)
    return instance


async def add(row: M) -> M:
    """Insert a row, and return it with the key from the database."""
    await row.save(force_create=True)
    return row


async def delete(row: Model) -> None:
    """Delete a row."""
    await row.delete()


async def insert(rows: Sequence[Model]) -> None:
    """Insert rows of one table. A key from the database stays unknown."""
    if not rows:
        return
    model = type(rows[0])
    if not orm.PAST_THE_ORM:
        await model.bulk_create(rows)
        return
    names = orm.columns_of(model)
    places = ", ".join(f"${place}" for place in range(1, len(names) + 1))
    sql = f"INSERT INTO {orm.table_of(model)} ({', '.join(names)}) VALUES ({places})"  # noqa: S608 names
    values = itemgetter(*names)
    await run_many(sql, [values(vars(row)) for row in rows])


async def update(rows: Collection[Model], columns: Sequence[str]) -> None:
    """Write these columns of one table's rows from the objects, at least one in addition to the id."""
    if not rows:
        return
    model = type(next(iter(rows)))
    if not orm.PAST_THE_ORM:
        await model.bulk_update(rows, columns)
        return
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(columns, start=1))
    sql = f"UPDATE {orm.table_of(model)} SET {sets} WHERE id = ${len(columns) + 1}"  # noqa: S608 names
    values = itemgetter(*columns, "id")
    await run_many(sql, [values(vars(row)) for row in rows])
