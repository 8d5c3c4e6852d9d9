"""Plans: the part of a selection that needs no executor, put together once and run for every answer.

A field is *plain* where its value is at hand: an attribute of its object, or what a method returns that
takes nothing but the object; and where all that is selected below it is plain as well. Most fields of a
list are. For these a plan is one call that makes the object's part of the answer, without the executor's
work for each field: paths, resolve info, looking for awaitables. The rest is left to the executor.

A plan answers exactly or not at all. It raises at whatever it does not expect (null where none may be, a
value of another class, an awaitable, a scalar that refuses, a list that is longer than a page) and knows nothing of errors and their paths:
the executor then goes over the same object again, field by field. Plain fields are therefore read twice at
times, and have to give the same each time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, cast

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLID,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLString,
    TypeNameMetaFieldDef,
    Undefined,
    get_named_type,
    is_composite_type,
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from server.graphql.schema.paging import MAX_PAGE

Reader = Callable[[Any], Any]
"""Reads a field's value from its object."""

Completer = Callable[[Any], Any]
"""Turns a resolved value into its part of the answer."""

Collect = Callable[[GraphQLObjectType, FieldDetailsList], GroupedFieldSet]
"""Returns what is selected below a field, if its value is of this type."""

PLANNED = True
"""The switch (docs/adr/0006): without it every field is the executor's, which takes longer and answers the same."""

DEFINITION = "strawberry-definition"
META_FIELDS = {"__typename": TypeNameMetaFieldDef}
AS_THEY_ARE = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}
SCALAR_VALUES = frozenset({str, int, float, bool})


class Odd(Exception):
    """A value that is for the executor to judge."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How one selection of one object type is answered.

    `answer` gives the whole answer of an object, in its order, with a None in place of each field of `rest`.
    Where the plan `nests`, there are other objects in it.
    """

    answer: Completer
    rest: GroupedFieldSet
    nests: bool


def make_plan(type_: GraphQLObjectType, selected: GroupedFieldSet, collect: Collect) -> Plan | None:
    """Return the plan of a selection, or None where nothing in it is plain."""
    classes = _classes(type_)
    if not classes or not PLANNED:
        return None
    steps: list[tuple[str, Reader, Completer]] = []
    rest: GroupedFieldSet = {}
    nests = False
    for key, details in selected.items():
        name = details[0].node.name.value
        definition = META_FIELDS.get(name) or type_.fields[name]
        read = _reader(type_, definition)
        complete = _completer(definition.type, details, collect) if read else None
        if read is None or complete is None:
            rest[key] = details
            steps.append((key, _nothing, _nothing))
        else:
            steps.append((key, read, complete))
            nests = nests or is_composite_type(get_named_type(definition.type))
    if selected and len(rest) == len(selected):
        return None

    def answer(source: Any) -> dict[str, Any]:
        if type(source) not in classes:
            raise Odd
        return {key: complete(read(source)) for key, read, complete in steps}

    return Plan(answer, rest, nests)


def _nothing(_: Any) -> None:
    return None


def _classes(type_: GraphQLObjectType) -> frozenset[type]:
    """Return the classes whose instances are surely of this type: its own, and that of which it is made."""
    definition: StrawberryObjectDefinition | None = type_.extensions.get(DEFINITION)
    if definition is None:
        return frozenset()
    generic = definition.concrete_of
    return frozenset({definition.origin, generic.origin} if generic else {definition.origin})


def _reader(type_: GraphQLObjectType, definition: GraphQLField) -> Reader | None:
    """Return what reads a field's value from its object, or None where it takes more than that."""
    if definition is TypeNameMetaFieldDef:
        return lambda _: type_.name
    field: StrawberryField | None = definition.extensions.get(DEFINITION)
    if field is None or field.extensions:
        return None
    resolver = field.base_resolver
    if resolver is None:
        return attrgetter(field.python_name)
    itself = resolver.self_parameter or resolver.root_parameter
    takes_itself_alone = itself is not None and len(resolver.signature.parameters) == 1
    return cast("Reader", resolver.wrapped_func) if takes_itself_alone and not resolver.is_async else None


def _completer(type_: GraphQLOutputType, details: FieldDetailsList, collect: Collect) -> Completer | None:
    """Return what completes the values of a field, or None where it takes the executor."""
    if isinstance(type_, GraphQLNonNull):
        return _completer_of_some(type_.of_type, details, collect)
    complete = _completer_of_some(type_, details, collect)
    if complete is None:
        return None
    return lambda value: None if value is None else complete(value)


def _completer_of_some(
    type_: GraphQLOutputType, details: FieldDetailsList, collect: Collect
) -> Completer | None:
    if isinstance(type_, GraphQLList):
        return _of_list(_completer(type_.of_type, details, collect))
    if isinstance(type_, GraphQLObjectType):
        plan = make_plan(type_, collect(type_, details), collect)
        return plan.answer if plan and not plan.rest else None
    if isinstance(type_, GraphQLEnumType):
        return _of_enum(type_)
    return _of_scalar(type_) if isinstance(type_, GraphQLScalarType) else None


def _of_list(complete: Completer | None) -> Completer | None:
    if complete is None:
        return None

    def complete_list(values: Any) -> list[Any]:
        if type(values) is not list or len(values) > MAX_PAGE:
            raise Odd
        return [complete(value) for value in values]

    return complete_list


def _of_enum(type_: GraphQLEnumType) -> Completer | None:
    cls = getattr(type_, "wrapped_cls", None)
    if cls is None:
        return None
    names = {member: type_.coerce_output_value(member) for member in cls}

    def complete(value: Any) -> Any:
        if type(value) is not cls:
            raise Odd
        return names[value]

    return complete


def _of_scalar(type_: GraphQLScalarType) -> Completer:
    native = AS_THEY_ARE.get(type_)
    coerce = type_.coerce_output_value

    def complete(value: Any) -> Any:
        kind = type(value)
        if kind is native:
            return value
        # An awaitable would be shown as a text by a scalar that takes anything.
        if kind not in SCALAR_VALUES:
            raise Odd
        coerced = coerce(value)
        if coerced is None or coerced is Undefined:
            raise Odd
        return coerced

    return complete
