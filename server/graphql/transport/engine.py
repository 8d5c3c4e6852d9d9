"""Running operations: looked up, allowed, paid for and executed, the same way for every transport."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, nullcontext
from dataclasses import dataclass, field
from functools import partial
from inspect import isawaitable
from typing import Any, cast

from graphql import ExecutionResult, GraphQLError, GraphQLSchema, OperationType
from graphql.execution import Executor, create_source_event_stream, execute_subscription_event
from strawberry.execution import optimized_is_awaitable

from server.errors import Denied, DomainError, Unauthenticated
from server.graphql.schema.codes import EdgeCode
from server.graphql.schema.context import Context
from server.graphql.schema.errors import cause_of, coded
from server.graphql.schema.texts import check_variables
from server.graphql.transport.documents import Document, DocumentCache, Operation
from server.graphql.transport.executor import PlannedExecutor, Tally
from server.graphql.transport.limits import Limits, too_much
from server.graphql.transport.pieces import write_in_pieces
from server.graphql.transport.pricing import reading_cost
from server.graphql.transport.trusted_documents import TrustedDocuments
from server.graphql.transport.turn_lock import TurnLock
from server.kit.logging import bind_to_log
from server.kit.passes import OBJECTS_A_PASS, Pace
from server.operations.core.principals import Principal
from server.operations.core.rate_budget import RateBudget
from server.operations.core.services import Services
from server.rules.accounts.names import is_account_name
from server.store.outages import is_outage, ride_out

MAX_COERCION_ERRORS = 5
MAX_LOGGED_NAME = 100
LONG = 500
"""The characters from which a document is looked over by a thread: others take a few milliseconds at most."""
LARGE = 1_000
"""The points from which an operation is done piece by piece: what costs less keeps others waiting for milliseconds."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks for, in whichever way it came."""

    query: str | None
    operation_name: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    extensions: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GraphqlResponse:
    """An execution result as it is sent.

    `refused` tells that nothing of the operation was executed, or no more of it will be; `cursor` where a
    listener stands who has been told this.
    """

    payload: dict[str, Any]
    refused: bool = False
    cursor: str | None = None

    @property
    def errors(self) -> list[dict[str, Any]]:
        """Return its errors, if it has any."""
        errors: list[dict[str, Any]] = self.payload.get("errors", [])
        return errors

    @property
    def has_data(self) -> bool:
        """Whether a field of the operation has a value."""
        return any(value is not None for value in (self.payload.get("data") or {}).values())


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document that has not been looked over yet, and the request that brought it."""

    text: str
    request: Request


class Engine:
    """Runs operations of one schema under one set of limits."""

    def __init__(
        self,
        schema: GraphQLSchema,
        documents: DocumentCache,
        trusted: TrustedDocuments,
        budget: RateBudget,
        limits: Limits,
        *,
        hide_suggestions: bool,
    ) -> None:
        self._schema = schema
        self._trusted = trusted
        self._budget = budget
        self._limits = limits
        self._hide_suggestions = hide_suggestions
        self._turns = TurnLock()
        self._aside = ThreadPoolExecutor(1, "graphql")
        self.documents = documents

    def look_up(self, request: Request) -> Operation | GraphqlResponse | NewDocument:
        """Return the operation that a request means, or answer why not, if its document was looked over before.

        Nothing but memory is asked: what is refused here costs next to nothing.
        """
        try:
            check_variables(request.variables)
            text = self._trusted.text_of(request.query, request.extensions)
        except GraphQLError as error:
            return refuse(error)
        document = self.documents.find(text)
        return NewDocument(text, request) if document is None else _operation(document, request)

    async def look_over(self, context: Context, new: NewDocument) -> Operation | GraphqlResponse:
        """Return the operation that a request means, or answer why not, at the caller's expense.

        One document is looked over at a time, long ones beside the loop: each takes milliseconds.
        """
        try:
            await self._budget.charge(context.budget_key, reading_cost(new.text))
        except Denied as denied:
            return refuse_denied(denied)
        async with self._turns.of(context.budget_key):
            document = self.documents.find(new.text)
            if document is None:
                document = await self._look_over(new.text)
                self.documents.keep(new.text, document)
        return _operation(document, new.request)

    async def _look_over(self, text: str) -> Document:
        if len(text) <= LONG:
            return self.documents.look_over(text)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._aside, self.documents.look_over, text)

    async def admit(
        self, context: Context, operation: Operation, variables: Mapping[str, Any]
    ) -> GraphqlResponse | None:
        """Check that the caller may run this operation, and charge for it; answer why not, or None."""
        _note(context.caller, operation, variables)
        try:
            for requirement in operation.requirements:
                requirement.check(context.caller)
            price = operation.price.of(variables)
            if price.points > self._limits.cost:
                return refuse(
                    too_much(
                        f"This costs {price.points} points, and at most {self._limits.cost} are allowed."
                    )
                )
            await self._budget.charge(context.budget_key, price.points)
        except Denied as denied:
            # Whose credentials were no good hears why, rather than that there were none.
            refusal = context.refusal
            return refuse_denied(refusal if isinstance(denied, Unauthenticated) and refusal else denied)
        context.cost, context.kept, context.paid = price.points, price.kept, price.points
        context.rate_limit = self._budget.limit(context.budget_key)
        return None

    async def run(
        self, context: Context, operation: Operation, variables: Mapping[str, Any]
    ) -> AsyncGenerator[GraphqlResponse, None]:
        """Yield the answers to an operation: one to a query or mutation, many to a subscription."""
        if operation.type is OperationType.SUBSCRIPTION:
            async with aclosing(self._subscribe(context, operation, variables)) as answers:
                async for answer in answers:
                    yield answer
        else:
            yield await self.execute(context, operation, variables)

    async def execute(
        self, context: Context, operation: Operation, variables: Mapping[str, Any]
    ) -> GraphqlResponse:
        """Execute a query or a mutation that was admitted."""
        tally = Tally()
        context.pace = Pace(context.services.passes, context.budget_key)
        with context.services.collector.busy() if context.cost > OBJECTS_A_PASS else nullcontext():
            result = await self._executed(context, operation, variables, tally)
            if context.cost > LARGE and result.data is not None:
                await write_in_pieces(result.data, context.pace)
        return self._answer(context, result, tally)

    async def _executed(
        self, context: Context, operation: Operation, variables: Mapping[str, Any], tally: Tally
    ) -> ExecutionResult:
        aside = self._aside if context.cost > LARGE else None
        executor = self._executor(context, operation, variables, tally, pace=context.pace, aside=aside)
        if isinstance(executor, list):
            return ExecutionResult(None, executor)
        try:
            result = executor.execute_operation()
            return cast("ExecutionResult", await result if isawaitable(result) else result)
        finally:
            executor.let_go()

    def _executor(
        self, context: Context, operation: Operation, variables: Mapping[str, Any], tally: Tally, **ways: Any
    ) -> PlannedExecutor | list[GraphQLError]:
        """Return what executes an operation, or what is wrong with the variables."""
        return cast(
            "PlannedExecutor | list[GraphQLError]",
            PlannedExecutor.build(
                self._schema,
                operation.document,
                context_value=context,
                raw_variable_values=dict(variables),
                operation_name=operation.name,
                max_coercion_errors=MAX_COERCION_ERRORS,
                is_awaitable=cast("Any", optimized_is_awaitable),
                hide_suggestions=self._hide_suggestions,
                plans=operation.plans,
                tally=tally,
                **ways,
            ),
        )

    async def _subscribe(
        self, context: Context, operation: Operation, variables: Mapping[str, Any]
    ) -> AsyncGenerator[GraphqlResponse, None]:
        tally = Tally()
        executor = self._executor(context, operation, variables, tally)
        if isinstance(executor, list):
            yield self._answer(context, ExecutionResult(None, executor), tally)
            return
        source = create_source_event_stream(executor)
        if isawaitable(source):
            source = await source
        if isinstance(source, ExecutionResult):
            yield self._answer(context, source, tally)
            return
        async with aclosing(cast("AsyncGenerator[Any, None]", source)) as events:
            try:
                async for event in events:
                    result = await ride_out(partial(_tell, executor, event))
                    yield self._answer(context, result, tally, event.cursor)
            except _Untold as untold:
                yield end_stream(context, *untold.errors)
            except DomainError as error:
                yield end_stream(context, GraphQLError(error.message, original_error=error))
            except Exception as error:  # noqa: BLE001 logged and masked; graphql-core lets it pass
                yield end_stream(context, GraphQLError("The subscription failed.", original_error=error))

    def _answer(
        self, context: Context, result: ExecutionResult, tally: Tally, cursor: str | None = None
    ) -> GraphqlResponse:
        errors = [coded(error, validated=True) for error in result.errors or ()]
        # Errors without a path come from before the execution: of variables, for one.
        refused = result.data is None and bool(errors) and all(error.path is None for error in errors)
        payload: dict[str, Any] = {} if refused else {"data": result.data}
        if errors:
            payload["errors"] = [error.formatted for error in errors]
        # What failed may have ended what was under way beside it, so that nobody knows how much was done.
        is_whole = not errors or refused
        if not refused:
            for error in payload.get("errors", ()):
                context.count_error(error["extensions"]["code"])
        payload["extensions"] = {"cost": self._settle(context, tally, is_whole=is_whole)}
        return GraphqlResponse(payload, refused, cursor)

    def _settle(self, context: Context, tally: Tally, *, is_whole: bool) -> dict[str, int]:
        """Return what the answer cost, and give back what it was charged and did not take.

        What is asked for by a subscription is charged once in advance, and for each event what that took.
        """
        done = min(max(tally.points + context.kept, 1), context.cost)
        actual = done if is_whole else context.cost
        self._budget.settle(context.budget_key, context.paid - actual)
        context.paid, tally.points = 0, 0
        limit = self._budget.limit(context.budget_key)
        return {"requested": context.cost, "actual": actual, "available": limit.available}


def _note(caller: Principal | None, operation: Operation, variables: Mapping[str, Any]) -> None:
    """Have the log say who asks for what, and of which account where a variable names it."""
    input_ = variables.get("input", variables)
    account = input_.get("account") if isinstance(input_, Mapping) else None
    named = account if isinstance(account, str) and is_account_name(account) else None
    bind_to_log(
        caller=None if caller is None else caller.logged_name,
        account=named or (None if caller is None else caller.user_account),
        operation=f"{operation.type.value} {operation.name or ''}".rstrip()[:MAX_LOGGED_NAME],
    )


def count_refusal(services: Services, answer: GraphqlResponse) -> None:
    """Count why an operation was refused as a whole, and have the log say so."""
    codes = [error["extensions"]["code"] for error in answer.errors]
    for code in codes:
        services.meters.graphql_errors.labels(code).inc()
    bind_to_log(code=codes[0])


def refuse(*errors: GraphQLError) -> GraphqlResponse:
    """Return the answer to a request of which nothing is executed."""
    return GraphqlResponse({"errors": [coded(error).formatted for error in errors]}, refused=True)


def refuse_unavailable(outage: Exception) -> GraphqlResponse:
    """Return the answer to a request that the database kept from being looked at."""
    return refuse(GraphQLError("The database can't.", original_error=outage))


class _Untold(Exception):
    """An event that can't be told of, for reasons that another try would not mend."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__()
        self.errors = errors


async def _tell(executor: Executor[Any], event: Any) -> ExecutionResult:
    """Return an event as its listener has asked for it, whole but for fields that the rules refuse to it.

    Raises:
        Exception: the database could not be asked for a field.
        _Untold: a field failed by a fault of ours, or so much is refused that nothing of the event is left.
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
        raise _Untold(result.errors or [GraphQLError("The event has nothing to tell of.")])
    return result


def end_stream(context: Context, *errors: GraphQLError) -> GraphqlResponse:
    """Return what ends a stream: why, and from where it can be resumed with nothing missed."""
    answer = refuse(*errors)
    if context.cursor is not None:
        for error in answer.errors:
            error["extensions"].setdefault("cursor", context.cursor)
    return answer


def refuse_denied(denied: Denied) -> GraphqlResponse:
    """Return the answer to a request that was denied as a whole."""
    return refuse(GraphQLError(denied.message, original_error=denied))


def refuse_input(message: str) -> GraphqlResponse:
    """Return the answer to a request that holds what none may."""
    return refuse(GraphQLError(message, extensions={"code": EdgeCode.BAD_USER_INPUT}))


def _operation(document: Document, request: Request) -> Operation | GraphqlResponse:
    if document.errors:
        return refuse(*document.errors)
    operation = document.operation(request.operation_name)
    return operation or refuse(_no_operation(document, request.operation_name))


def _no_operation(document: Document, name: str | None) -> GraphQLError:
    if name is not None:
        message = "The document has no operation of this name."
    elif document.operations:
        message = "The document has several operations: name one by `operationName`."
    else:
        message = "The document has no operation."
    return GraphQLError(message, extensions={"code": EdgeCode.OPERATION_RESOLUTION_FAILURE})
