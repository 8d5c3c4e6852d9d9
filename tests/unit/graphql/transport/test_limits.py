"""The size of a document."""

import pytest
from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, parse
from hypothesis import given
from hypothesis import strategies as st

from server.graphql.transport.limits import Limits, Measurer, Shape, check_shape


def _operation(document: DocumentNode) -> OperationDefinitionNode:
    [operation] = [
        definition for definition in document.definitions if isinstance(definition, OperationDefinitionNode)
    ]
    return operation


def _measured(text: str) -> tuple[Shape, Measurer]:
    document = parse(text)
    measurer = Measurer(document)
    return measurer.shape(_operation(document).selection_set), measurer


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
    """Fragments count at each spread, and recursive ones count once."""
    assert _measured(text)[0] == shape


def _nested(levels: int, spreads: int) -> str:
    """Return a document whose fragments each spread the next one several times."""
    fragments = [
        f"fragment F{level} on Query {{ {f'...F{level + 1} ' * spreads}}}" for level in range(levels)
    ]
    return " ".join(["{ ...F0 }", *fragments, f"fragment F{levels} on Query {{ viewer {{ name }} }}"])


@given(st.integers(1, 40), st.integers(2, 5))
def test_nested_spreads_are_counted_without_being_walked(levels: int, spreads: int) -> None:
    """The fields multiply with each level, while the visited nodes only add up."""
    text = _nested(levels, spreads)
    shape, measurer = _measured(text)
    assert shape.fields == 2 * spreads**levels
    assert measurer.visited == 1 + levels * spreads + 2


def test_fragments_that_are_spread_nowhere_are_measured() -> None:
    """They are validated too, so they must be bounded as well; each counts once."""
    text = "{ a ...F } fragment F on Query { b } fragment G on Query { c ...H } fragment H on Query { d e }"
    shape, measurer = _measured(text)
    assert shape.fields == 2
    assert measurer.rest().fields == 3
    assert measurer.rest() == Shape()


def test_the_whole_of_a_document() -> None:
    """Everything in it counts, executed or not, including directives on definitions and variables."""
    text = "query A($v: Int @a) @b { x: a @c } query B { b } fragment F on Query @d { y: c } fragment G on Query { e }"
    assert Measurer(parse(text)).whole() == Shape(1, 2, 4, 4, 2, 2, 1)


@pytest.mark.parametrize(
    ("text", "nesting"),
    [
        ("{ a }", 1),
        ("{ a(b: [[{c: 1}]]) { d } }", 5),
        ('{ a(b: "[[[[") }', 2),
        ("query ($a: [[Int]] = [1]) { a }", 3),
    ],
)
def test_brackets_within_each_other(text: str, nesting: int) -> None:
    """Of any kind, except those in texts."""
    assert Measurer(parse(text)).whole().nesting == nesting


@pytest.mark.parametrize("what", Shape._fields)
def test_each_limit_holds(what: str) -> None:
    """A document at a limit passes; beyond it, it is refused with a code and the limit."""
    most = getattr(Limits(), what)
    check_shape(Shape(**{what: most}), Limits())
    with pytest.raises(GraphQLError, match=f"{what} {most + 1}, and at most {most}") as caught:
        check_shape(Shape(**{what: most + 1}), Limits())
    assert caught.value.extensions == {"code": "GRAPHQL_LIMIT_EXCEEDED"}
