"""What a subscription asks for, so that those who ask for the same can share a stream."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from graphql import FieldNode, VariableNode, Visitor, visit

from server.graphql.transport.documents import Operation
from server.operations.core.principals import Principal

OF_ONE_SESSION = frozenset({"current"})
"""Fields whose answer depends on the session or token, and not only on its rights."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a subscription asks for, apart from where it begins."""

    document: str
    operation: str | None
    variables: str
    is_of_session: bool

    @classmethod
    def of(cls, operation: Operation, variables: Mapping[str, Any]) -> "Asked":
        """Return what an operation asks for with these variables."""
        found = _Found()
        visit(operation.document, found)
        begin = found.beginning(operation)
        asked = {name: value for name, value in variables.items() if name != begin}
        text = operation.document.loc.source.body if operation.document.loc else str(id(operation.document))
        return cls(
            text,
            operation.name,
            json.dumps(asked, sort_keys=True),
            not OF_ONE_SESSION.isdisjoint(found.fields),
        )

    def rights(self, caller: Principal) -> Principal:
        """Return the caller without what makes no difference to the answers."""
        return caller if self.is_of_session else replace(caller, token_id=None, in_session=False)


class _Found(Visitor):
    """Finds the names of a document's fields, and how often it uses each variable."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: set[str] = set()
        self._used: list[str] = []

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        self.fields.add(node.name.value)

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self._used.append(node.name.value)

    def beginning(self, operation: Operation) -> str | None:
        """Return the variable that says nothing but where the stream begins, if there is one."""
        for node in operation.node.selection_set.selections:
            for argument in node.arguments or () if isinstance(node, FieldNode) else ():
                if argument.name.value == "after" and isinstance(argument.value, VariableNode):
                    name = argument.value.name.value
                    return name if self._used.count(name) <= 2 else None  # noqa: PLR2004 its definition and this
        return None
