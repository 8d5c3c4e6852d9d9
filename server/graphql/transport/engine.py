"""Running operations: looked up, allowed, paid for and executed, the same way for every transport."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, nullcontext
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any, cast

from graphql import ExecutionResult, GraphQLError, GraphQLSchema, OperationType

from server.errors import Denied, DomainError, Unauthenticated
from server.graphql.schema.codes import EdgeCode
from server.graphql.schema.context import Context
from server.graphql.schema.errors import coded
from server.graphql.schema.texts import check_variables
from server.graphql.transport.answers import GraphqlResponse, end_stream, refuse, refuse_denied
from server.graphql.transport.documents import Document, DocumentCache, Operation
from server.graphql.transport.execution import executor_of
from server.graphql.transport.executor import Tally
from server.graphql.transport.limits import Limits, too_much
from server.graphql.transport.pieces import write_in_pieces
from server.graphql.transport.pricing import reading_cost
from server.graphql.transport.shared_streams import SharedStreams, Write
from server.graphql.transport.subscription import Subscription, Untold
from server.graphql.transport.trusted_documents import TrustedDocuments
from server.graphql.transport.turn_lock import TurnLock
from server.kit.logging import bind_to_log
from server.kit.passes import OBJECTS_A_PASS, Pace
from server.operations.core.principals import Principal
from server.operations.core.rate_budget import RateBudget
from server.rules.accounts.names import is_account_name

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
        self._shared = SharedStreams(self._subscription, self._alone, self._answer)
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

    def run(
        self,
        context: Context,
        operation: Operation,
        variables: Mapping[str, Any],
        write: Write | None = None,
    ) -> AsyncGenerator[GraphqlResponse, None]:
        """Return the answers to an operation: one to a query or mutation, many to a subscription.

        Those of a subscription that `write` takes are not among them.
        """
        if operation.type is OperationType.SUBSCRIPTION:
            return self._shared.follow(context, operation, variables, write)
        return self._once(context, operation, variables)

    async def _once(
        self, context: Context, operation: Operation, variables: Mapping[str, Any]
    ) -> AsyncGenerator[GraphqlResponse, None]:
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
        return self._answer([context], result, tally)

    async def _executed(
        self, context: Context, operation: Operation, variables: Mapping[str, Any], tally: Tally
    ) -> ExecutionResult:
        executor = executor_of(
            self._schema,
            context,
            operation,
            variables,
            hide_suggestions=self._hide_suggestions,
            tally=tally,
            pace=context.pace,
            aside=self._aside if context.cost > LARGE else None,
        )
        if isinstance(executor, list):
            return ExecutionResult(None, executor)
        try:
            result = executor.execute_operation()
            return cast("ExecutionResult", await result if isawaitable(result) else result)
        finally:
            executor.let_go()

    def _subscription(
        self, context: Context, operation: Operation, variables: Mapping[str, Any]
    ) -> Subscription:
        return Subscription(
            self._schema, context, operation, variables, hide_suggestions=self._hide_suggestions
        )

    async def _alone(
        self, context: Context, operation: Operation, variables: Mapping[str, Any]
    ) -> AsyncGenerator[GraphqlResponse, None]:
        """Yield the answers to a subscription until its end, or until somebody else goes on."""
        subscription = self._subscription(context, operation, variables)
        try:
            async with aclosing(subscription.results()) as results:
                async for result, cursor in results:
                    yield self._answer([context], result, subscription.tally, cursor)
        except Untold as untold:
            yield end_stream(context, *untold.errors)
        except DomainError as error:
            yield end_stream(context, GraphQLError(error.message, original_error=error))
        except Exception as error:  # noqa: BLE001 logged and masked; graphql-core lets it pass
            yield end_stream(context, GraphQLError("The subscription failed.", original_error=error))

    def _answer(
        self, contexts: Sequence[Context], result: ExecutionResult, tally: Tally, cursor: str | None = None
    ) -> GraphqlResponse:
        """Return the answer to callers who share a budget and a price; all pay for it."""
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
                for context in contexts:
                    context.count_error(error["extensions"]["code"])
        payload["extensions"] = {"cost": self._settle(contexts, tally, is_whole=is_whole)}
        return GraphqlResponse(payload, refused, cursor)

    def _settle(self, contexts: Sequence[Context], tally: Tally, *, is_whole: bool) -> dict[str, int]:
        """Return what the answer cost each, and give back what they were charged and did not take.

        What is asked for by a subscription is charged once in advance, and for each event what that took.
        """
        of_each = contexts[0]
        done = min(max(tally.points + of_each.kept, 1), of_each.cost)
        actual = done if is_whole else of_each.cost
        paid = sum(context.paid for context in contexts)
        self._budget.settle(of_each.budget_key, paid - actual * len(contexts))
        for context in contexts:
            context.paid = 0
        tally.points = 0
        limit = self._budget.limit(of_each.budget_key)
        return {"requested": of_each.cost, "actual": actual, "available": limit.available}


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
