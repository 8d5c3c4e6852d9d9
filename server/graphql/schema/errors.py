"""How an answer shows refusals and faults: as `userErrors` in a payload, or as coded and masked `errors`."""

from collections.abc import Callable
from typing import Annotated, Any, ParamSpec, TypeVar

import strawberry
import structlog
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.extensions import FieldExtension

from server.errors import DomainError, ErrorCode, Lagging, RateLimited, Refusal, Throttled, Unavailable
from server.graphql.schema.access import Access, field, object_type, resolved
from server.graphql.schema.codes import EdgeCode
from server.graphql.schema.context import Context, Info
from server.graphql.schema.echoes import without_values
from server.kit.ids import new_request_id
from server.store.outages import outage_of

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

Input = Annotated[T, strawberry.argument(description="The input of the mutation.")]

log = structlog.get_logger()


@object_type(access=Access.ANYONE, description="Why the request was refused. Nothing was changed.")
class UserError:
    """A refusal, as a payload shows it."""

    path: list[str] = field(
        name="field",
        description="The path of the input field; empty if it is about the whole request.",
    )
    code: ErrorCode = field(description="The reason, for programs. It stays the same in later versions.")
    message: str = field(description="The reason, for people. Its wording may change.")
    retry_after: int | None = field(
        description="How many seconds to wait before trying again; null if waiting does not help."
    )

    @classmethod
    def of(cls, error: DomainError) -> "UserError":
        """Return a refusal as a payload shows it."""
        return cls(
            path=list(error.field),
            code=error.code,
            message=error.message,
            retry_after=error.retry_after if isinstance(error, RateLimited | Throttled) else None,
        )


@object_type(access=Access.SIGNED_IN_ANY_SCOPE, description="The result of any mutation.")
class Payload:
    """The fields that all payloads share."""

    user_errors: list[UserError] = field(
        default_factory=list,
        description="Why the request was refused. Empty on success.",
    )


class AnswerRefusals(FieldExtension):
    """Turns a refusal into a payload that only has `userErrors`."""

    def __init__(self, payload: type[Any], refusals: tuple[type[DomainError], ...]) -> None:
        """All fields of the payload except `user_errors` may be None."""
        self._payload = payload
        self._refusals = refusals

    def payload(self, context: Context, *refusals: DomainError) -> Any:
        """Return the payload of a mutation that was refused."""
        for error in refusals:
            context.count_error(str(error.code))
        return self._payload(user_errors=[UserError.of(error) for error in refusals])

    async def resolve_async(self, next_: Any, source: Any, info: Info, **arguments: Any) -> Any:
        """Call the mutation, and return its payload if it is refused."""
        try:
            return await next_(source, info, **arguments)
        except Unavailable:
            raise  # the input is not at fault
        except self._refusals as error:
            return self.payload(info.context, error)


def mutation(
    *, access: Access, payload: type[Any], description: str, refusals: tuple[type[DomainError], ...] = ()
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare a mutation: who may call it, and which payload has its refusals.

    Being throttled inside the mutation is a refusal, too. `refusals` are further errors that are about this
    mutation's input, but elsewhere about the whole request.
    """
    answers = AnswerRefusals(payload, (Refusal, Throttled, *refusals))
    return resolved(access=access, description=description, extensions=[answers])


def cause_of(error: GraphQLError) -> Exception | None:
    """Return what a resolver raised, or None if the document or its values are wrong."""
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


def coded(error: GraphQLError, *, validated: bool = False) -> GraphQLError:
    """Return an error as the caller may see it, with `extensions.code`.

    If the document was `validated` before, a value sent with it is wrong.
    """
    if error.extensions and "code" in error.extensions:
        return error
    cause = cause_of(error)
    request_id = structlog.contextvars.get_contextvars().get("request_id") or new_request_id()
    outage = None if cause is None else outage_of(cause)
    if outage is not None:
        log.warning("unavailable", request_id=request_id, path=error.path, cause=outage, error=repr(cause))
        cause = Unavailable()
        error = _with(error, cause.message, {})
    if isinstance(cause, DomainError):
        bad_input = cause.code is ErrorCode.INVALID_INPUT
        extensions: dict[str, Any] = {"code": EdgeCode.BAD_USER_INPUT if bad_input else str(cause.code)}
        if isinstance(cause, Throttled):
            extensions["retryAfter"] = cause.retry_after
        if isinstance(cause, Lagging):
            extensions["cursor"] = cause.cursor
        return _with(error, without_values(error.message), extensions)
    if cause is None or isinstance(cause, GraphQLError):
        if validated:
            code = EdgeCode.BAD_USER_INPUT
        elif isinstance(error, GraphQLSyntaxError):
            code = EdgeCode.GRAPHQL_PARSE_FAILED
        else:
            code = EdgeCode.GRAPHQL_VALIDATION_FAILED
        return _with(error, without_values(error.message), {"code": code})
    log.error("resolver failed", request_id=request_id, path=error.path, exc_info=cause)
    return _with(
        error,
        f"Something went wrong on our side. Look for {request_id} in the log.",
        {"code": EdgeCode.INTERNAL_SERVER_ERROR, "requestId": request_id},
    )


def _with(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )
