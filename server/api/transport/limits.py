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
    GraphQLArgument,
    GraphQLError,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    Undefined,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
    value_from_ast_untyped,
)

from server.api.paging import COUNT, COUNT_COST, DEFAULT_PAGE, LARGEST_PAGE

MUTATION_COST = 10
SIZES = ("first", "last")
# A message goes to as many as its credits pay for; what it would cost may be asked for nothing.
ESTIMATED, ESTIMATED_EACH = "estimateMessage", "receivers"


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
        its page; a list that an argument chooses costs 1 and what is below it for each element of that
        argument, and those of a usual page where it is left out; an estimate multiplies what is below it by its receivers;
        a mutation costs 10 more.
        """
        defaults = {
            node.variable.name.value: value_from_ast_untyped(node.default_value)
            for node in operation.variable_definitions or ()
            if node.default_value is not None
        }
        root = self._schema.get_root_type(operation.operation)
        pricing = _Pricing(self, {**defaults, **variables})
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

    def __init__(self, measurer: Measurer, variables: dict[str, Any]) -> None:
        self._measurer = measurer
        self._variables = variables
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
        if node.name.value == COUNT:
            return COUNT_COST
        if not is_composite_type(type_):
            return 0
        below = self.selection(node.selection_set, type_)
        if "first" in definition.args:
            return 1 + self._page(node) * below
        if node.name.value == ESTIMATED:
            return 1 + self._receivers(node) * below
        return self._length(node, definition) * (1 + below)

    def _fragment(self, name: str) -> int:
        if name not in self._fragments:
            fragment = self._measurer.fragment(name)
            self._fragments[name] = 0
            if fragment is not None:
                on = self._measurer.type_named(fragment.type_condition.name.value)
                self._fragments[name] = self.selection(fragment.selection_set, on)
        return self._fragments[name]

    def _page(self, node: FieldNode) -> int:
        """Return how many entries a connection may give."""
        sizes = [max(size, 1) for name in SIZES if isinstance(size := self._argument(node, name), int)]
        return min(max(sizes, default=DEFAULT_PAGE), LARGEST_PAGE)

    def _length(self, node: FieldNode, definition: GraphQLField) -> int:
        """Return how many entries a field may give: one for each element of the list that chooses them."""
        if not _is_list(definition):
            return 1
        for name, argument in definition.args.items():
            if _is_list(argument):
                chosen = self._argument(node, name)
                if isinstance(chosen, list):
                    return max(len(chosen), 1)
                return DEFAULT_PAGE if chosen is None else 1
        return 1

    def _receivers(self, node: FieldNode) -> int:
        """Return for how many receivers a message is estimated."""
        message = self._argument(node, "input")
        receivers = message.get(ESTIMATED_EACH) if isinstance(message, dict) else None
        return max(len(receivers), 1) if isinstance(receivers, list) else 1

    def _argument(self, node: FieldNode, name: str) -> Any:
        """Return what an argument is given, by its name; None where it is left out."""
        given = next((one.value for one in node.arguments or () if one.name.value == name), None)
        value = None if given is None else value_from_ast_untyped(given, self._variables)
        return None if value is Undefined else value


def _is_list(one: GraphQLField | GraphQLArgument) -> bool:
    return is_list_type(get_nullable_type(one.type))


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
