"""What values in a request may contain: characters that a database can store, numbers that can be read."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from graphql import DocumentNode, GraphQLError, IntValueNode, StringValueNode, Visitor, visit

from server.graphql.schema.codes import EdgeCode

MAX_DIGITS = 64
MAX_VALUES = 2_500

# PostgreSQL can't store NUL, and half a surrogate pair has no UTF-8.
_UNFIT = re.compile("[\0\ud800-\udfff]")
_MAYBE_UNFIT = re.compile(rf"\\u|[\0\ud800-\udfff]|\d{{{MAX_DIGITS}}}")


def is_fit(text: str) -> bool:
    """Whether a text can be stored and returned."""
    return _UNFIT.search(text) is None


def check_variables(variables: Mapping[str, Any]) -> None:
    """Check that the texts in variables can be stored, and that there are not too many values.

    Raises:
        GraphQLError: BAD_USER_INPUT for such a text; GRAPHQL_LIMIT_EXCEEDED for too many values.
    """
    for count, value in enumerate(_values(variables)):
        if count > MAX_VALUES:
            raise GraphQLError(
                f"The variables may have at most {MAX_VALUES:,} values.",
                extensions={"code": EdgeCode.GRAPHQL_LIMIT_EXCEEDED},
            )
        if isinstance(value, str) and not is_fit(value):
            raise _unfit()


def count_values(variables: Mapping[str, Any]) -> int:
    """Return how many values the variables have, at any depth."""
    return sum(1 for _ in _values(variables)) - 1


def _values(variables: Mapping[str, Any]) -> Iterator[Any]:
    """Yield all values at any depth, containers before their contents."""
    pending: list[Any] = [variables]
    while pending:  # no recursion, because values may be nested deeply
        value = pending.pop()
        yield value
        if isinstance(value, Mapping):
            pending += value.values()
        elif isinstance(value, list):
            pending += value


def check_literals(text: str, document: DocumentNode) -> None:
    """Check that the texts in a document can be stored, and its integers read.

    Raises:
        GraphQLError: BAD_USER_INPUT.
    """
    if _MAYBE_UNFIT.search(text):
        visit(document, _Literals())


class _Literals(Visitor):
    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        if not is_fit(node.value):
            raise _unfit()

    def enter_int_value(self, node: IntValueNode, *_: Any) -> None:
        # Python refuses to read thousands of digits, and that would look like a fault of ours.
        if len(node.value) > MAX_DIGITS:
            raise GraphQLError(
                f"An integer may have at most {MAX_DIGITS} digits.",
                extensions={"code": EdgeCode.BAD_USER_INPUT},
            )


def _unfit() -> GraphQLError:
    return GraphQLError(
        "A text has a NUL or half a surrogate pair, which are not valid characters.",
        extensions={"code": EdgeCode.BAD_USER_INPUT},
    )
