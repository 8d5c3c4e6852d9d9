"""What any value in a request may hold: characters that a database can keep, numbers that can be read."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from graphql import DocumentNode, GraphQLError, IntValueNode, StringValueNode, Visitor, visit

from server.graphql.schema.codes import EdgeCode

MAX_DIGITS = 64
MAX_VALUES = 2_500

# PostgreSQL keeps no NUL, and half a surrogate pair has no UTF-8.
_UNFIT = re.compile("[\0\ud800-\udfff]")
_MAYBE_UNFIT = re.compile(rf"\\u|[\0\ud800-\udfff]|\d{{{MAX_DIGITS}}}")


def is_fit(text: str) -> bool:
    """Whether a text can be kept and repeated."""
    return _UNFIT.search(text) is None


def check_variables(variables: Mapping[str, Any]) -> None:
    """Let variables pass, if the texts in them can be kept, and they are not too many.

    Raises:
        GraphQLError: BAD_USER_INPUT, one of them can't; GRAPHQL_LIMIT_EXCEEDED, they are.
    """
    for count, value in enumerate(_values(variables)):
        if count > MAX_VALUES:
            raise GraphQLError(
                f"The variables hold at most {MAX_VALUES:,} values.",
                extensions={"code": EdgeCode.GRAPHQL_LIMIT_EXCEEDED},
            )
        if isinstance(value, str) and not is_fit(value):
            raise _unfit()


def count_values(variables: Mapping[str, Any]) -> int:
    """Return how many values variables hold, at any depth."""
    return sum(1 for _ in _values(variables)) - 1


def _values(variables: Mapping[str, Any]) -> Iterator[Any]:
    """Yield all values at any depth, with what holds them before them."""
    pending: list[Any] = [variables]
    while pending:  # not by recursion, as values may be nested deeply
        value = pending.pop()
        yield value
        if isinstance(value, Mapping):
            pending += value.values()
        elif isinstance(value, list):
            pending += value


def check_literals(text: str, document: DocumentNode) -> None:
    """Let a document pass, if the texts written into it can be kept, and the integers read.

    Raises:
        GraphQLError: BAD_USER_INPUT, one of them can't.
    """
    if _MAYBE_UNFIT.search(text):
        visit(document, _Literals())


class _Literals(Visitor):
    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        if not is_fit(node.value):
            raise _unfit()

    def enter_int_value(self, node: IntValueNode, *_: Any) -> None:
        # Python refuses to read thousands of digits, which would look like a fault of ours.
        if len(node.value) > MAX_DIGITS:
            raise GraphQLError(
                f"An integer has at most {MAX_DIGITS} digits.", extensions={"code": EdgeCode.BAD_USER_INPUT}
            )


def _unfit() -> GraphQLError:
    return GraphQLError(
        "A text holds a NUL or half a surrogate pair, which are no characters of a text.",
        extensions={"code": EdgeCode.BAD_USER_INPUT},
    )
