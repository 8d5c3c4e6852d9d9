"""What counts as asking for the same."""

import inspect
import re
from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type, is_abstract_type

from server.graphql.schema.schema import accesses, core_schema
from server.graphql.transport.asked import OF_ONE_SESSION, Asked
from server.graphql.transport.documents import DocumentCache
from server.graphql.transport.limits import Limits
from server.operations.core.principals import HOLDER_SCOPES, USER_SCOPES, Principal

TEXT = (
    "subscription Follow($account: String!, $after: String) "
    "{ deliveryStatusChanged(account: $account, after: $after) { sequence } }"
)
ELSEWHERE_TOO = (
    "subscription ($account: String!, $after: String) { deliveryStatusChanged(account: $account, after: $after) "
    "{ message { account { users(after: $after) { nodes { login } } } } } }"
)
OF_SESSION = (
    "subscription ($account: String!) { deliveryStatusChanged(account: $account) "
    "{ message { account { holder { sessions { nodes { mine: current } } } } } } }"
)
HOLDER = Principal(name="h", scopes=HOLDER_SCOPES, holder_id=1, token_id=1, in_session=True)


def _asked(text: str, **variables: Any) -> Asked:
    document = DocumentCache(core_schema, accesses, Limits(), hide_suggestions=False).look_over(text)
    assert not document.errors, document.errors
    return Asked.of(document.operations[0], variables)


def test_where_it_begins_makes_no_difference() -> None:
    """A cursor, another one, null or none: the events are the same."""
    asked = [
        _asked(TEXT, account="a", **more) for more in ({}, {"after": None}, {"after": "x"}, {"after": "y"})
    ]
    assert len(set(asked)) == 1


@pytest.mark.parametrize(
    "other",
    [
        _asked(TEXT, account="b"),
        _asked(TEXT, account="a", unused=1),
        _asked(TEXT.replace("sequence", "cursor"), account="a"),
        _asked(TEXT.replace("Follow", "Pursue"), account="a"),
    ],
)
def test_everything_else_does(other: Asked) -> None:
    """Another document, name, account or variable."""
    assert other != _asked(TEXT, account="a")


@pytest.mark.parametrize(("one", "other"), [(1, 1.0), (1, True), ("1", 1), (None, False), ([1], [1, 1])])
def test_values_that_look_alike_are_different(one: object, other: object) -> None:
    """As the variables' types may tell them apart."""
    assert _asked(TEXT, account="a", x=one) != _asked(TEXT, account="a", x=other)


def test_a_cursor_that_is_used_elsewhere_makes_a_difference() -> None:
    """It decides about more than where the stream begins."""
    assert _asked(ELSEWHERE_TOO, account="a", after="x") != _asked(ELSEWHERE_TOO, account="a", after="y")


@pytest.mark.parametrize(
    "other",
    [
        {"holder_id": 2},
        {"holder_id": None, "user_id": 1},
        {"scopes": USER_SCOPES},
        {"bound_account_ids": frozenset({1})},
    ],
)
def test_other_rights_make_a_difference(other: dict[str, Any]) -> None:
    """Whose they are, the scopes, and the accounts that a token is bound to."""
    asked = _asked(TEXT, account="a")
    assert asked.rights(HOLDER) != asked.rights(_changed(**other))


def test_the_session_makes_a_difference_only_where_it_is_asked_for() -> None:
    """Under whatever name."""
    for text, alike in ((TEXT, True), (OF_SESSION, False)):
        asked = _asked(text, account="a")
        for changed in ({"token_id": 2}, {"in_session": False}):
            assert (asked.rights(HOLDER) == asked.rights(_changed(**changed))) is alike


def test_fields_that_tell_of_the_session_are_known() -> None:
    """No other field that a subscription reaches looks at the token, the address or the request."""
    looking = {
        name
        for type_ in _reached(core_schema.subscription_type)
        for name, field in type_.fields.items()
        if (definition := field.extensions.get("strawberry-definition")) is not None
        and definition.base_resolver is not None
        and re.search(
            r"\btoken_id\b|in_session|uses_token|context\.(address|request|response|rate_limit|user_agent|refusal)",
            _body(definition.base_resolver.wrapped_func),
        )
    }
    assert looking == OF_ONE_SESSION


def _body(resolver: Any) -> str:
    """Return the text of a resolver; those that are made by a call, as of lists, have that of what made them."""
    return inspect.getsource(inspect.unwrap(resolver))


def _reached(root: GraphQLObjectType | None) -> list[Any]:
    assert root is not None
    seen, pending = {root.name: root}, [root]
    while pending:
        type_: Any = pending.pop()
        below = [get_named_type(field.type) for field in type_.fields.values()]
        below += core_schema.get_possible_types(type_) if is_abstract_type(type_) else ()
        for found in below:
            if hasattr(found, "fields") and found.name not in seen:
                seen[found.name] = found
                pending.append(found)
    return list(seen.values())


def _changed(**changed: Any) -> Principal:
    return Principal(**{**{name: getattr(HOLDER, name) for name in HOLDER.__slots__}, **changed})
