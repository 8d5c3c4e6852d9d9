"""What executes an operation of a context."""

from collections.abc import Mapping
from concurrent.futures import Executor as Pool
from typing import Any, cast

from graphql import GraphQLError, GraphQLSchema
from strawberry.execution import optimized_is_awaitable

from server.graphql.schema.context import Context
from server.graphql.transport.documents import Operation
from server.graphql.transport.executor import PlannedExecutor, Tally
from server.kit.passes import Pace

MAX_COERCION_ERRORS = 5


def executor_of(
    schema: GraphQLSchema,
    context: Context,
    operation: Operation,
    variables: Mapping[str, Any],
    *,
    hide_suggestions: bool,
    tally: Tally,
    pace: Pace | None = None,
    aside: Pool | None = None,
) -> PlannedExecutor | list[GraphQLError]:
    """Return what executes an operation (for `pace` and `aside` see `PlannedExecutor`), or what is wrong with its variables."""
    executor = PlannedExecutor.build(
        schema,
        operation.document,
        context_value=context,
        raw_variable_values=dict(variables),
        operation_name=operation.name,
        max_coercion_errors=MAX_COERCION_ERRORS,
        is_awaitable=cast("Any", optimized_is_awaitable),
        hide_suggestions=hide_suggestions,
        plans=operation.plans,
        tally=tally,
        pace=pace,
        aside=aside,
    )
    return cast("PlannedExecutor | list[GraphQLError]", executor)
