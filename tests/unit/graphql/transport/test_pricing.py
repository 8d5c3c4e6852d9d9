"""What an operation costs."""

from collections.abc import Mapping
from typing import Any

import pytest
from graphql import OperationDefinitionNode, get_introspection_query, parse
from hypothesis import given
from hypothesis import strategies as st

from server.graphql.schema.schema import core_schema
from server.graphql.transport.limits import Limits
from server.graphql.transport.pricing import OperationPrice, Price, PriceList, reading_cost

PRICES = PriceList(core_schema)


def _operation(text: str) -> OperationPrice:
    document = parse(text)
    [operation] = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    return OperationPrice(PRICES, document, operation)


def _price(text: str, variables: Mapping[str, Any] | None = None) -> Price:
    return _operation(text).of(variables or {})


def _cost(text: str, variables: Mapping[str, Any] | None = None) -> int:
    return _price(text, variables).points


def _statistics(begin: str, end: str, by: str, *, of: str = "statistics", zone: str = "UTC") -> str:
    span = f'from: "{begin}", to: "{end}", by: {by}, timeZone: "{zone}"'
    return f'{{ account(name: "a") {{ {of}({span}) {{ start }} }} }}'


def _of_span(of: str, arguments: str, selection: str) -> str:
    span = f'from: "2026-11-01T00:00:00Z", to: "2026-12-01T00:00:00Z"{arguments}'
    return f'{{ account(name: "a") {{ {of}({span}) {{ {selection} }} }} }}'


@pytest.mark.parametrize(
    "text",
    [
        "query ($n: Int) { accounts(first: $n) { nodes { name } } }",
        "query ($n: Int) { accounts(first: 3) { nodes { name users(last: $n) { nodes { login } } } } }",
        "query ($n: Int = 9) { ...A } fragment A on Query { accounts(first: $n) { nodes { name } } }",
        "query ($n: Int, $ids: [ID!]!) { nodes(ids: $ids) { id } }",
        "query ($n: Int) { account(name: $n) { name } }",
    ],
)
def test_each_request_is_priced_with_its_own_variables(text: str) -> None:
    """However often the operation was priced before."""
    known = _operation(text)
    for variables in ({}, {"n": 1}, {"n": 70}, {"ids": ["a", "b"]}, {"ids": ["a"] * 90}, {"n": 2}):
        assert known.of(variables) == _price(text, variables)


@given(st.integers(1, 40), st.integers(2, 5))
def test_nested_spreads_are_priced_at_each(levels: int, spreads: int) -> None:
    """Each fragment is visited once, so that an explosion is priced at once."""
    fragments = [f"fragment F{n} on Query {{ {f'...F{n + 1} ' * spreads} }}" for n in range(levels)]
    text = " ".join(["{ ...F0 }", *fragments, f"fragment F{levels} on Query {{ viewer {{ name }} }}"])
    assert _cost(text) == spreads**levels


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        ("{ __typename }", 1),
        ("{ viewer { name kind } }", 1),
        ("{ viewer { holder { email } } }", 2),
        ("{ accounts { nodes { name } } }", 51),
        ("{ accounts(first: 3) { nodes { name } } }", 4),
        ("{ accounts(last: 3) { nodes { name } } }", 4),
        ("{ accounts(first: 3, last: 7) { nodes { name } } }", 8),
        ("{ accounts(first: -3) { nodes { name } } }", 2),
        ("{ accounts(first: 0) { nodes { name } } }", 2),
        ("{ accounts(first: 1000000) { nodes { name } } }", 101),
        ("{ accounts(first: null) { nodes { name } } }", 51),
        ("{ accounts(first: 3) { nodes { name } edges { node { name } } } }", 10),
        ("{ accounts(first: 10) { nodes { users(first: 5) { nodes { login } } } } }", 1 + 10 * (1 + 1 + 5)),
        ('{ nodes(ids: ["a", "b", "c"]) { ... on Account { users(first: 5) { nodes { login } } } } }', 21),
        ("{ nodes(ids: []) { ... on Account { users(first: 5) { nodes { login } } } } }", 7),
        ("{ pttCodes(codes: [1, 2, 3]) { description } }", 3),
        ("{ pttCodes { description } }", 50),
        ("{ pttCodes(codes: 4) { description } }", 1),
        ('{ rates(countries: ["FR", "GB"]) { country } }', 2),
        ("{ rates(countries: null) { country } }", 50),
        ("{ deliveryStatuses { number } }", 1),
        (_statistics("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", "DAY"), 1 + 30),
        (_statistics("2026-11-01T00:00:00Z", "2026-11-03T12:00:00Z", "HOUR"), 1 + 60),
        (_statistics("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", "DAY", zone="Asia/Kolkata"), 1 + 31),
        (_statistics("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", "DAY", zone="Nowhere"), 2),
        (_statistics("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z", "DAY", of="deliveryTimes"), 1 + 30),
        (_of_span("statisticsByUser", ", first: 10", "login user { login }"), 1 + 10 * 2),
        (_of_span("pttShares", "", "share ptt { code }"), 1 + 50 * 2),
        (_statistics("2026-11-01T00:00:00Z", "2036-12-01T00:00:00Z", "HOUR"), 2),
        (_statistics("2026-11-01T00:00:00Z", "yesterday", "DAY"), 2),
        ('{ estimateMessage(input: {receivers: ["a", "b", "c"]}) { parts receivers { code } } }', 4),
        ('{ estimateMessage(input: {receivers: ["a", "b", "c"]}) { parts } }', 4),
        ('{ estimateMessage(input: {receivers: "a"}) { receivers { code } } }', 2),
        ("{ estimateMessage(input: 1) { receivers { code } } }", 2),
        ("{ accounts(first: 3) { ...F ...F } } fragment F on AccountConnection { nodes { name } }", 7),
        ("{ ... on Query { viewer { name } } ... { viewer { name } } }", 2),
        ("mutation { signOut { signedOut } }", 11),
        ("mutation { a: signOut { signedOut } b: signOut { signedOut } }", 22),
        ("{ " + " ".join(f"a{n}: __typename" for n in range(50)) + " }", 5),
        ("{ accounts(first: 10) { nodes { " + " ".join(f"a{n}: name" for n in range(9)) + " } } }", 11),
        ("{ accounts(first: 10) { nodes { " + " ".join(f"a{n}: name" for n in range(25)) + " } } }", 31),
        ('subscription { deliveryStatusChanged(account: "a") { status } }', 1),
    ],
)
def test_the_cost(text: str, cost: int) -> None:
    """Objects cost a point each, plus one per ten leaves; pages multiply; mutations cost ten more."""
    assert _cost(text) == cost


@pytest.mark.parametrize(
    ("declared", "variables", "cost"),
    [
        ("Int", {"n": 3}, 4), ("Int", {}, 51), ("Int", {"n": None}, 51), ("Int = 7", {}, 8), ("Int = 7", {"n": 3}, 4),
        ("Int = 7", {"n": None}, 51), ("Int", {"n": "3"}, 51), ("Int", {"n": 10**50}, 101), ("Int", {"n": -1}, 2),
    ],
)  # fmt: skip
def test_the_cost_of_a_page_by_variable(declared: str, variables: Mapping[str, Any], cost: int) -> None:
    """A variable counts with its value, its default, or the default page."""
    assert (
        _cost(f"query ($n: {declared}) {{ accounts(first: $n) {{ nodes {{ name }} }} }}", variables) == cost
    )


@pytest.mark.parametrize(
    ("declared", "variables", "entries"),
    [
        ("[ID!]!", {"ids": ["a", "b", "c"]}, 3), ("[ID!]!", {"ids": []}, 1), ("[ID!]!", {"ids": "a"}, 1),
        ("[ID!]!", {}, 50), ('[ID!]! = ["a", "b", "c", "d"]', {}, 4), ('[ID!]! = ["a", "b"]', {"ids": ["a"]}, 1),
    ],
)  # fmt: skip
def test_the_cost_of_a_list_by_variable(declared: str, variables: Mapping[str, Any], entries: int) -> None:
    """A list counts with its length, even as a variable's default."""
    selection = "... on Account { senders(first: 1) { pageInfo { hasNextPage } } }"
    found = _cost(f"query ($ids: {declared}) {{ nodes(ids: $ids) {{ {selection} }} }}", variables)
    assert found == entries * (1 + 2)


@pytest.mark.parametrize(
    ("input", "variables"),
    [
        ("$m", {"m": {"receivers": ["a", "b", "c"]}}),
        ("{receivers: $r}", {"r": ["a", "b", "c"]}),
        ('{receivers: ["a", $r, "c"]}', {"r": "b"}),
    ],
)
def test_the_cost_of_an_estimate_by_variable(input: str, variables: Mapping[str, Any]) -> None:
    """Its receivers count, wherever the list comes from."""
    declared = ", ".join(f"${name}: String" for name in variables)
    text = f"query ({declared}) {{ estimateMessage(input: {input}) {{ receivers {{ code }} }} }}"
    assert _cost(text, variables) == 4


@pytest.mark.parametrize(
    ("text", "variables", "kept"),
    [
        ("{ viewer { name } }", {}, 0),
        ("{ viewer { name } }", {"a": [1] * 299}, 10),
        ("mutation { signOut { signedOut } }", {}, 10),
        ('{ estimateMessage(input: {receivers: ["a", "b", "c"]}) { parts } }', {}, 3),
        ("{ ...F } fragment F on Query { ... { estimateMessage(input: {receivers: 1}) { parts } } }", {}, 1),
    ],
)
def test_what_is_never_given_back(text: str, variables: Mapping[str, Any], kept: int) -> None:
    """Work that does not depend on the answer: reading variables, mutations, checking receivers."""
    assert _price(text, variables).kept == kept


def test_what_tells_of_the_schema_costs_what_there_is_to_tell() -> None:
    """The schema counts like any long list; tools may read all of it once, but not fifty times."""
    types = len(core_schema.type_map)
    assert _cost("{ __schema { queryType { name } } }") == 2
    assert _cost("{ __schema { types { name } } }") == 1 + types
    assert _cost('{ __type(name: "Mutation") { fields { name } } }') > 40
    whole = _cost(get_introspection_query(descriptions=True, input_value_deprecation=True))
    assert types * 5 < whole < Limits().cost
    fifty = " ".join(f"a{n}: __schema {{ types {{ name fields {{ name }} }} }}" for n in range(50))
    assert _cost(f"{{ {fifty} }}") > Limits().cost


def test_what_reading_a_document_costs() -> None:
    """The longer, the more; a frontend's page costs almost nothing."""
    assert [reading_cost("x" * chars) for chars in (0, 19, 20, 400, 50_000)] == [1, 1, 2, 21, 2_501]
