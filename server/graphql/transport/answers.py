"""Answers to operations as they are sent, and how a refusal looks."""

from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLError

from server.errors import Denied
from server.graphql.schema.codes import EdgeCode
from server.graphql.schema.context import Context
from server.graphql.schema.errors import coded
from server.kit.logging import bind_to_log
from server.operations.core.services import Services


@dataclass(frozen=True, slots=True)
class GraphqlResponse:
    """An execution result as it is sent.

    `refused` tells that nothing of the operation was executed, or no more of it will be; `cursor` where a
    listener stands who has been told this; `written` the payload as JSON, where many are told the same.
    """

    payload: dict[str, Any]
    refused: bool = False
    cursor: str | None = None
    written: bytes | None = None

    @property
    def json(self) -> bytes:
        """Return the payload as JSON."""
        return orjson.dumps(self.payload) if self.written is None else self.written

    @property
    def errors(self) -> list[dict[str, Any]]:
        """Return its errors, if it has any."""
        errors: list[dict[str, Any]] = self.payload.get("errors", [])
        return errors

    @property
    def has_data(self) -> bool:
        """Whether a field of the operation has a value."""
        return any(value is not None for value in (self.payload.get("data") or {}).values())


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
