"""Values in graphql-core's errors, which may be passwords."""

from typing import Any

import pytest
from graphql import GraphQLError, GraphQLSyntaxError, execute, parse, validate

from server.graphql.schema.echoes import MAX_CHARS, without_values
from server.graphql.schema.schema import core_schema

CANARY = "hunter2'\"\nfound: 7"
SIGN_IN = "mutation($input: SignInInput!) { signIn(input: $input) { token } }"
USER = {"account": "a", "login": "l"}


def _errors_of(query: str, variables: dict[str, Any]) -> list[GraphQLError]:
    try:
        document = parse(query)
    except GraphQLSyntaxError as error:
        return [error]
    errors = validate(core_schema, document)
    if not errors:
        result: Any = execute(core_schema, document, variable_values=variables)
        errors = result.errors
    assert errors
    return errors


@pytest.mark.parametrize(
    ("query", "variables", "kept"),
    [
        (
            SIGN_IN,
            {"input": {"holder": CANARY}},
            "Expected value of type 'HolderCredentials' to be an object.",
        ),
        (SIGN_IN, {"input": {"holder": {"password": CANARY}}}, "to include required field 'email'."),
        (SIGN_IN, {"input": {"user": {**USER, "pasword": CANARY}}}, "not to include unknown field 'pasword'"),
        (
            SIGN_IN,
            {"input": {"user": {**USER, "password": [CANARY]}}},
            "cannot represent a non string value.",
        ),
        (SIGN_IN, {"input": {"user": {**USER, "password": {"hunter2": 1}}}}, "a non string value."),
        ('{ nodes(ids: "hunter2") { id } x: __type(name: hunter2) { name } }', {}, "a non string value."),
        (
            "mutation { signIn(input: {holder: {email: 1, password: hunter2}}) { token } }",
            {},
            "non string value.",
        ),
        ('mutation { signIn(input: {holder: "hunter2"}) { token } }', {}, "to be an object."),
        ('mutation { signIn(input: {user: {pasword: "hunter2"}}) { token } }', {}, "unknown field 'pasword'"),
        (
            'mutation { createAccessToken(input: {label: "l", scopes: [hunter2]}) { secret } }',
            {},
            "This value does not exist in 'Scope' enum.",
        ),
        (
            'mutation { createAccessToken(input: {label: "l", scopes: ["hunter2"]}) { secret } }',
            {},
            "Enum 'Scope' cannot represent non-enum value.",
        ),
        (
            "mutation($i: CreateAccessTokenInput!) { createAccessToken(input: $i) { secret } }",
            {"i": {"label": "l", "scopes": [CANARY]}},
            "This value does not exist in 'Scope' enum.",
        ),
        ('{ users(first: "hunter2") { nodes { id } } }', {}, "Int cannot represent non-integer value."),
        ('mutation { signIn(input: {password "hunter2"}) }', {}, "Expected ':', found String."),
        ("mutation { signIn(input: {password hunter2}) }", {}, "Expected ':', found Name."),
        ('mutation { signIn(input: "hunter2" "hunter2") }', {}, "found String."),
        ('{ a(b: "\\\\uhunter2") }'.replace("\\\\", "\\"), {}, "Invalid Unicode escape sequence."),
    ],
)
def test_no_error_repeats_a_value(query: str, variables: dict[str, Any], kept: str) -> None:
    """The expected type and the place are still named."""
    errors = _errors_of(query, variables)
    assert any("hunter2"[:4] in str(error.message) for error in errors), "nothing would have been repeated"
    messages = [without_values(error.message) for error in errors]
    assert "hunt" not in repr(messages)
    assert any(kept in message for message in messages), messages


@pytest.mark.parametrize(
    "message",
    [
        "Cannot query field 'hunter' on type 'Query'.",
        "Variable '$input' of required type 'SignInInput!' was not provided.",
        "Syntax Error: Unterminated string.",
        "Syntax Error: Expected Name, found '}'.",
        "Field 'users' must not have a selection since type 'X' has no subfields.",
    ],
)
def test_what_quotes_no_value_stays(message: str) -> None:
    """Names of fields and types come from the schema or the document."""
    assert without_values(message) == message


def test_an_endless_message_is_cut_before_it_is_looked_at() -> None:
    """A name that begins like a quoted value fifty thousand times would block everybody."""
    name = "Value '" * 50_000
    message = without_values(f"Expected value of type 'T' not to include unknown field '{name}', found: 1.")
    assert message.startswith("Expected value of type 'T' not to include unknown field")
    assert len(message) <= MAX_CHARS
