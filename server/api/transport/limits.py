"""How much a document may ask for, measured before anything else is done with it.

A fragment that is spread many times counts each time and is visited once: nested spreads, which
multiply, cost the rule no more than the document's length.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_composite_type,
)

from server.api.paging import DEFAULT_PAGE, LARGEST_PAGE

MUTATION_COST = 10
SIZES = ("first", "last")
LISTS = ("ids", "codes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one document may have; each is far above what a frontend's own queries need."""

    chars: int = 100_000
    tokens: int = 2_000
    depth: int = 20
    aliases: int = 50
    directives: int = 20
    fields: int = 400
    errors: int = 5
    cost: int = 20_000


class Shape(NamedTuple):
    """What a part of a document comes to, with every fragment written out where it is spread."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    fields: int = 0

    def beside(self, other: "Shape") -> "Shape":
        """Return what two parts come to that stand beside each other."""
        return Shape(
            max(self.depth, other.depth),
            self.aliases + other.aliases,
            self.directives + other.directives,
            self.fields + other.fields,
        )


class Measurer:
    """Measures one document; `visited` counts the nodes and fragments that it has looked at."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        """Take the schema and the parsed document, valid or not."""
        self._schema = schema
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._shapes: dict[str, Shape] = {}
        self._under_way: set[str] = set()
        self.visited = 0

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
        """Return the shape of the fragments that nothing measured so far spreads: they are validated too."""
        total = Shape()
        for name in self._fragments:
            if name not in self._shapes:
                total = total.beside(self._fragment_shape(name))
        return total

    def cost(self, operation: OperationDefinitionNode, variables: Mapping[str, Any]) -> int:
        """Return what a valid operation costs in points with these variables.

        A field that gives an object costs 1; a connection multiplies what is below it by the size of
        its page, a list by the length of the argument that chooses it; a mutation costs 10 more.
        """
        defaults = {
            node.variable.name.value: node.default_value for node in operation.variable_definitions or ()
        }
        root = self._schema.get_root_type(operation.operation)
        pricing = _Pricing(self, variables, defaults)
        points = pricing.selection(operation.selection_set, root)
        if operation.operation is OperationType.MUTATION:
            points += MUTATION_COST * len(operation.selection_set.selections)
        return max(points, 1)

    def fragment(self, name: str) -> FragmentDefinitionNode | None:
        """Return a fragment by its name."""
        return self._fragments.get(name)

    def type_named(self, name: str) -> GraphQLNamedType | None:
        """Return a type of the schema by its name."""
        return self._schema.type_map.get(name)


class _Pricing:
    """The cost of one operation with its variables; each fragment is priced once."""

    def __init__(
        self, measurer: Measurer, variables: Mapping[str, Any], defaults: Mapping[str, ValueNode | None]
    ) -> None:
        self._measurer = measurer
        self._variables = variables
        self._defaults = defaults
        self._fragments: dict[str, int] = {}

    def selection(self, selection_set: SelectionSetNode | None, parent: GraphQLNamedType | None) -> int:
        points = 0
        for node in selection_set.selections if selection_set else ():
            self._measurer.visited += 1
            if isinstance(node, FieldNode):
                points += self._field(node, parent)
            elif isinstance(node, InlineFragmentNode):
                on = node.type_condition
                points += self.selection(
                    node.selection_set, self._measurer.type_named(on.name.value) if on else parent
                )
            elif isinstance(node, FragmentSpreadNode):
                points += self._fragment(node.name.value)
        return points

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> int:
        definition = getattr(parent, "fields", {}).get(node.name.value)
        if definition is None:
            return 0
        type_ = get_named_type(definition.type)
        if not is_composite_type(type_):
            return 0
        return 1 + self._size(node, definition.args) * self.selection(node.selection_set, type_)

    def _fragment(self, name: str) -> int:
        if name not in self._fragments:
            fragment = self._measurer.fragment(name)
            self._fragments[name] = 0
            if fragment is not None:
                on = self._measurer.type_named(fragment.type_condition.name.value)
                self._fragments[name] = self.selection(fragment.selection_set, on)
        return self._fragments[name]

    def _size(self, node: FieldNode, arguments: Mapping[str, object]) -> int:
        """Return how many entries the field may give."""
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        for name in LISTS:
            if name in arguments:
                return self._length(given.get(name))
        if "first" not in arguments:
            return 1
        sizes = [size for name in SIZES if (size := self._number(given.get(name))) is not None]
        return min(max(sizes, default=DEFAULT_PAGE), LARGEST_PAGE)

    def _number(self, value: ValueNode | None) -> int | None:
        if isinstance(value, VariableNode):
            name = value.name.value
            if name not in self._variables:
                return self._number(self._defaults.get(name))
            given = self._variables[name]
            return max(given, 1) if isinstance(given, int) else None
        return max(int(value.value), 1) if isinstance(value, IntValueNode) else None

    def _length(self, value: ValueNode | None) -> int:
        if isinstance(value, VariableNode):
            name = value.name.value
            if name not in self._variables:
                return self._length(self._defaults.get(name))
            given = self._variables[name]
            return max(len(given), 1) if isinstance(given, list) else 1
        return max(len(value.values), 1) if isinstance(value, ListValueNode) else 1


def check_shape(shape: Shape, limits: Limits) -> None:
    """Let a document's shape pass.

    Raises:
        GraphQLError: GRAPHQL_LIMIT_EXCEEDED, it goes beyond a limit.
    """
    for what in Shape._fields:
        found, most = getattr(shape, what), getattr(limits, what)
        if found > most:
            raise too_much(f"The document comes to {what} {found}, and at most {most} is allowed.")


def too_much(message: str) -> GraphQLError:
    """Return the error of a document that asks for too much."""
    return GraphQLError(message, extensions={"code": "GRAPHQL_LIMIT_EXCEEDED"})
