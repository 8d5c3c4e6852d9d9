"""Reading rows of one table in a fraction of the time that the ORM takes to make SQL and to make objects.

The text of a query depends on its shape: on the table, the columns compared and the order, and not on
the values that they are compared with. So it is made once for each shape, from values that are made up
and found again among the query's parameters. What is compared with a list is made up with a list of one.
"""
# ruff: noqa: SLF001 the ORM has no public way to what a query consists of

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from tortoise.context import require_context
from tortoise.exceptions import ValidationError
from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.queryset import QuerySet

from server.store.sql import in_dialect

M = TypeVar("M", bound=Model)

SHAPES = 1_000
ROWS_A_PASS = 500
"""As many are made into objects in a few milliseconds, in which nothing else happens."""
UNUSUAL = (
    "_annotations", "_distinct", "_fields_for_select", "_force_indexes", "_group_bys", "_having", "_offset",
    "_prefetch_map", "_prefetch_queries", "_select_for_update_nowait", "_select_for_update_of",
    "_select_for_update_skip_locked", "_select_related", "_single", "_use_indexes",
)  # fmt: skip

_IN = "__in"
_PLACEHOLDER = re.compile(r"\?|\$[0-9]+")

Given = int | str | Sequence[int] | Sequence[str]
"""A value that a query compares with."""


class Condition(NamedTuple):
    """The shape of a Q object, with the type of each value that is a number or a text."""

    join_type: str
    is_negated: bool
    filters: tuple[tuple[str, object], ...]
    children: tuple["Condition", ...]


class Shape(NamedTuple):
    """All that the text of a query depends on."""

    dialect: str
    model: type[Model]
    conditions: tuple[Condition, ...]
    order: tuple[tuple[str, Any], ...]
    is_limited: bool
    locks: bool
    locks_no_key: bool


class Statement(NamedTuple):
    """A query's text, cut at its parameters: a value at a place among the shape's, or (place None) a constant."""

    pieces: tuple[str, ...]
    parameters: tuple[tuple[int | None, object], ...]
    numbered: bool

    def fill(self, values: Sequence[Given]) -> tuple[str, list[Any]]:
        """Return the text and the parameters with these values, as many of them as the lists have."""
        sql, parameters = [self.pieces[0]], list[Any]()
        for (place, constant), piece in zip(self.parameters, self.pieces[1:], strict=True):
            value = constant if place is None else values[place]
            ones = value if isinstance(value, list) else [value]
            first = len(parameters) + 1
            parameters += ones
            sql += [
                ", ".join([f"${at}" if self.numbered else "?" for at in range(first, first + len(ones))]),
                piece,
            ]
        return "".join(sql), parameters


class Unshapely(Exception):
    """A query whose text depends on its values."""


async def load(queryset: QuerySet[M]) -> list[M]:
    """Run a query, and return what awaiting it would return; faster for whole rows of one table."""
    if any(getattr(queryset, part) for part in UNUSUAL):
        return await queryset
    client = require_context().db()
    sql, parameters = _sql(queryset, client.capabilities.dialect)
    _, rows = await client.execute_query(sql, parameters)
    return await _objects(queryset.model, rows)


async def load_by(model: type[M], sql: str, *parameters: object) -> list[M]:
    """Run a statement for whole rows of a model's table (`SELECT table.*`), for what the ORM can't say.

    Its parameters are `$1`, `$2`, …
    """
    _, rows = await require_context().db().execute_query(in_dialect(sql), list(parameters))
    return await _objects(model, rows)


def _sql(queryset: QuerySet[Any], dialect: str) -> tuple[str, list[Any]]:
    values: list[Given] = []
    try:
        statement = _statement(_shape(queryset, dialect, values))
    except Unshapely:
        statement = None
    return _render(queryset) if statement is None else statement.fill(values)


def _shape(queryset: QuerySet[Any], dialect: str, values: list[Given]) -> Shape:
    """Return a query's shape, and add its values to the list, in their order."""
    conditions = tuple([_condition(one, values) for one in queryset._q_objects])
    if queryset._limit is not None:
        values.append(queryset._limit)
    return Shape(
        dialect,
        queryset.model,
        conditions,
        tuple(queryset._orderings),
        queryset._limit is not None,
        queryset._select_for_update,
        queryset._select_for_update_no_key,
    )


def _condition(condition: Q, values: list[Given]) -> Condition:
    filters: list[tuple[str, object]] = []
    given: dict[str, Any] = dict(condition.filters)  # the ORM's annotation promises something else
    for name, value in given.items():
        if type(value) in {int, str}:
            values.append(value)
            filters.append((name, type(value)))
        elif value is None or isinstance(value, bool | Enum):
            filters.append((name, value))
        elif (
            name.endswith(_IN)
            and len(kinds := set(map(type, ones := list(value)))) == 1
            and kinds <= {int, str}
        ):
            values.append(ones)
            filters.append((name, kinds.pop()))
        else:
            raise Unshapely
    children = tuple([_condition(child, values) for child in condition.children])
    return Condition(condition.join_type, condition._is_negated, tuple(filters), children)


@lru_cache(maxsize=SHAPES)
def _statement(shape: Shape) -> Statement | None:
    """Make the text of a shape; None where a value does not reach the database as it is (for a LIKE, say)."""
    values: list[int | str] = []
    queryset = shape.model.filter(*[_made_up(one, values) for one in shape.conditions])
    queryset._orderings = list(shape.order)
    queryset._limit = _new_value(int, values) if shape.is_limited else None
    queryset._select_for_update, queryset._select_for_update_no_key = shape.locks, shape.locks_no_key
    try:
        sql, parameters = _render(queryset)
    except (ValueError, ValidationError):  # what is made up is none of an enum's, or too long
        return None
    places = [values.index(one) if one in values else None for one in parameters]
    pieces = tuple(_PLACEHOLDER.split(sql))
    all_found = sorted(place for place in places if place is not None) == list(range(len(values)))
    if not all_found or len(pieces) != len(parameters) + 1:
        return None
    return Statement(pieces, tuple(zip(places, parameters, strict=True)), shape.dialect != "sqlite")


def _made_up(condition: Condition, values: list[int | str]) -> Q:
    filters: dict[str, Any] = {}
    for name, value in condition.filters:
        if isinstance(value, type):
            made_up = _new_value(value, values)
            filters[name] = [made_up] if name.endswith(_IN) else made_up
        else:
            filters[name] = value
    made = Q(*[_made_up(child, values) for child in condition.children], join_type=condition.join_type)
    made.filters, made._is_negated = filters, condition.is_negated
    return made


def _new_value(kind: object, values: list[int | str]) -> Any:
    """Add a value of a type that is found nowhere else in a query."""
    values.append(6_700_000_000_000_000_000 + len(values) if kind is int else f"~{len(values)}")
    return values[-1]


def _render(queryset: QuerySet[Any]) -> tuple[str, list[Any]]:
    queryset._choose_db_if_not_chosen()
    queryset._make_query()
    sql, parameters = queryset.query.get_parameterized_sql()
    return sql, list(parameters)


async def _objects(model: type[M], rows: Sequence[Any]) -> list[M]:
    """Return rows of a model's table as its objects, and let others have their turn between some and some more."""
    found = _made(model, rows[:ROWS_A_PASS])
    for start in range(ROWS_A_PASS, len(rows), ROWS_A_PASS):
        await asyncio.sleep(0)
        found += _made(model, rows[start : start + ROWS_A_PASS])
    return found


def _made(model: type[M], rows: Iterable[Any]) -> list[M]:
    """Return rows of a model's table as its objects; both drivers' rows have `keys` and yield their values."""
    meta = model._meta
    casts: list[tuple[str, Callable[[Any], Any]]] = [
        *((name, kept.field_type) for _, name, kept in meta.db_default_fields),
        *((name, kept.to_python_value) for _, name, kept in meta.db_complex_fields),
    ]
    state = {
        "_partial": False,
        "_saved_in_db": True,
        "_custom_generated_pk": meta.db_pk_column not in meta.generated_db_fields,
    }
    columns: list[str] = []
    found: list[M] = []
    for row in rows:
        columns = columns or list(row.keys())
        one = model.__new__(model)
        values = vars(one)
        values.update(zip(columns, row, strict=True))
        for name, cast in casts:
            if values[name] is not None:
                values[name] = cast(values[name])
        values.update(state, _await_when_save={})
        found.append(one)
    return found
