"""What any text in a request may hold: characters that a database can keep and an answer can repeat."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from graphql import DocumentNode, GraphQLError, StringValueNode, Visitor, visit
from strawberry.extensions import SchemaExtension
from strawberry.types import ExecutionContext

from server.api.errors import BAD_USER_INPUT

# PostgreSQL keeps no NUL, and half a surrogate pair has no UTF-8.
_UNFIT = re.compile("[\0\ud800-\udfff]")
_MAYBE_UNFIT = re.compile(r"\\u|[\0\ud800-\udfff]")


class CheckTexts(SchemaExtension):
    """Refuses a request with a text that could not be kept, before anything is done with it."""

    execution_context: ExecutionContext

    def on_execute(self) -> Iterator[None]:
        """Check the variables, and the texts written into the document."""
        running = self.execution_context
        texts = [*_texts(running.variables or {})]
        if running.graphql_document is not None and _MAYBE_UNFIT.search(running.query or ""):
            texts += _literals(running.graphql_document)
        if any(map(_UNFIT.search, texts)):
            raise GraphQLError(
                "A text holds a NUL or half a surrogate pair, which are no characters of a text.",
                extensions={"code": BAD_USER_INPUT},
            )
        yield


def _texts(value: object) -> Iterator[str]:
    """Yield the texts in a JSON value; not by recursion, as nobody has bounded its depth yet."""
    pending = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, Mapping):
            pending += one.values()
        elif isinstance(one, list):
            pending += one


def _literals(document: DocumentNode) -> list[str]:
    collector = _Literals()
    visit(document, collector)
    return collector.texts


class _Literals(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        self.texts.append(node.value)
