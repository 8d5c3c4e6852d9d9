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
)
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from server.graphql.schema.paging import MAX_PAGE
from server.graphql.transport.plan_functions import Completer, Odd, Reader, Step, put_together

Collect = Callable[[GraphQLObjectType, FieldDetailsList], GroupedFieldSet]
"""Returns what is selected below a field, if its value is of this type."""

Nest = Callable[[GraphQLObjectType, FieldDetailsList], "Plan | None"]
"""Returns the plan of what is selected below a field."""

PLANNED = True
"""The switch (docs/adr/0006): without it every field is the executor's, which takes longer and answers the same."""

DEFINITION = "strawberry-definition"
META_FIELDS = {"__typename": TypeNameMetaFieldDef}
AS_THEY_ARE = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}
SCALAR_VALUES = frozenset({str, int, float, bool})


@dataclass(frozen=True, slots=True)
class Plan:
    """How one selection of one object type is answered.

    `answer` gives the whole answer of an object, in its order, with a None in place of each field of `rest`, and adds
    to `points` what the objects in it cost.
    """

    answer: Completer
    rest: GroupedFieldSet
    points: list[int]


def make_plan(
    type_: GraphQLObjectType, selected: GroupedFieldSet, collect: Collect, within: list[int] | None = None
) -> Plan | None:
    """Return the plan of a selection, or None where nothing in it is plain; `within` another, with its points."""
    classes = _classes(type_)
    if not classes or not PLANNED:
        return None
    steps: list[tuple[str, Step | None]] = []
    rest: GroupedFieldSet = {}
    points = [0] if within is None else within

    def nest(type_: GraphQLObjectType, details: FieldDetailsList) -> Plan | None:
        return make_plan(type_, collect(type_, details), collect, points)

    for key, details in selected.items():
        name = details[0].node.name.value
        definition = META_FIELDS.get(name) or type_.fields[name]
        step = _step(type_, definition, details, nest)
        steps.append((key, step))
        if step is None:
            rest[key] = details
    if selected and len(rest) == len(selected):
        return None
    return Plan(put_together(steps, classes, within), rest, points)


def _classes(type_: GraphQLObjectType) -> frozenset[type]:
    """Return the classes whose instances are surely of this type: its own, and that of which it is made."""
    definition: StrawberryObjectDefinition | None = type_.extensions.get(DEFINITION)
    if definition is None:
        return frozenset()
    generic = definition.concrete_of
    return frozenset({definition.origin, generic.origin} if generic else {definition.origin})


def _step(
    type_: GraphQLObjectType, definition: GraphQLField, details: FieldDetailsList, nest: Nest
) -> Step | None:
    """Return how a field is read and completed, or None where that takes the executor."""
    read, attribute = _reader(type_, definition)
    of_some = definition.type.of_type if isinstance(definition.type, GraphQLNonNull) else definition.type
    complete = _completer_of_some(of_some, details, nest) if read else None
    if read is None or complete is None:
        return None
    is_nullable = of_some is definition.type
    native = AS_THEY_ARE.get(of_some) if isinstance(of_some, GraphQLScalarType) else None
    contains = isinstance(of_some, GraphQLList | GraphQLObjectType)
    return Step(read, attribute, complete, native, is_nullable, contains)


def _reader(type_: GraphQLObjectType, definition: GraphQLField) -> tuple[Reader | None, str | None]:
    """Return what reads a field's value from its object, and the attribute if it is one; None if it takes more."""
    if definition is TypeNameMetaFieldDef:
        return lambda _: type_.name, None
    field: StrawberryField | None = definition.extensions.get(DEFINITION)
    if field is None or field.extensions:
        return None, None
    resolver = field.base_resolver
    if resolver is None:
        return attrgetter(field.python_name), field.python_name
    itself = resolver.self_parameter or resolver.root_parameter
    takes_itself_alone = itself is not None and len(resolver.signature.parameters) == 1
    is_plain = takes_itself_alone and not resolver.is_async
    return cast("Reader", resolver.wrapped_func) if is_plain else None, None


def _completer(type_: GraphQLOutputType, details: FieldDetailsList, nest: Nest) -> Completer | None:
    """Return what completes the items of a list, or None where it takes the executor."""
    if isinstance(type_, GraphQLNonNull):
        return _completer_of_some(type_.of_type, details, nest)
    complete = _completer_of_some(type_, details, nest)
    if complete is None:
        return None
    return lambda value: None if value is None else complete(value)


def _completer_of_some(type_: GraphQLOutputType, details: FieldDetailsList, nest: Nest) -> Completer | None:
    if isinstance(type_, GraphQLList):
        return _of_list(_completer(type_.of_type, details, nest))
    if isinstance(type_, GraphQLObjectType):
        plan = nest(type_, details)
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
