"""The only place that uses Tortoise's private parts, where the ORM is slow (docs/adr/0005).

The text of a query depends on its shape (the table, the compared columns, the order), not on the values. So
it is made once for each shape, with made-up values that are then found among the query's parameters. A
made-up list has one element.
"""
# ruff: noqa: SLF001 the ORM has no public access to the contents of a query and a row

import re
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from tortoise.exceptions import ValidationError
from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.queryset import AwaitableQuery, QuerySet

M = TypeVar("M", bound=Model)

PAST_THE_ORM = True
"""The switch. When it is off, `reading` and `writing` use the ORM where it can do the same, more slowly."""

SHAPES = 1_000
UNUSUAL = (
    "_annotations", "_distinct", "_fields_for_select", "_force_indexes", "_group_bys", "_having", "_offset",
    "_prefetch_map", "_prefetch_queries", "_select_for_update_nowait", "_select_for_update_of",
    "_select_for_update_skip_locked", "_select_related", "_single", "_use_indexes",
)  # fmt: skip

_IN = "__in"
_AS_READ = frozenset({int, str})
"""Types that both drivers give by themselves."""
_PLACEHOLDER = re.compile(r"\?|\$[0-9]+")

Given = int | str | Sequence[int] | Sequence[str]
"""A value that a query compares with."""


class Condition(NamedTuple):
    """The shape of a Q object, with the type of each number or text in it."""

    join_type: str
    is_negated: bool
    filters: tuple[tuple[str, object], ...]
    children: tuple["Condition", ...]


class Shape(NamedTuple):
    """Everything that the text of a query depends on."""

    dialect: str
    model: type[Model]
    conditions: tuple[Condition, ...]
    order: tuple[tuple[str, Any], ...]
    is_limited: bool
    locks: bool
    locks_no_key: bool


class Statement(NamedTuple):
    """A query's text, cut at its parameters. Each is one of the shape's values by place, or a constant."""

    pieces: tuple[str, ...]
    parameters: tuple[tuple[int | None, object], ...]
    numbered: bool

    def fill(self, values: Sequence[Given]) -> tuple[str, list[Any]]:
        """Return the text and the parameters for these values, with as many parameters as the lists need."""
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


def is_plain(queryset: QuerySet[Any]) -> bool:
    """Whether a query is for whole rows of one table, ordered and limited or not, and locked or not."""
    return not any(getattr(queryset, part) for part in UNUSUAL)


def statement_of(queryset: QuerySet[Any], dialect: str) -> tuple[str, list[Any]]:
    """Return the text and the parameters of a plain query."""
    values: list[Given] = []
    try:
        statement = _statement(_shape(queryset, dialect, values))
    except Unshapely:
        statement = None
    return render(queryset) if statement is None else statement.fill(values)


def render(queryset: AwaitableQuery[Any]) -> tuple[str, list[Any]]:
    """Return the text and the parameters of a query as the ORM makes them, each time again."""
    queryset._choose_db_if_not_chosen()
    queryset._make_query()
    sql, parameters = queryset.query.get_parameterized_sql()
    return sql, list(parameters)


def objects(model: type[M], rows: Iterable[Any]) -> list[M]:
    """Return rows of a model's table as its objects. Both drivers' rows have `keys` and yield values."""
    meta = model._meta
    casts: list[tuple[str, Callable[[Any], Any]]] = [
        *(
            (name, kept.field_type)
            for _, name, kept in meta.db_default_fields
            if kept.field_type not in _AS_READ
        ),
        *((name, kept.to_python_value) for _, name, kept in meta.db_complex_fields),
    ]
    state = {
        "_partial": False,
        "_saved_in_db": True,
        "_custom_generated_pk": meta.db_pk_column not in meta.generated_db_fields,
    }
    columns: list[str] = []
    instances: list[M] = []
    for row in rows:
        columns = columns or list(row.keys())
        values = dict(zip(columns, row, strict=True))
        for name, cast in casts:
            if (value := values[name]) is not None:
                values[name] = cast(value)
        values |= state
        values["_await_when_save"] = {}
        instance = model.__new__(model)
        instance.__dict__ = values
        instances.append(instance)
    return instances


@lru_cache(maxsize=100)
def columns_of(model: type[Model]) -> tuple[str, ...]:
    """Return the columns of a table without those that the database fills in."""
    meta = model._meta
    return tuple(name for name in meta.fields_db_projection if name not in meta.generated_db_fields)


@lru_cache(maxsize=100)
def blank(model: type[Model]) -> dict[str, Any]:
    """Return the attributes of a new object before any value is set."""
    meta = model._meta
    defaults = {name: meta.fields_map[name].default for name in meta.fields_db_projection}
    state = {"_partial": False, "_saved_in_db": False, "_custom_generated_pk": False}
    return {**defaults, **state}


def table_of(model: type[Model]) -> str:
    """Return the name of a model's table."""
    return str(model._meta.db_table)


def longest_text(model: type[Model], column: str) -> int:
    """Return how many characters a text column takes."""
    longest: int = model._meta.fields_map[column].max_length  # type: ignore[attr-defined]
    return longest


def _shape(queryset: QuerySet[Any], dialect: str, values: list[Given]) -> Shape:
    """Return a query's shape, and append its values to the list, in order."""
    conditions = tuple([_condition(condition, values) for condition in queryset._q_objects])
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
    given: dict[str, Any] = dict(condition.filters)  # the ORM's annotation is wrong
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
    """Make the text of a shape; None if a value reaches the database in another form (for a LIKE, say)."""
    values: list[int | str] = []
    queryset = shape.model.filter(*[_made_up(condition, values) for condition in shape.conditions])
    queryset._orderings = list(shape.order)
    queryset._limit = _new_value(int, values) if shape.is_limited else None
    queryset._select_for_update, queryset._select_for_update_no_key = shape.locks, shape.locks_no_key
    try:
        sql, parameters = render(queryset)
    except (ValueError, ValidationError):  # the made-up value is not in the enum, or too long
        return None
    places = [values.index(parameter) if parameter in values else None for parameter in parameters]
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
    """Append a value of a type that occurs nowhere else in a query."""
    values.append(6_700_000_000_000_000_000 + len(values) if kind is int else f"~{len(values)}")
    return values[-1]
