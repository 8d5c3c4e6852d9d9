"""Errors about wrong requests: they reveal nothing of our programming language, and no value."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.graphql.schema.echoes import without_values
from server.graphql.transport.asgi import EdgePolicy
from server.operations.core.services import Services
from tests.factories.accounts.accounts import World
from tests.factories.graphql.api import Api, Json

pytestmark = pytest.mark.one_database

SECRET = "correct horse"
PYTHON = re.compile(r"\b(None|True|False)\b|[<{]|\w+\.\w+Input|class|object at|\[\W")
QUERIES = {
    "Int!": "pttCode(code: $v) { code }",
    "ID!": "node(id: $v) { id }",
    "String!": "account(name: $v) { name }",
    "Boolean!": "__typename @skip(if: $v)",
    "[Int!]": "pttCodes(codes: $v) { code }",
    "AccountFilter": "accounts(filter: $v) { nodes { name } }",
    "UserOrder": "users(orderBy: $v) { nodes { login } }",
}
VALUES = [
    None, True, False, 1.5, 10**20, SECRET, [], {}, [None], [True], {"a": None}, {"field": None}, {"field": True},
    {"field": 1.5}, {"field": [SECRET]}, {"field": {"a": SECRET}}, {"password": SECRET, "enabled": True},
]  # fmt: skip
LITERALS = [
    "null", "true", "1.5", "[]", "{}", "[null]", "{a: null}", "{field: true}", '{field: "x"}', "{field: NOPE}", "NOPE",
    f'{{password: "{SECRET}"}}', f'[[{{a: "{SECRET}"}}]]',
]  # fmt: skip


@pytest.fixture
def api(services: Services) -> Api:
    """GraphQL as it is while developing."""
    return Api(services, EdgePolicy())


async def _messages(api: Api, world: World, query: str, **variables: object) -> list[str]:
    result = await api.execute(world.holder, query, **variables)
    return [error.message for error in result.errors or ()]


@pytest.mark.parametrize("type_", QUERIES)
async def test_a_value_of_the_wrong_kind(api: Api, world: World, type_: str) -> None:
    """As a variable and as a literal, the message names types and fields as GraphQL does, and quotes no value."""
    told: list[str] = []
    for value in VALUES:
        told += await _messages(api, world, f"query ($v: {type_}) {{ {QUERIES[type_]} }}", v=value)
    for literal in LITERALS:
        told += await _messages(api, world, f"{{ {QUERIES[type_].replace('$v', literal)} }}")
    assert told
    for message in told:
        assert PYTHON.search(message.replace("at [0]", "")) is None, message
        assert SECRET not in message or message.startswith("This is not") or "does not exist" in message
        assert message[-1] in ".?"


SIGN_IN = {
    "two": (
        "{holder: {email: $e, password: $e}, user: {account: $e, login: $e, password: $e}}",
        "$e: String!",
    ),
    "none": ("{}", "$e: String"),
    "null": ("{holder: null}", "$e: String"),
    "a variable that may be null": ("{holder: $e}", "$e: HolderCredentials"),
}


@pytest.mark.parametrize("kind", SIGN_IN)
async def test_an_input_of_one_of_its_fields(api: Api, kind: str) -> None:
    """A document with none, two or a nullable one is not valid."""
    literal, variable = SIGN_IN[kind]
    query = f"mutation ({variable}) {{ signIn(input: {literal}) {{ token }} }}"
    assert await api.code(None, query) == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize(
    "given_", [{}, {"holder": None}, {"holder": {"email": "a", "password": "b"}, "user": None}]
)
async def test_a_variable_of_one_of_its_fields(api: Api, given_: Json) -> None:
    """As a variable it is a value that the type does not take."""
    query = "mutation ($input: SignInInput!) { signIn(input: $input) { token } }"
    assert await api.code(None, query, input=given_) == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("Int cannot represent non-integer value: {'a': None}", "Int cannot represent non-integer value."),
        (
            "Variable '$v' has invalid value at .a: Enum 'E' cannot represent value: <E.B: 'b'>.",
            "Variable '$v' has invalid value at .a: Enum 'E' cannot represent value.",
        ),
        (
            "Enum 'E' cannot represent non-enum value: \"B\". Did you mean the enum value 'B'?",
            "Enum 'E' cannot represent non-enum value. Did you mean the enum value 'B'?",
        ),
        (
            "Expected value of type 'T' to be an object, found: True.",
            "Expected value of type 'T' to be an object.",
        ),
        (
            "Expected value of type 'T' not to include unknown field 'x'. Did you mean 'y'? Found: {'x': 1}.",
            "Expected value of type 'T' not to include unknown field 'x'. Did you mean 'y'?",
        ),
        (
            "Expected value of non-null type 'T!' not to be None.",
            "Expected value of non-null type 'T!' not to be null.",
        ),
        ("Syntax Error: Expected Name, found <EOF>.", "Syntax Error: Expected Name, found <EOF>."),
    ],
)
def test_what_graphql_says_is_told_without_the_value(message: str, told: str) -> None:
    """In the words that it has otherwise."""
    assert without_values(message) == told


@given(st.text())
def test_no_value_is_let_through(value: str) -> None:
    """Whatever it looks like."""
    assert without_values(f"String cannot represent a non string value: {value!r}").startswith(
        "String cannot represent a non string value."
    )
    assert without_values(f"Expected value of type 'T' to be an object, found: {value}.") == (
        "Expected value of type 'T' to be an object."
    )
