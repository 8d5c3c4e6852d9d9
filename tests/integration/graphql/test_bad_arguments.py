"""Unexpected values, in each place of each argument of each field that can be read or followed."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_required_input_field,
)

from server.graphql.schema.schema import schema
from server.kit.ids import encode_cursor, encode_node_id
from tests.factories.access.callers import Callers
from tests.factories.accounts.accounts import World
from tests.factories.core.refusals import snapshot
from tests.factories.graphql.api import Api
from tests.factories.graphql.schema.operations import SCALARS, Operations, Step

CORE = schema._schema
AT_ONCE = 40
BIG = 250_000
VALUES: dict[str, object] = {
    "empty": "",
    "far too long": "x" * BIG,
    "digits": "9" * 5_000,
    "a number": "9223372036854775807",
    "beyond 64 bits": "9223372036854775808",
    "negative": "-1",
    "combining marks": "a" + "\u0301\u0316" * 50_000,
    "right to left": "\u202e\u200b\u200f\ufeffa",
    "line breaks": "a\r\nb",
    "signs": "%_\\'\"",
    "pluses": "+" * 5_000,
    "an amount": "-9999999999999.999",
    "the first year": "0001-01-01T00:00:00+14:00",
    "the last year": "9999-12-31T23:59:59-14:00",
    "braces": "{a" * 3_000,
    "base64": "QQ==" * 2_000,
    "an id": encode_node_id("Message", 2**63 - 1),
    "a message's cursor": encode_cursor("messages.created_at_us", 2**63 - 1, -(2**63)),
    "a cursor of the log": encode_cursor("delivery events.sequence", 2**63 - 1, 2**63 - 1),
    "null": None,
    "minus one": -1,
    "most": 2**31 - 1,
    "too many": 2**31,
    "beyond 64 bits, as a number": 2**63,
    "fraction": 1.5,
    "true": True,
    "list": [],
    "null in a list": [None],
    "long list": [1] * 2_000,
    "texts": ["a"] * 2_000,
    "object": {},
    "deep": {"a": [{"b": [[[{}]]]}]},
}
KNOWN = {"account": "sms-demo-1", "name": "sms-demo-1", "login": "script-demo-1", "number": "1"}


@dataclass(frozen=True)
class Place:
    """A place in an argument, which a value of this type should have."""

    step: Step
    argument: str
    path: tuple[str | int, ...]
    type: GraphQLInputType

    @property
    def kind(self) -> str:
        """Return the kind of coercion: of one scalar, in a list or not."""
        return f"{get_named_type(self.type)} {isinstance(get_nullable_type(self.type), GraphQLList)}"


def _arguments(step: Step) -> Mapping[str, GraphQLArgument]:
    type_ = CORE.type_map[step.type]
    assert isinstance(type_, GraphQLObjectType)
    arguments: Mapping[str, GraphQLArgument] = type_.fields[step.field].args
    return arguments


def _places(step: Step) -> Iterator[Place]:
    for name, argument in _arguments(step).items():
        for path, type_ in _inside(argument.type):
            yield Place(step, name, path, type_)


def _inside(type_: GraphQLInputType) -> Iterator[tuple[tuple[str | int, ...], GraphQLInputType]]:
    """Yield each place in a value of a type, the value itself first."""
    yield (), type_
    bare = get_nullable_type(type_)
    if isinstance(bare, GraphQLList):
        yield from (((0, *path), below) for path, below in _inside(bare.of_type))
    elif isinstance(bare, GraphQLInputObjectType):
        for name, field in bare.fields.items():
            yield from (((name, *path), below) for path, below in _inside(field.type))


def _spoilt(type_: GraphQLInputType, path: tuple[str | int, ...], value: object) -> object:
    """Return a value of a type that is right but for one place."""
    if not path:
        return value
    bare, (here, *below) = get_nullable_type(type_), path
    if isinstance(bare, GraphQLList):
        return [_spoilt(bare.of_type, tuple(below), value)]
    assert isinstance(bare, GraphQLInputObjectType)
    right = {
        name: _right(field.type, name)
        for name, field in bare.fields.items()
        if is_required_input_field(field)
    }
    return {**right, here: _spoilt(bare.fields[str(here)].type, tuple(below), value)}


def _right(type_: GraphQLInputType, name: str) -> object:
    bare = get_nullable_type(type_)
    if isinstance(bare, GraphQLList):
        return [_right(bare.of_type, name)]
    named: Any = get_named_type(type_)
    if isinstance(named, GraphQLInputObjectType):
        return {
            key: _right(argument.type, key)
            for key, argument in named.fields.items()
            if is_required_input_field(argument)
        }
    return KNOWN.get(name) or SCALARS.get(named.name) or next(iter(named.values))


@pytest.fixture
async def callers(world: World) -> Callers:
    """Something of everything."""
    return await Callers.build(world)


def _read() -> list[list[Place]]:
    """Return the places in queries' arguments, grouped by their coercion."""
    alike: defaultdict[str, list[Place]] = defaultdict(list)
    for step in Operations(CORE, {}, {}).fields():
        if step.type not in {"Mutation", "Subscription", "Node"}:
            for place in _places(step):
                alike[place.kind].append(place)
    assert sum(map(len, alike.values())) > 190
    return [
        places[begin : begin + AT_ONCE]
        for places in alike.values()
        for begin in range(0, len(places), AT_ONCE)
    ]


async def test_no_value_is_a_fault_in_an_argument(api: Api, world: World, callers: Callers) -> None:
    """Each is taken or refused with a code, and nothing is changed."""
    fill = {**KNOWN, "from": "2026-09-20T12:00:00Z"}
    operations = Operations(CORE, fill, {**callers.demo.ids, "Node": callers.demo.ids["User"]})
    before = await snapshot()
    for places in _read():
        document, types = _document(operations, places)
        for kind, value in VALUES.items():
            variables = {
                f"v{number}": _spoilt(type_, place.path, value)
                for number, (place, type_) in enumerate(zip(places, types, strict=True))
            }
            answer = await api.answer(world.operator, document, **variables)
            codes = {error["extensions"]["code"] for error in answer.errors}
            assert "INTERNAL_SERVER_ERROR" not in codes, (kind, places)
    assert await snapshot() == before


def _document(operations: Operations, places: list[Place]) -> tuple[str, list[GraphQLInputType]]:
    """Return a document with each of these places in a variable, and the variables' types."""
    ways, selected = operations.ways(lambda _: True), []
    types = [_arguments(place.step)[place.argument].type for place in places]
    for number, place in enumerate(places):
        text = operations.select((*ways[place.step.type], place.step), {place.argument: f"$v{number}"})
        selected.append(f"a{number}: {text}")
    declared = ", ".join(f"$v{number}: {type_}" for number, type_ in enumerate(types))
    return f"query({declared}) {{ {' '.join(selected)} }}", types


@pytest.mark.usefixtures("callers")
async def test_no_value_is_a_fault_in_what_is_followed(api: Api, world: World) -> None:
    """Each is refused with a code before anything is followed; but a null, with which nothing is narrowed."""
    assert CORE.subscription_type is not None
    for field in CORE.subscription_type.fields:
        for place in _places(Step("Subscription", field)):
            arguments = _arguments(place.step)
            declared = ", ".join(f"${name}: {argument.type}" for name, argument in arguments.items())
            given = ", ".join(f"{name}: ${name}" for name in arguments)
            document = f"subscription({declared}) {{ {field}({given}) {{ __typename }} }}"
            for kind, value in VALUES.items():
                if value is not None or place.argument == "account":
                    variables = {"account": KNOWN["account"], place.argument: value}
                    answer = await api.followed(world.operator, document, **variables)
                    codes = {error["extensions"]["code"] for error in answer.errors}
                    assert codes, (place, kind)
                    assert "INTERNAL_SERVER_ERROR" not in codes, (place, kind)


async def test_thousands_of_wrong_values_are_told_up_to_a_bound(api: Api, world: World) -> None:
    """An answer is not a hundred times as long as what it is about."""
    link = {"name": "one", "host": "smsc.example", "systemId": "me", "password": "secret"}
    payload = await api.payload(world.operator, "createLink", **link, countries=["?"] * 2_000)
    assert [error["field"] for error in payload["userErrors"]] == [
        ["countries", str(at)] for at in range(100)
    ]
