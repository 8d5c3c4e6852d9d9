"""What an operation costs, in points; each stands for about as much work as an object of an answer."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from graphql import (
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    NullValueNode,
    OperationDefinitionNode,
    OperationType,
    SchemaMetaFieldDef,
    SelectionSetNode,
    StringValueNode,
    TypeMetaFieldDef,
    Undefined,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
    value_from_ast_untyped,
)

from server.errors import InvalidInput
from server.graphql.schema.enums import StatisticsInterval
from server.graphql.schema.paging import COUNT, COUNT_COST, DEFAULT_PAGE, MAX_PAGE
from server.graphql.schema.scalars import parse_time
from server.graphql.schema.texts import count_values
from server.graphql.statistics.arguments import span_of
from server.graphql.transport.limits import fragments_of

MUTATION_COST = 10
LEAVES_A_POINT = 10
VALUES_A_POINT = 30
CHARS_A_POINT = 20
SIZES = ("first", "last")
# A message goes to as many as its credits pay for; what it would cost may be asked for nothing.
ESTIMATED, ESTIMATED_EACH = "estimateMessage", "receivers"
SPANNED, SPAN, INTERVAL, ZONE = {"statistics", "deliveryTimes"}, ("from", "to"), "by", "timeZone"
SIZED = {"statisticsByUser", "pttShares"}
INTROSPECTION = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}
FIXED = (EnumValueNode, IntValueNode, NullValueNode, StringValueNode)
WRAPPED = 0.75  # of the types that a type's `ofType` is asked of, those that have one


class Price(NamedTuple):
    """What an operation costs; `kept` of the points are for work that is done whatever the answer shows."""

    points: int
    kept: int = 0


class _Part(NamedTuple):
    """What a selection comes to: its points, the leaves in it, and the points that are kept."""

    points: float = 0
    leaves: int = 0
    kept: int = 0

    def beside(self, other: "_Part") -> "_Part":
        return _Part(self.points + other.points, self.leaves + other.leaves, self.kept + other.kept)

    def each(self) -> float:
        """Return what one object costs of which this is selected."""
        return weight(self.leaves) + self.points


def weight(leaves: int) -> int:
    """Return what an object costs by itself, by the number of leaves that are asked of it."""
    return 1 + leaves // LEAVES_A_POINT


def reading_cost(text: str) -> int:
    """Return what it costs to parse and to validate a document."""
    return 1 + len(text) // CHARS_A_POINT


class PriceList:
    """The prices of the fields of one schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self.lengths = _introspection_lengths(schema)


class OperationPrice:
    """What a valid operation costs: reckoned once, unless a variable has a say in it.

    A field that gives an object costs 1, and 1 more for each ten leaves asked of the object; a connection multiplies
    what is below it by the size of its page; a list that an argument chooses costs 1 and what is below it for each
    element of that argument, and those of a usual page where it is left out; so do statistics for each interval; an
    estimate multiplies what is below it by its receivers; what tells of the schema costs as much as there is to tell;
    a mutation costs 10 more; so do thirty values of variables cost 1.
    """

    def __init__(self, prices: PriceList, document: DocumentNode, operation: OperationDefinitionNode) -> None:
        self._of = prices, document, operation
        self._fixed: Price | None = None

    def of(self, variables: Mapping[str, Any]) -> Price:
        """Return what it costs with these variables."""
        price = self._fixed
        if price is None:
            pricing = _Pricing(*self._of, variables)
            price = pricing.price()
            if pricing.is_fixed:
                self._fixed = price
        read = count_values(variables) // VALUES_A_POINT
        return Price(max(price.points + read, 1), price.kept + read)


class _Pricing:
    """The price of one operation with its variables; each fragment is priced once."""

    def __init__(
        self,
        prices: PriceList,
        document: DocumentNode,
        operation: OperationDefinitionNode,
        variables: Mapping[str, Any],
    ) -> None:
        defaults = {
            node.variable.name.value: value_from_ast_untyped(node.default_value)
            for node in operation.variable_definitions or ()
            if node.default_value is not None
        }
        self._prices = prices
        self._operation = operation
        self._variables = {**defaults, **variables}
        self._fragments = fragments_of(document)
        self._parts: dict[str, _Part] = {}
        self.is_fixed = True

    def price(self) -> Price:
        """Return the price without that of the variables themselves; `is_fixed` then tells that they have no say in it."""
        operation = self._operation
        root = self._prices.schema.get_root_type(operation.operation)
        part = self._selection(operation.selection_set, root)
        points, kept = part.points + part.leaves // LEAVES_A_POINT, part.kept
        if operation.operation is OperationType.MUTATION:
            mutations = MUTATION_COST * len(operation.selection_set.selections)
            points, kept = points + mutations, kept + mutations
        return Price(math.ceil(points), kept)

    def _selection(self, selection_set: SelectionSetNode | None, parent: GraphQLNamedType | None) -> _Part:
        total = _Part()
        for node in selection_set.selections if selection_set else ():
            if isinstance(node, FieldNode):
                part = self._field(node, parent)
            elif isinstance(node, InlineFragmentNode):
                on = node.type_condition
                part = self._selection(node.selection_set, self._type(on.name.value) if on else parent)
            else:
                part = self._fragment(cast("FragmentSpreadNode", node))
            total = total.beside(part)
        return total

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None) -> _Part:
        name = node.name.value
        if name == COUNT:
            return _Part(COUNT_COST)
        definition = INTROSPECTION.get(name) or getattr(parent, "fields", {}).get(name)
        type_ = get_named_type(definition.type) if definition else None
        if definition is None or not is_composite_type(type_):
            return _Part(leaves=1)
        below = self._selection(node.selection_set, type_)
        if "first" in definition.args and name not in SIZED:
            return _Part(weight(below.leaves) + self._page(node) * below.points, kept=below.kept)
        if name == ESTIMATED:
            receivers = self._receivers(node)
            return _Part(weight(below.leaves) + receivers * max(below.points, 1), kept=receivers)
        length = self._prices.lengths.get((parent.name if parent else "", name))
        if length is None:
            length = self._length(node, definition)
        return _Part(length * below.each(), kept=below.kept)

    def _fragment(self, node: FragmentSpreadNode) -> _Part:
        name = node.name.value
        if name not in self._parts:
            self._parts[name] = _Part()  # of a cycle, which no valid document has
            fragment = self._fragments[name]
            on = self._type(fragment.type_condition.name.value)
            self._parts[name] = self._selection(fragment.selection_set, on)
        return self._parts[name]

    def _type(self, name: str) -> GraphQLNamedType | None:
        return self._prices.schema.type_map.get(name)

    def _page(self, node: FieldNode) -> int:
        """Return how many entries a connection may give."""
        sizes = [max(size, 1) for name in SIZES if isinstance(size := self._argument(node, name), int)]
        return min(max(sizes, default=DEFAULT_PAGE), MAX_PAGE)

    def _length(self, node: FieldNode, definition: GraphQLField) -> int:
        """Return how many entries a field may give: one for each element of the list that chooses them."""
        if not _is_list(definition):
            return 1
        if node.name.value in SPANNED:
            return self._buckets(node)
        if node.name.value in SIZED:
            return self._page(node)
        for name, argument in definition.args.items():
            if _is_list(argument):
                chosen = self._argument(node, name)
                if isinstance(chosen, list):
                    return max(len(chosen), 1)
                return DEFAULT_PAGE if chosen is None else 1
        return 1

    def _buckets(self, node: FieldNode) -> int:
        """Return into how many intervals a span of statistics is cut; one that is wrong is refused in its place."""
        try:
            begin, end = (parse_time(str(self._argument(node, name))) for name in SPAN)
            by = StatisticsInterval[str(self._argument(node, INTERVAL))]
            zone = self._argument(node, ZONE)
            return len(span_of(begin, end, by, None if zone is None else str(zone)).starts())
        except (InvalidInput, KeyError):
            return 1

    def _receivers(self, node: FieldNode) -> int:
        """Return for how many receivers a message is estimated."""
        message = self._argument(node, "input")
        receivers = message.get(ESTIMATED_EACH) if isinstance(message, dict) else None
        return max(len(receivers), 1) if isinstance(receivers, list) else 1

    def _argument(self, node: FieldNode, name: str) -> Any:
        """Return what an argument is given, by its name; None where it is left out."""
        literal = next(
            (argument.value for argument in node.arguments or () if argument.name.value == name), None
        )
        self.is_fixed &= literal is None or isinstance(literal, FIXED)
        value = None if literal is None else value_from_ast_untyped(literal, self._variables)
        return None if value is Undefined else value


def _is_list(definition: GraphQLField | GraphQLArgument) -> bool:
    return is_list_type(get_nullable_type(definition.type))


def _introspection_lengths(schema: GraphQLSchema) -> dict[tuple[str, str], float]:
    """Return how many objects each field gives that tells of a schema: on average, as all types are told together.

    What begins at one type might begin at the largest, so `__type` counts as many times as that is larger.
    """
    types = list(schema.type_map.values())
    objects = [type_ for type_ in types if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)]
    fields = [len(type_.fields) for type_ in objects]
    arguments = [len(field.args) for type_ in objects for field in type_.fields.values()]
    inputs = [len(type_.fields) for type_ in types if isinstance(type_, GraphQLInputObjectType)]
    values = [len(type_.values) for type_ in types if isinstance(type_, GraphQLEnumType)]
    interfaces = [len(type_.interfaces) for type_ in objects]
    query = schema.query_type.name if schema.query_type else ""
    return {
        ("__Schema", "types"): len(types),
        ("__Schema", "directives"): len(schema.directives),
        ("__Type", "fields"): sum(fields) / len(types),
        ("__Type", "inputFields"): sum(inputs) / len(types),
        ("__Type", "enumValues"): sum(values) / len(types),
        ("__Type", "interfaces"): sum(interfaces) / len(types),
        ("__Type", "possibleTypes"): sum(interfaces) / len(types),
        ("__Type", "ofType"): WRAPPED,
        ("__Field", "args"): _average(arguments),
        ("__Directive", "args"): _average([len(directive.args) for directive in schema.directives]),
        (query, "__type"): max([*fields, *inputs, *values]) * len(types) / sum(fields),
    }


def _average(lengths: Sequence[int]) -> float:
    return sum(lengths) / max(len(lengths), 1)
