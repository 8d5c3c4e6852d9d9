"""What a document comes to, and what it costs."""

from collections.abc import Mapping
from typing import Any

import pytest
from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, parse
from hypothesis import given
from hypothesis import strategies as st

from server.api.schema import core_schema
from server.api.transport.limits import Limits, Measurer, Shape, check_shape


def _operation(document: DocumentNode) -> OperationDefinitionNode:
    [operation] = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    return operation


def _measured(text: str) -> tuple[Shape, Measurer]:
    document = parse(text)
    measurer = Measurer(core_schema, document)
    return measurer.shape(_operation(document).selection_set), measurer


def _cost(text: str, variables: Mapping[str, Any] | None = None) -> int:
    document = parse(text)
    return Measurer(core_schema, document).cost(_operation(document), variables or {})


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("{ a }", Shape(1, 0, 0, 1)),
        ("{ a b { c } }", Shape(2, 0, 0, 3)),
        ("{ x: a { y: b } }", Shape(2, 2, 0, 2)),
        ("{ a @skip(if: true) { b @x @y } }", Shape(2, 0, 3, 2)),
        ("{ ... @x { a } ... on Query { b { c } } }", Shape(2, 0, 1, 3)),
        ("{ ...F @x ...F } fragment F on Query { x: a { b @y } }", Shape(2, 2, 3, 4)),
        ("{ a { ...F } } fragment F on Query { b { ...G } } fragment G on Query { c }", Shape(3, 0, 0, 3)),
        ("{ ...Nothing a }", Shape(1, 0, 0, 1)),
        ("{ ...F } fragment F on Query { a { ...F } }", Shape(1, 0, 0, 1)),
        ("{ ...F } fragment F on Query { a ...G } fragment G on Query { b ...F }", Shape(1, 0, 0, 2)),
    ],
)
def test_the_shape(text: str, shape: Shape) -> None:
    """Fragments count at each spread, and one inside itself counts once."""
    assert _measured(text)[0] == shape


def _nested(levels: int, spreads: int) -> str:
    """Return a document whose fragments each spread the next one several times."""
    fragments = [
        f"fragment F{level} on Query {{ {f'...F{level + 1} ' * spreads}}}" for level in range(levels)
    ]
    return " ".join(["{ ...F0 }", *fragments, f"fragment F{levels} on Query {{ viewer {{ name }} }}"])


@given(st.integers(1, 40), st.integers(2, 5))
def test_nested_spreads_are_counted_without_being_walked(levels: int, spreads: int) -> None:
    """The fields multiply with each level, the nodes visited only add up, for shape and cost alike."""
    text = _nested(levels, spreads)
    shape, measurer = _measured(text)
    assert shape.fields == 2 * spreads**levels
    nodes = 1 + levels * spreads + 2
    assert measurer.visited == nodes
    document = parse(text)
    measurer = Measurer(core_schema, document)
    assert measurer.cost(_operation(document), {}) == spreads**levels
    assert measurer.visited == nodes


def test_fragments_that_are_spread_nowhere_are_measured() -> None:
    """They are validated too, so that they must not be endless either; each is counted once."""
    text = "{ a ...F } fragment F on Query { b } fragment G on Query { c ...H } fragment H on Query { d e }"
    shape, measurer = _measured(text)
    assert shape.fields == 2
    assert measurer.rest().fields == 3
    assert measurer.rest() == Shape()


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
        ('{ estimateMessage(input: {receivers: ["a", "b", "c"]}) { parts receivers { code } } }', 4),
        ('{ estimateMessage(input: {receivers: ["a", "b", "c"]}) { parts } }', 1),
        ('{ estimateMessage(input: {receivers: "a"}) { receivers { code } } }', 2),
        ("{ estimateMessage(input: 1) { receivers { code } } }", 2),
        ("{ accounts(first: 3) { ...F ...F } } fragment F on AccountConnection { nodes { name } }", 7),
        ("{ ... on Query { viewer { name } } ... { viewer { name } } }", 2),
        ("mutation { signOut { signedOut } }", 11),
        ("mutation { a: signOut { signedOut } b: signOut { signedOut } }", 22),
        ('subscription { deliveryStatusChanged(account: "a") { status } }', 1),
    ],
)
def test_the_cost(text: str, cost: int) -> None:
    """Objects cost a point each, pages multiply what is below them, mutations cost ten more."""
    assert _cost(text) == cost


@pytest.mark.parametrize(
    ("declared", "variables", "cost"),
    [
        ("Int", {"n": 3}, 4), ("Int", {}, 51), ("Int", {"n": None}, 51), ("Int = 7", {}, 8), ("Int = 7", {"n": 3}, 4),
        ("Int = 7", {"n": None}, 51), ("Int", {"n": "3"}, 51), ("Int", {"n": 10**50}, 101), ("Int", {"n": -1}, 2),
    ],
)  # fmt: skip
def test_the_cost_of_a_page_by_variable(declared: str, variables: Mapping[str, Any], cost: int) -> None:
    """A variable counts with its value, its default, or as the usual page."""
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
    """A list counts with its length, also where it is a variable's default."""
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
    """Its receivers count wherever the list comes from."""
    declared = ", ".join(f"${name}: String" for name in variables)
    text = f"query ({declared}) {{ estimateMessage(input: {input}) {{ receivers {{ code }} }} }}"
    assert _cost(text, variables) == 4


@pytest.mark.parametrize("what", ["depth", "aliases", "directives", "fields"])
def test_each_limit_holds(what: str) -> None:
    """What is at a limit passes, what is beyond is refused with a code and told how much is allowed."""
    most = getattr(Limits(), what)
    check_shape(Shape(**{what: most}), Limits())
    with pytest.raises(GraphQLError, match=f"{what} {most + 1}, and at most {most}") as caught:
        check_shape(Shape(**{what: most + 1}), Limits())
    assert caught.value.extensions == {"code": "GRAPHQL_LIMIT_EXCEEDED"}
