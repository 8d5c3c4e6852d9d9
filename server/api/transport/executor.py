"""graphql-core's executor, with plans for what is plain in a document."""

from collections.abc import Awaitable
from typing import Any, cast

from graphql import (
    DirectiveNode,
    DocumentNode,
    GraphQLObjectType,
    VariableNode,
    Visitor,
    visit,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.pyutils import AwaitableOrValue, Path

from server.api.transport.plans import Plan, make_plan

MOST_VARIANTS = 4

Variant = dict[tuple[Any, ...], Plan | None]
"""The plans of one document under one set of conditions, by the type and the nodes that select from it."""


class PlanBook:
    """The plans of one document, for as long as the document is kept."""

    def __init__(self, document: DocumentNode) -> None:
        """Note on which variables it depends what is selected."""
        conditions = _Conditions()
        if document.loc is None or "@" in document.loc.source.body:
            visit(document, conditions)
        self._conditions = sorted(conditions.variables)
        self._variants: dict[tuple[Any, ...], Variant] = {}

    def variant(self, variables: dict[str, Any]) -> Variant:
        """Return the plans for these values of the variables; they fill up as they are needed."""
        key = tuple(variables.get(name) for name in self._conditions)
        variant = self._variants.get(key)
        if variant is None:
            if len(self._variants) >= MOST_VARIANTS:
                self._variants.clear()
            variant = self._variants[key] = {}
        return variant


class _Conditions(Visitor):
    """Finds the variables that `@skip` and `@include` look at."""

    def __init__(self) -> None:
        super().__init__()
        self.variables: set[str] = set()

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        self.variables |= {
            argument.value.name.value
            for argument in node.arguments or ()
            if isinstance(argument.value, VariableNode)
        }


class PlannedExecutor(Executor[Any]):
    """Answers with plans where it can, and as its base class where it can't.

    It overrides the one method that every object of an answer passes through.
    """

    def __init__(self, *args: Any, plans: PlanBook, **options: Any) -> None:
        """Take the document's plans, and all that the base class takes."""
        super().__init__(*args, **options)
        self._variant = plans.variant(self.variable_values.coerced)
        # By the identity of the selections, which are kept here so that no other gets the same identity.
        self._found: dict[int, tuple[GroupedFieldSet, Plan | None]] = {}

    def build_per_event_executor(self, payload: Any) -> "PlannedExecutor":
        """Return what answers one event of a subscription.

        The base class has all events share one memory of selections, to which each adds its own: a stream
        would grow by a kilobyte with every event.
        """
        executor = cast("PlannedExecutor", super().build_per_event_executor(payload))
        executor._relevant_sub_fields = {}  # noqa: SLF001 the memory in question
        executor._found = {}  # noqa: SLF001 it is our own
        return executor

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: Any,
    ) -> AwaitableOrValue[dict[str, Any]]:
        """Answer a selection of one object."""
        plan = self._plan(parent_type, grouped_field_set) if path is not None else None
        if plan is None:
            return super().execute_fields(
                parent_type, source_value, path, grouped_field_set, position_context
            )
        try:
            answer: dict[str, Any] = plan.answer(source_value)
        except Exception:  # noqa: BLE001 it is met again where it can be told with its path
            return super().execute_fields(
                parent_type, source_value, path, grouped_field_set, position_context
            )
        if not plan.rest:
            return answer
        rest = super().execute_fields(parent_type, source_value, path, plan.rest, position_context)
        if self.is_awaitable(rest):
            return _complete(answer, rest)
        answer.update(cast("dict[str, Any]", rest))
        return answer

    def _plan(self, type_: GraphQLObjectType, selected: GroupedFieldSet) -> Plan | None:
        found = self._found.get(id(selected))
        if found is not None:
            return found[1]
        key = (type_.name, *(id(one.node) for details in selected.values() for one in details))
        if key not in self._variant:
            self._variant[key] = make_plan(type_, selected, self._collect)
        plan = self._variant[key]
        self._found[id(selected)] = selected, plan
        return plan

    def _collect(self, type_: GraphQLObjectType, details: FieldDetailsList) -> GroupedFieldSet:
        return self.collect_subfields(type_, details).grouped_field_set


async def _complete(answer: dict[str, Any], rest: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    answer.update(await rest)
    return answer
