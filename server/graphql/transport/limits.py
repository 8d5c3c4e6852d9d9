"""How much a document may ask for, measured before it is validated.

A fragment that is spread many times counts each time and is visited once: nested spreads, which
multiply, cost the rule no more than the document's length.
"""

from dataclasses import dataclass
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionSetNode,
    TokenKind,
)

from server.graphql.schema.codes import EdgeCode
from server.rules.core.costs import MAX_COST

OPENING = frozenset({TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L})
CLOSING = frozenset({TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R})
MAX_COERCION_ERRORS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one document may have; each is far above what a frontend's own queries need.

    `nesting` is of brackets of any kind: an error quotes a value, set out with an indent for each level.
    `comparisons` are of fields that answer under one name: the one thing in which a document of that
    size could still take long to validate, as each is compared with each.
    """

    chars: int = 50_000
    tokens: int = 1_500
    nesting: int = 64
    depth: int = 20
    aliases: int = 50
    directives: int = 20
    fields: int = 400
    fragments: int = 100
    operations: int = 20
    comparisons: int = 5_000
    errors: int = 5
    cost: int = MAX_COST


class Shape(NamedTuple):
    """What a part of a document comes to, with every fragment written out where it is spread."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    fields: int = 0
    fragments: int = 0
    operations: int = 0
    nesting: int = 0

    def beside(self, other: "Shape") -> "Shape":
        """Return what two parts come to that stand beside each other."""
        return Shape(
            max(self.depth, other.depth),
            self.aliases + other.aliases,
            self.directives + other.directives,
            self.fields + other.fields,
            self.fragments + other.fragments,
            self.operations + other.operations,
            max(self.nesting, other.nesting),
        )


class Measurer:
    """Measures one document; `visited` counts the nodes and fragments that it has looked at."""

    def __init__(self, document: DocumentNode) -> None:
        """The document is parsed, and may be invalid."""
        self._document = document
        self._fragments = fragments_of(document)
        self._shapes: dict[str, Shape] = {}
        self._under_way: set[str] = set()
        self.visited = 0

    def whole(self) -> Shape:
        """Return the shape of the whole document, what nothing spreads included: it is validated too."""
        total = Shape(nesting=_nesting(self._document))
        for node in self._document.definitions:
            if isinstance(node, OperationDefinitionNode):
                total = total.beside(self.shape(node.selection_set)).beside(Shape(operations=1))
            elif isinstance(node, FragmentDefinitionNode):
                total = total.beside(Shape(fragments=1))
            total = total.beside(Shape(directives=_directives(node)))
        return total.beside(self.rest())

    def shape(self, selection_set: SelectionSetNode | None) -> Shape:
        """Return the shape of a selection set; a fragment inside itself counts as nothing."""
        total = Shape()
        for node in selection_set.selections if selection_set else ():
            self.visited += 1
            here = Shape(directives=len(node.directives or ()))
            if isinstance(node, FieldNode):
                below = self.shape(node.selection_set)
                aliases = below.aliases + (node.alias is not None)
                here = Shape(below.depth + 1, aliases, here.directives + below.directives, below.fields + 1)
            elif isinstance(node, InlineFragmentNode):
                here = here.beside(self.shape(node.selection_set))
            elif isinstance(node, FragmentSpreadNode):
                here = here.beside(self._fragment_shape(node.name.value))
            total = total.beside(here)
        return total

    def _fragment_shape(self, name: str) -> Shape:
        if name in self._shapes:
            return self._shapes[name]
        fragment = self._fragments.get(name)
        if fragment is None or name in self._under_way:
            return Shape()
        self._under_way.add(name)
        self._shapes[name] = self.shape(fragment.selection_set)
        self._under_way.discard(name)
        return self._shapes[name]

    def rest(self) -> Shape:
        """Return the shape of the fragments that nothing measured so far spreads."""
        total = Shape()
        for name in self._fragments:
            if name not in self._shapes:
                total = total.beside(self._fragment_shape(name))
        return total


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    """Return a document's fragments by their names."""
    return {
        node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
    }


def check_shape(shape: Shape, limits: Limits) -> None:
    """Let a document's shape pass.

    Raises:
        GraphQLError: GRAPHQL_LIMIT_EXCEEDED, it goes beyond a limit.
    """
    for what in Shape._fields:
        value, maximum = getattr(shape, what), getattr(limits, what)
        if value > maximum:
            raise too_much(f"The document comes to {what} {value}, and at most {maximum} is allowed.")


def too_much(message: str) -> GraphQLError:
    """Return the error of a document that asks for too much."""
    return GraphQLError(message, extensions={"code": EdgeCode.GRAPHQL_LIMIT_EXCEEDED})


def _nesting(document: DocumentNode) -> int:
    """Return how many brackets are open at most at once."""
    depth = deepest = 0
    token = document.loc.start_token if document.loc else None
    while token is not None:
        if token.kind in OPENING:
            depth += 1
            deepest = max(deepest, depth)
        elif token.kind in CLOSING:
            depth -= 1
        token = token.next
    return deepest


def _directives(definition: Node) -> int:
    """Return how many directives stand on a definition and its variables, outside all selections."""
    count = len(getattr(definition, "directives", None) or ())
    for variable in getattr(definition, "variable_definitions", None) or ():
        count += len(variable.directives or ())
    return count
