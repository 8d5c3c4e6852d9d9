"""Documents: parsed, measured and validated once, however often they are sent."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    ASTValidationRule,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    OperationType,
    OverlappingFieldsCanBeMergedRule,
    Visitor,
    parse,
    specified_rules,
    validate,
    visit,
)
from graphql.validation.validate import ValidationAbortedError

from server.graphql.schema.access import AccessMap, Requirement
from server.graphql.schema.texts import check_literals
from server.graphql.transport.executor import PlanBook
from server.graphql.transport.limits import Limits, Measurer, check_shape, too_much
from server.graphql.transport.pricing import OperationPrice, PriceList
from server.graphql.transport.rules import OneOfVariables, bounded_merging

CACHED_DOCUMENTS = 1_000
CACHED_CHARS = 100_000
"""All that is kept at once: a parsed document takes some two hundred bytes for each of its characters."""

ABORTED = "Validation aborted."


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a valid document: what it is, what it takes to be allowed, what it costs."""

    document: DocumentNode
    node: OperationDefinitionNode
    requirements: tuple[Requirement, ...]
    price: OperationPrice
    plans: PlanBook

    @property
    def type(self) -> OperationType:
        """Return whether it is a query, a mutation or a subscription."""
        return self.node.operation

    @property
    def name(self) -> str | None:
        """Return its name, if it has one."""
        return self.node.name.value if self.node.name else None


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
        self._schema = schema
        self._accesses = accesses
        self._limits = limits
        self._hide_suggestions = hide_suggestions
        self._prices = PriceList(schema)
        merging = bounded_merging(limits.comparisons)
        self._rules = [
            *(merging if rule is OverlappingFieldsCanBeMergedRule else rule for rule in specified_rules),
            OneOfVariables,
            *extra_rules,
        ]
        self._documents: OrderedDict[str, Document] = OrderedDict()
        self._chars = 0
        self.hits = 0
        self.misses = 0

    def find(self, text: str) -> Document | None:
        """Return a document that was looked over before."""
        document = self._documents.get(text)
        if document is not None:
            self.hits += 1
            self._documents.move_to_end(text)
        return document

    def keep(self, text: str, document: Document) -> None:
        """Keep what came of looking a document over, unless it is one too long to be looked at."""
        self.misses += 1
        if len(text) > self._limits.chars or text in self._documents:
            return
        self._documents[text] = document
        self._chars += len(text)
        while len(self._documents) > CACHED_DOCUMENTS or self._chars > CACHED_CHARS:
            oldest, _ = self._documents.popitem(last=False)
            self._chars -= len(oldest)

    def look_over(self, text: str) -> Document:
        """Parse, measure and validate a document; any thread may do that."""
        limits = self._limits
        if len(text) > limits.chars:
            return Document(errors=(too_much(f"A document has at most {limits.chars} characters."),))
        try:
            # Comments are no tokens to the parser's own count, so they have a bound of their own.
            node = parse(text, max_tokens=limits.tokens, max_comments=limits.tokens)
            check_shape(Measurer(node).whole(), limits)
            check_literals(text, node)
            _forget_tokens(node)
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
            return Document(errors=tuple(map(_refused, errors)))
        plans = PlanBook(node)
        return Document(
            tuple(
                Operation(
                    node,
                    operation,
                    self._accesses.requirements(node, operation),
                    OperationPrice(self._prices, node, operation),
                    plans,
                )
                for operation in node.definitions
                if isinstance(operation, OperationDefinitionNode)
            )
        )


class _Forgetting(Visitor):
    """Lets go of a document's tokens, of which each knows the one before and the one after it."""

    def enter(self, node: Node, *_: Any) -> None:
        if node.loc is not None:
            node.loc.start_token = node.loc.end_token = None  # type: ignore[assignment]


def _forget_tokens(document: DocumentNode) -> None:
    """Halve what there is of a document: only its nodes are needed again, and where in the text they are.

    What is kept for long is looked through by every garbage collection, and tokens are gone by one alone.
    """
    token = document.loc.start_token if document.loc else None
    visit(document, _Forgetting())
    while token is not None:
        following = token.next
        token.prev = token.next = None
        token = following


def _refused(error: GraphQLError) -> GraphQLError:
    """Return an error of the validation as it is told: one that says no more than that it gave up, with a reason."""
    if isinstance(error, ValidationAbortedError) and error.message == ABORTED:
        return too_much(
            "Too many fields answer under the same names, or fragments spread each other too often, to compare them all."
        )
    return error
