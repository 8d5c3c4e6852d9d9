"""Executing the events of one subscription, each as it comes."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from functools import partial
from inspect import isawaitable
from typing import Any, cast

from graphql import ExecutionResult, GraphQLError, GraphQLSchema
from graphql.execution import Executor, create_source_event_stream, execute_subscription_event

from server.errors import DomainError
from server.graphql.schema.context import Context
from server.graphql.schema.errors import cause_of
from server.graphql.transport.documents import Operation
from server.graphql.transport.execution import executor_of
from server.graphql.transport.executor import Tally
from server.store.outages import is_outage, ride_out


class Subscription:
    """One subscription of one context. What has been executed is in its tally, until that is settled."""

    def __init__(
        self,
        schema: GraphQLSchema,
        context: Context,
        operation: Operation,
        variables: Mapping[str, Any],
        *,
        hide_suggestions: bool,
    ) -> None:
        self.context = context
        self.tally = Tally()
        self._executor = executor_of(
            schema, context, operation, variables, hide_suggestions=hide_suggestions, tally=self.tally
        )

    async def results(self) -> AsyncGenerator[tuple[ExecutionResult, str | None], None]:
        """Yield the result of each event with its cursor, or once without a cursor why there are none.

        Raises:
            Untold: an event can't be told.
            Exception: the log can't be followed (see `schema.following`), or the database is unavailable.
        """
        if isinstance(self._executor, list):
            yield ExecutionResult(None, self._executor), None
            return
        source = create_source_event_stream(self._executor)
        if isawaitable(source):
            source = await source
        if isinstance(source, ExecutionResult):
            yield source, None
            return
        async with aclosing(cast("AsyncGenerator[Any, None]", source)) as events:
            async for event in events:
                yield await ride_out(partial(_tell, self._executor, event)), event.cursor


class Untold(Exception):
    """An event that can't be told of, for reasons that another try would not mend."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__()
        self.errors = errors


async def _tell(executor: Executor[Any], event: Any) -> ExecutionResult:
    """Return an event as its listener has asked for it, whole but for fields that the rules refuse to it.

    Raises:
        Exception: the database could not be asked for a field.
        Untold: a field failed by a fault of ours, or so much is refused that nothing of the event is left.
    """
    result = execute_subscription_event(executor.build_per_event_executor(event))
    if isawaitable(result):
        result = await result
    causes = [cause_of(error) for error in result.errors or ()]
    for cause in causes:
        if cause is not None and is_outage(cause):
            raise cause
    is_whole = result.data is not None and None not in result.data.values()
    if not is_whole or not all(isinstance(cause, DomainError) for cause in causes):
        raise Untold(result.errors or [GraphQLError("The event has nothing to tell of.")])
    return result
