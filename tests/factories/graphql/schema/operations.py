"""The smallest operation that selects one field of the schema, found by walking the schema."""

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_required_argument,
    is_required_input_field,
)

MOMENT = "2026-09-21T12:00:00Z"
SCALARS = {
    "Boolean": True, "Credits": "1", "CountryCode": "FR", "DateTime": MOMENT, "Int": 1, "String": "text",
    "IPAddress": "192.0.2.1", "PhoneNumber": "+33612345678", "URL": "https://example.com/hook",
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """A field and the type that has it."""

    type: str
    field: str

    def __str__(self) -> str:
        """Return it as Type.field."""
        return f"{self.type}.{self.field}"


Path = tuple[Step, ...]
Fill = Mapping[str, object]


class Operations:
    """Writes operations; `fill` has values by "field.argument", "Input.field" or plain name."""

    def __init__(self, schema: GraphQLSchema, fill: Fill, ids: Mapping[str, str]) -> None:
        """Take the schema, values, and the id of one node of each kind."""
        self._schema = schema
        self._fill = fill
        self._ids = ids

    def fields(self) -> Iterator[Step]:
        """Yield each field of each object type and interface."""
        for type_ in self._schema.type_map.values():
            if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and type_.name[:2] != "__":
                yield from (Step(type_.name, name) for name in type_.fields)

    def edges(self) -> Iterator[tuple[Step, str]]:
        """Yield each field that leads to another type, with the type; an interface leads to all its types."""
        for step in self.fields():
            target = get_named_type(self._definition(step).type)
            if isinstance(target, GraphQLObjectType | GraphQLInterfaceType):
                yield step, target.name
            if isinstance(target, GraphQLInterfaceType):
                yield from ((step, type_.name) for type_ in self._schema.get_possible_types(target))

    def ways(self, allowed: Callable[[Step], bool]) -> dict[str, Path]:
        """Return the shortest way to each type over allowed fields (from queries first, then mutations)."""
        edges = list(self.edges())
        roots = [self._schema.query_type, self._schema.mutation_type]
        found: dict[str, Path] = {root.name: () for root in roots if root is not None}
        queue = deque(found)
        while queue:
            here = queue.popleft()
            for step, target in edges:
                if step.type == here and target not in found and allowed(step):
                    found[target] = (*found[here], step)
                    queue.append(target)
        return found

    def write(self, path: Path) -> str:
        """Return the operation that follows a path and selects its last field."""
        mutation = path[0].type == getattr(self._schema.mutation_type, "name", None)
        return f"{'mutation' if mutation else 'query'} {{ {self.select(path)} }}"

    def select(self, path: Path, given: Mapping[str, str] | None = None) -> str:
        """Return the selection that follows a path; `given` are arguments of its last field, as text."""
        last = get_named_type(self._definition(path[-1]).type)
        text = " { __typename }" if is_composite_type(last) else ""
        for index in range(len(path) - 1, -1, -1):
            step = path[index]
            if index + 1 < len(path):
                text = self._inner(step, path[index + 1].type, text)
            on = path[index + 1].type if index + 1 < len(path) else None
            arguments = self._arguments(step, on or last.name, {} if on else given or {})
            text = f"{step.field}{arguments}{text}"
        return text

    def _inner(self, step: Step, on: str, text: str) -> str:
        target = get_named_type(self._definition(step).type)
        return f" {{ {text} }}" if target.name == on else f" {{ ... on {on} {{ {text} }} }}"

    def _definition(self, step: Step) -> GraphQLField:
        type_ = self._schema.type_map[step.type]
        assert isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)
        field: GraphQLField = type_.fields[step.field]
        return field

    def _arguments(self, step: Step, on: str, texts: Mapping[str, str]) -> str:
        given = []
        for name, argument in self._definition(step).args.items():
            known = f"{step.field}.{name}"
            if name in texts:
                given.append(f"{name}: {texts[name]}")
            elif is_required_argument(argument) or known in self._fill:
                given.append(f"{name}: {self._value(known, argument, on)}")
        return f"({', '.join(given)})" if given else ""

    def _value(self, name: str, place: GraphQLArgument | GraphQLInputField, on: str) -> str:
        if name in self._fill:
            return _literal(self._fill[name])
        short = name.rpartition(".")[2]
        named = get_named_type(place.type)
        if named.name == "ID":
            return _listed(place.type, _literal(self._ids[on]))
        if short in self._fill:
            return _literal(self._fill[short])
        return _listed(place.type, self._of_type(named))

    def _of_type(self, named: GraphQLNamedType) -> str:
        if isinstance(named, GraphQLEnumType):
            first: str = next(iter(named.values))
            return first
        if isinstance(named, GraphQLInputObjectType):
            return self._object(named)
        return _literal(SCALARS[named.name])

    def _object(self, named: GraphQLInputObjectType) -> str:
        given = [
            f"{name}: {self._value(f'{named.name}.{name}', field, named.name)}"
            for name, field in named.fields.items()
            if f"{named.name}.{name}" in self._fill
            or (is_required_input_field(field) and field.default_value is Undefined)
        ]
        return f"{{{', '.join(given)}}}"


def _listed(type_: GraphQLInputType, text: str) -> str:
    bare = get_nullable_type(type_)
    return f"[{text}]" if isinstance(bare, GraphQLList) else text


def _literal(value: object) -> str:
    """Write a value in GraphQL: JSON, except for the names of an object's fields."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_literal(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_literal, value)) + "]"
    return json.dumps(value)
