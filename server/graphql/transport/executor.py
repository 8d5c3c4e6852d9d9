"""graphql-core's executor, with plans for what is plain in a document, and a count of what it does."""

import asyncio
from collections.abc import Awaitable, Iterable, Sized
from concurrent.futures import Executor as Pool
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from graphql import (
    DirectiveNode,
    DocumentNode,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    VariableNode,
    Visitor,
    get_named_type,
    is_composite_type,
    visit,
)
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet
from graphql.pyutils import AwaitableOrValue, Path

from server.graphql.schema.paging import COUNT, COUNT_COST
from server.graphql.transport.pieces import FEW, complete_in_pieces, let_in
from server.graphql.transport.plans import Plan, make_plan
from server.graphql.transport.pricing import INTROSPECTION, weight
from server.kit.passes import Pace

MAX_VARIANTS = 4

Variant = dict[tuple[Any, ...], "Answering"]
"""How one document is answered under one set of conditions, by the type and the nodes that select from it."""


@dataclass(frozen=True, slots=True)
class Answering:
    """How a selection of one object is answered: by a plan if there is one, and what that begins, in points."""

    plan: Plan | None
    points: int


class PlanBook:
    """The plans of one document, for as long as the document is kept."""

    def __init__(self, document: DocumentNode) -> None:
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
            if len(self._variants) >= MAX_VARIANTS:
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


@dataclass(slots=True)
class Tally:
    """What an operation has done so far, in points, whatever becomes of its answer."""

    points: int = 0


class PlannedExecutor(Executor[Any]):
    """Answers with plans where it can, and as its base class where it can't.

    It overrides what every object and every list of an answer passes through. Work is counted when it is
    begun, so that it counts as well where nothing is found.
    """

    def __init__(
        self,
        *args: Any,
        plans: PlanBook,
        tally: Tally | None = None,
        pace: Pace | None = None,
        aside: Pool | None = None,
        **options: Any,
    ) -> None:
        """With `pace`, lists and what had to be waited for are completed piece by piece.

        With `aside`, a pool of threads, the operation is a large one: no more than one of a query's root fields is
        begun at a time, and what tells of the schema, which waits for nothing, is done there.
        """
        super().__init__(*args, **options)
        self._tally = tally or Tally()
        self._pace = pace
        self._aside = aside
        self._variant = plans.variant(self.variable_values.coerced)
        # By the identity of the selections, which are kept here so that no other gets the same identity.
        self._found: dict[int, tuple[GroupedFieldSet, Answering]] = {}

    def let_go(self) -> None:
        """Forget the helpers, which know the executor: what it held is then gone by itself, at once.

        Only a full garbage collection would find it otherwise, and each request would leave 70 objects to it.
        """
        del self.async_helpers

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
        if path is None:
            return self._execute_root(parent_type, source_value, grouped_field_set, position_context)
        answering = self._answering(parent_type, grouped_field_set)
        plan = answering.plan
        self._tally.points += answering.points
        if plan is None:
            return super().execute_fields(
                parent_type, source_value, path, grouped_field_set, position_context
            )
        plan.points[0] = 0
        try:
            answer: dict[str, Any] = plan.answer(source_value)
        except Exception:  # noqa: BLE001 it is met again where it can be told with its path
            self._tally.points += _begun(parent_type, grouped_field_set) - answering.points
            return super().execute_fields(
                parent_type, source_value, path, grouped_field_set, position_context
            )
        self._tally.points += plan.points[0]
        if not plan.rest:
            return answer
        rest = super().execute_fields(parent_type, source_value, path, plan.rest, position_context)
        if self.is_awaitable(rest):
            return _complete(answer, rest)
        answer.update(cast("dict[str, Any]", rest))
        return answer

    def execute_fields_serially(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: GroupedFieldSet,
        position_context: Any,
    ) -> AwaitableOrValue[dict[str, Any]]:
        """Answer the root fields of a mutation."""
        self._tally.points += _begun(parent_type, grouped_field_set)
        return super().execute_fields_serially(
            parent_type, source_value, path, grouped_field_set, position_context
        )

    def complete_iterable_value(
        self,
        item_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        items: Iterable[Any],
        position_context: Any,
    ) -> AwaitableOrValue[list[Any]]:
        """Answer a list."""
        if not isinstance(items, Sized) or not is_composite_type(get_named_type(item_type)):
            return super().complete_iterable_value(
                item_type, field_details_list, info, path, items, position_context
            )
        self._tally.points += max(len(items) - 1, 0)
        if self._pace is None or len(items) <= FEW:
            return super().complete_iterable_value(
                item_type, field_details_list, info, path, items, position_context
            )
        complete = partial(self._complete_item, item_type, field_details_list, info, path, position_context)
        return complete_in_pieces(items, complete, self._pace)

    async def complete_awaitable_value(
        self,
        return_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        """Answer a field whose value has to be waited for."""
        if self._pace is not None:
            result = let_in(result, self._pace)
        return await super().complete_awaitable_value(
            return_type, field_details_list, info, path, result, position_context
        )

    def _complete_item(
        self,
        item_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        position_context: Any,
        position: int,
        item: Any,
    ) -> AwaitableOrValue[Any]:
        """Complete an item of a list, which is not the first one to be completed."""
        place = path.add_key(position)
        if self.is_awaitable(item):
            return self.complete_awaitable_list_item_value(
                item, item_type, field_details_list, info, place, position_context
            )
        completed: list[Any] = []
        self.complete_list_item_value(
            item, completed, item_type, field_details_list, info, place, position_context
        )
        return completed[0]

    def _execute_root(
        self, type_: GraphQLObjectType, source: Any, selected: GroupedFieldSet, position_context: Any
    ) -> AwaitableOrValue[dict[str, Any]]:
        self._tally.points += _begun(type_, selected)
        if self._aside is None:
            return super().execute_fields(type_, source, None, selected, position_context)
        return self._execute_one_by_one(type_, source, selected, position_context, self._aside)

    async def _execute_one_by_one(
        self,
        type_: GraphQLObjectType,
        source: Any,
        selected: GroupedFieldSet,
        position_context: Any,
        aside: Pool,
    ) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        for key, details in selected.items():
            execute = partial(super().execute_fields, type_, source, None, {key: details}, position_context)
            if details[0].node.name.value in INTROSPECTION:
                # A thread has no passes.
                pace, self._pace = self._pace, None
                try:
                    part = await asyncio.get_running_loop().run_in_executor(aside, execute)
                finally:
                    self._pace = pace
            else:
                part = execute()
            answer.update(await part if self.is_awaitable(part) else cast("dict[str, Any]", part))
            await asyncio.sleep(0)  # let others have their turn
        return answer

    def _answering(self, type_: GraphQLObjectType, selected: GroupedFieldSet) -> Answering:
        kept = self._found.get(id(selected))
        if kept is not None:
            return kept[1]
        key = (type_.name, *(id(field.node) for fields in selected.values() for field in fields))
        answering = self._variant.get(key)
        if answering is None:
            plan = make_plan(type_, selected, self._collect)
            points = _begun(type_, selected, by_executor=selected if plan is None else plan.rest)
            answering = self._variant[key] = Answering(plan, points)
        self._found[id(selected)] = selected, answering
        return answering

    def _collect(self, type_: GraphQLObjectType, details: FieldDetailsList) -> GroupedFieldSet:
        return self.collect_subfields(type_, details).grouped_field_set


def _begun(
    type_: GraphQLObjectType, selected: GroupedFieldSet, by_executor: GroupedFieldSet | None = None
) -> int:
    """Return what is begun with an object: its many leaves, and the first object of each field of the executor's."""
    composite, points = set(), 0
    for key, details in selected.items():
        name = details[0].node.name.value
        points += COUNT_COST if name == COUNT else 0
        definition = INTROSPECTION.get(name) or type_.fields.get(name)
        if definition is not None and is_composite_type(get_named_type(definition.type)):
            composite.add(key)
    leaves = len(selected) - len(composite)
    return (
        points
        + weight(leaves)
        - 1
        + len(composite & (selected if by_executor is None else by_executor).keys())
    )


async def _complete(answer: dict[str, Any], rest: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    answer.update(await rest)
    return answer
