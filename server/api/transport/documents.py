"""Documents: parsed, measured and validated once, however often they are sent."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)

from server.api.permissions import AccessMap, Requirement
from server.api.texts import check_literals
from server.api.transport.executor import PlanBook
from server.api.transport.limits import Limits, Measurer, Shape, check_shape, too_much

CACHED_DOCUMENTS = 1_000
CACHED_CHARS = 4_000_000


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a valid document: what it is, what it takes to be allowed, what it costs."""

    document: DocumentNode
    node: OperationDefinitionNode
    requirements: tuple[Requirement, ...]
    measurer: Measurer
    plans: PlanBook

    @property
    def type(self) -> OperationType:
        """Return whether it is a query, a mutation or a subscription."""
        return self.node.operation

    @property
    def name(self) -> str | None:
        """Return its name, if it has one."""
        return self.node.name.value if self.node.name else None

    def cost(self, variables: Mapping[str, Any]) -> int:
        """Return its cost in points with these variables."""
        return self.measurer.cost(self.node, variables)


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was looked over: its operations, or what is wrong with it."""

    operations: tuple[Operation, ...] = ()
    errors: tuple[GraphQLError, ...] = field(default=())

    def operation(self, name: str | None) -> Operation | None:
        """Return the operation of this name, or without a name the only one."""
        if name is None:
            return self.operations[0] if len(self.operations) == 1 else None
        return next((operation for operation in self.operations if operation.name == name), None)


class DocumentCache:
    """Keeps what has been found out about documents, least recently used out first.

    What is wrong with a document is kept as well: the same wrong document costs nothing twice.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        accesses: AccessMap,
        limits: Limits,
        *,
        hide_suggestions: bool,
        extra_rules: Sequence[type[ASTValidationRule]] = (),
    ) -> None:
        """Take the schema, who may ask for what, the limits, whether errors may suggest names, and more rules."""
        self._schema = schema
        self._accesses = accesses
        self._limits = limits
        self._hide_suggestions = hide_suggestions
        self._rules = [*specified_rules, *extra_rules]
        self._documents: OrderedDict[str, Document] = OrderedDict()
        self._chars = 0
        self.hits = 0
        self.misses = 0

    def get(self, text: str) -> Document:
        """Return a document, looked over now or before."""
        found = self._documents.get(text)
        if found is not None:
            self.hits += 1
            self._documents.move_to_end(text)
            return found
        self.misses += 1
        document = self._look_over(text)
        if len(text) <= self._limits.chars:
            self._keep(text, document)
        return document

    def _keep(self, text: str, document: Document) -> None:
        self._documents[text] = document
        self._chars += len(text)
        while len(self._documents) > CACHED_DOCUMENTS or self._chars > CACHED_CHARS:
            oldest, _ = self._documents.popitem(last=False)
            self._chars -= len(oldest)

    def _look_over(self, text: str) -> Document:
        limits = self._limits
        if len(text) > limits.chars:
            return Document(errors=(too_much(f"A document has at most {limits.chars} characters."),))
        try:
            # Comments are no tokens to the parser's own count, so they have a bound of their own.
            node = parse(text, max_tokens=limits.tokens, max_comments=limits.tokens)
            measurer = Measurer(self._schema, node)
            operations = [one for one in node.definitions if isinstance(one, OperationDefinitionNode)]
            shape = Shape(directives=_directives(node))
            for operation in operations:
                shape = shape.beside(measurer.shape(operation.selection_set))
            check_shape(shape.beside(measurer.rest()), limits)
            check_literals(text, node)
        except GraphQLError as error:
            return Document(errors=(error,))
        except RecursionError:
            return Document(errors=(too_much("The document is nested too deeply."),))
        errors = validate(
            self._schema,
            node,
            self._rules,
            max_errors=limits.errors,
            hide_suggestions=self._hide_suggestions,
        )
        if errors:
            return Document(errors=tuple(errors))
        plans = PlanBook(node)
        return Document(
            tuple(
                Operation(node, one, self._accesses.requirements(node, one), measurer, plans)
                for one in operations
            )
        )


def _directives(document: DocumentNode) -> int:
    """Return how many directives stand on definitions and variables, outside all selections."""
    count = 0
    for definition in document.definitions:
        count += len(getattr(definition, "directives", None) or ())
        for variable in getattr(definition, "variable_definitions", None) or ():
            count += len(variable.directives or ())
    return count
