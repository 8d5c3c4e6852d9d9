"""What any value in a request may hold: characters that a database can keep, numbers that can be read."""

import re
from collections.abc import Mapping
from typing import Any

from graphql import DocumentNode, GraphQLError, IntValueNode, StringValueNode, Visitor, visit

MAX_DIGITS = 64

# PostgreSQL keeps no NUL, and half a surrogate pair has no UTF-8.
_UNFIT = re.compile("[\0\ud800-\udfff]")
_MAYBE_UNFIT = re.compile(rf"\\u|[\0\ud800-\udfff]|\d{{{MAX_DIGITS}}}")


def is_fit(text: str) -> bool:
    """Whether a text can be kept and repeated."""
    return _UNFIT.search(text) is None


def check_variables(variables: Mapping[str, Any]) -> None:
    """Let variables pass, if the texts in them can be kept.

    Raises:
        GraphQLError: BAD_USER_INPUT, one of them can't.
    """
    pending: list[Any] = [variables]
    while pending:  # not by recursion, as values may be nested deeply
        one = pending.pop()
        if isinstance(one, Mapping):
            pending += one.values()
        elif isinstance(one, list):
            pending += one
        elif isinstance(one, str) and not is_fit(one):
            raise _unfit()


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
                f"An integer has at most {MAX_DIGITS} digits.", extensions={"code": "BAD_USER_INPUT"}
            )


def _unfit() -> GraphQLError:
    return GraphQLError(
        "A text holds a NUL or half a surrogate pair, which are no characters of a text.",
        extensions={"code": "BAD_USER_INPUT"},
    )
