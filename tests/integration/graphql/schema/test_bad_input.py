"""Unexpected values: each gets a refusal with a code and changes nothing, or is accepted unchanged.

They are tried in every field of every mutation, and in every text of every query, as the schema names them.
"""

from typing import Any

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_scalar_type,
    is_specified_scalar_type,
)

from server.graphql.schema.schema import schema
from server.kit.ids import new_secret
from tests.factories.accounts.accounts import World
from tests.factories.core.refusals import snapshot
from tests.factories.graphql.api import Api, Executed, error_code, mutation_text
from tests.factories.graphql.schema.inputs import Call, Path, mutations, queries, spoilt, text_paths

NUL, HALF_PAIR = "a\0b", "a\ud83db"
LONG = "x" * 5_000
TEXTS = {
    "long": LONG,
    "long digits": "9" * 5_000,
    "empty": "",
    "space": " ",
    "NUL": NUL,
    "half a surrogate pair": HALF_PAIR,
    "emoji": "\U0001f600",
    "control characters": "a\r\n\t\x07\x1b\x7f\x85b",
    "right-to-left marks": "\u202ea\u200fb",
    "SQL wildcards": "%_\\'\"",
    "combining marks": "e\u0301" * 30,
}

VALUES: list[object] = [None, 0, -1, 1.5, 2**31, 10**30, True, "x", [], [None], [[]], {}, {"x": 1}]

MUTATION, QUERY = (schema._schema.type_map[name] for name in ("Mutation", "Query"))


def _argument_types(root: object, name: str) -> dict[str, GraphQLInputType]:
    assert isinstance(root, GraphQLObjectType)
    return {key: argument.type for key, argument in root.fields[name].args.items()}


def _paths(root: object, call: Call) -> list[Path]:
    types = _argument_types(root, call.name)
    return [(key, *rest) for key, value in call.arguments.items() for rest in text_paths(types[key], value)]


def _mutation_names() -> list[str]:
    assert isinstance(MUTATION, GraphQLObjectType)
    return sorted(name for name, field in MUTATION.fields.items() if field.args)


def _query_text(name: str) -> str:
    assert isinstance(QUERY, GraphQLObjectType)
    types = _argument_types(QUERY, name)
    declared = ", ".join(f"${key}: {type_}" for key, type_ in types.items())
    given = ", ".join(f"{key}: ${key}" for key in types)
    return f"query({declared}) {{ {name}({given}) {{ __typename }} }}"


def _refusal(name: str, result: Executed) -> str | None:
    """Return the code of a call's refusal, or None if it was not refused; fail for a bug."""
    if result.errors:
        code = error_code(result)
        assert code != "INTERNAL_SERVER_ERROR"
        return code
    assert result.data is not None
    answer = result.data[name]
    errors = answer.get("userErrors") if isinstance(answer, dict) else None
    return str(errors[0]["code"]) if errors else None


async def _refused(api: Api, call: Call, path: Path, text: str) -> str | None:
    """Return the code of the refusal of a mutation with this text, or None if it was not refused."""
    arguments = spoilt(call.arguments, path, text)
    if "receivers" in path:
        # A receiver is refused by its verdict, and the call goes on: its answer is kept under its key.
        arguments["input"]["idempotencyKey"] = new_secret("")
    selection = "receivers { code }" if call.name == "sendMessage" else ""
    result = await api.execute(call.caller, mutation_text(call.name, selection), **arguments)
    code = _refusal(call.name, result)
    if code is None and "receivers" in path:
        assert result.data is not None
        assert result.data[call.name]["receivers"] == [{"code": "INVALID_PHONE_NUMBER"}]
        return "INVALID_PHONE_NUMBER"
    return code


@pytest.mark.parametrize("name", _mutation_names())
async def test_no_text_is_a_fault_in_a_mutation(api: Api, world: World, name: str) -> None:
    """Whatever stands in a text of a mutation's input, it is taken or refused with a code, and then nothing changed."""
    calls = [call for call in await mutations(world) if call.name == name]
    for call in calls:
        before = await snapshot()
        for path in _paths(MUTATION, call):
            for kind, text in TEXTS.items():
                code = await _refused(api, call, path, text)
                after = await snapshot()
                if code is None:
                    assert text not in {LONG, NUL, HALF_PAIR}, (path, kind)
                elif "receivers" not in path:
                    assert after == before, (path, kind, code)
                before = after
    assert calls, "tests/factories/graphql/schema/inputs.py has no input for it"


@pytest.mark.one_database
@pytest.mark.parametrize("name", _mutation_names())
async def test_no_type_of_value_is_a_fault_in_a_mutation(api: Api, world: World, name: str) -> None:
    """Whatever JSON stands in a field, it is taken or refused with a code, and then nothing changed."""
    for call in [call for call in await mutations(world) if call.name == name]:
        before = await snapshot()
        for field in call.arguments["input"]:
            for value in VALUES:
                arguments = spoilt(call.arguments, ("input", field), value)
                code = _refusal(name, await api.execute(call.caller, mutation_text(name), **arguments))
                after = await snapshot()
                assert code is None or after == before, (field, value, code)
                before = after


def _is_our_scalar(type_: GraphQLInputType) -> bool:
    return is_scalar_type(get_named_type(type_)) and not is_specified_scalar_type(get_named_type(type_))


def _scalar_paths(type_: GraphQLInputType, value: Any) -> list[Path]:
    """Return the paths of the values that our own scalars read."""
    return [path for path in text_paths(type_, value) if _is_our_scalar(_type_at(type_, path))]


def _type_at(type_: GraphQLInputType, path: Path) -> GraphQLInputType:
    for step in path:
        here = get_nullable_type(type_)
        if isinstance(here, GraphQLList):
            type_ = here.of_type
        else:
            assert isinstance(here, GraphQLInputObjectType)
            type_ = here.fields[str(step)].type
    return type_


async def test_what_no_scalar_reads_is_a_user_error(api: Api, world: World) -> None:
    """Credits, times, numbers, addresses: each is refused under its field, all of them at once, and nothing changed."""
    assert isinstance(MUTATION, GraphQLObjectType)
    tried = set()
    for call in await mutations(world):
        type_ = MUTATION.fields[call.name].args["input"].type
        paths = _scalar_paths(type_, call.arguments["input"])
        arguments = call.arguments
        for path in paths:
            arguments = spoilt(arguments, ("input", *path), {"x": 1})
            tried.add(str(get_named_type(_type_at(type_, path))))
        if paths:
            before = await snapshot()
            [payload] = (await api.data(call.caller, mutation_text(call.name), **arguments)).values()
            assert {tuple(error["field"]) for error in payload["userErrors"]} == {
                tuple(map(str, path)) for path in paths
            }
            assert await snapshot() == before
    assert tried == {"Credits", "DateTime", "PhoneNumber", "IPAddress", "URL", "CountryCode"}


@pytest.mark.parametrize("name", _mutation_names())
async def test_the_unspoilt_input_is_accepted(api: Api, world: World, name: str) -> None:
    """The inputs that are spoilt one text at a time are accepted as they are."""
    for call in await mutations(world):
        if call.name == name:
            await api.mutate(call.caller, name, **call.arguments["input"])


async def test_no_text_is_a_fault_in_a_query(api: Api, world: World) -> None:
    """Whatever stands in a text of a query's arguments, it finds something, nothing, or is refused with a code."""
    calls = await queries(world)
    before = await snapshot()
    for call in calls:
        for path in _paths(QUERY, call):
            for kind, text in TEXTS.items():
                arguments = spoilt(call.arguments, path, text)
                if path != ("after",):
                    arguments.pop("after", None)
                if path != ("before",):
                    arguments.pop("before", None)
                result = await api.execute(call.caller, _query_text(call.name), **arguments)
                code = _refusal(call.name, result)
                assert code is not None or text not in {NUL, HALF_PAIR}, (call.name, path, kind)
    assert await snapshot() == before


def test_every_query_with_a_text_is_tried() -> None:
    """The queries that are tried with such texts are all that take one."""
    assert isinstance(QUERY, GraphQLObjectType)
    no_text = {"pttCode", "pttCodes"}
    with_arguments = {name for name, field in QUERY.fields.items() if field.args}
    tried = {
        "node", "nodes", "message", "messageByNumber", "account", "accounts", "users", "user", "senders", "messages",
        "deliveryEvents", "estimateMessage", "rates", "verifyLedger", "holders", "unclaimedMessages",
    }  # fmt: skip
    assert tried == with_arguments - no_text


@pytest.mark.parametrize("text", ['"a\\u0000b"', '"""a\0b"""', '"a\\u{0}b"'])
async def test_a_nul_written_into_the_document_is_refused(api: Api, world: World, text: str) -> None:
    """A NUL in the document itself is refused like one in a variable."""
    query = f"{{ account(name: {text}) {{ name }} }}"
    assert await api.code(world.holder, query) in {"BAD_USER_INPUT", "GRAPHQL_PARSE_FAILED"}


async def test_an_escaped_backslash_is_no_nul(api: Api, world: World) -> None:
    """A text that merely spells the escape of a NUL is a text like any other."""
    data = await api.data(world.holder, r'{ account(name: "a\\u0000b") { name } }')
    assert data == {"account": None}
