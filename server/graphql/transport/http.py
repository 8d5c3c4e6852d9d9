"""GraphQL over HTTP, as its specification has it (GraphQL over HTTP, draft of July 2025)."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any

import orjson
import structlog
from graphql import OperationType
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Send

from server.errors import ErrorCode, Throttled
from server.graphql.schema.codes import EdgeCode
from server.graphql.schema.context import Context
from server.graphql.transport.answers import GraphqlResponse, count_refusal, refuse_denied, refuse_unavailable
from server.graphql.transport.documents import Operation
from server.graphql.transport.engine import Engine, NewDocument, Request
from server.graphql.transport.identifier import Identifier
from server.graphql.transport.json_body import BadJson, parse_object
from server.graphql.transport.negotiation import EVENT_STREAM, GRAPHQL_RESPONSE, JSON, best_type
from server.graphql.transport.parameters import request_of
from server.graphql.transport.sse import event_stream, single_event
from server.graphql.transport.streams import Streams, Transport
from server.kit.inflating import BadGzip, Inflater, TooLong
from server.kit.logging import bind_to_log
from server.store.outages import is_outage

log = structlog.get_logger()

MAX_BODY = 256 * 1024
HEADERS = {"Cache-Control": "no-store", "Vary": "Accept, Origin"}
STATUSES = {
    "UNAUTHENTICATED": 401,
    "FORBIDDEN": 403,
    "ADDRESS_NOT_ALLOWED": 403,
    "THROTTLED": 429,
    "UNAVAILABLE": 503,
}


class HttpRefused(Exception):
    """The HTTP request itself is wrong, whatever it asks for."""

    def __init__(self, status: int, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers


class HttpEndpoint:
    """Answers GET and POST."""

    def __init__(
        self, engine: Engine, identifier: Identifier, streams: Streams, *, send_seconds: float
    ) -> None:
        self._engine = engine
        self._identifier = identifier
        self._streams = streams
        self._send_seconds = send_seconds

    async def answer(self, http: HttpRequest) -> Response:
        """Answer one HTTP request."""
        try:
            accepted = _accepted(http)
            parameters = _query_parameters(http) if http.method == "GET" else await _body_parameters(http)
            return await self._run(http, request_of(parameters), accepted)
        except BadJson as error:
            return _refused(400, str(error), {})
        except HttpRefused as refused:
            return _refused(refused.status, refused.message, refused.headers)
        except ClientDisconnect:
            return Response(status_code=400)

    async def _run(self, http: HttpRequest, request: Request, accepted: str) -> Response:
        response = Response()
        try:
            admitted = await self._admit(http, response, request, accepted)
        except Exception as error:
            if not is_outage(error):
                raise
            admitted = refuse_unavailable(error)
        if isinstance(admitted, GraphqlResponse):
            return self._refuse(admitted, accepted)
        context, operation = admitted
        followed = operation.type is OperationType.SUBSCRIPTION
        if followed:
            try:
                self._streams.check(context.budget_key)
            except Throttled as error:
                return self._refuse(refuse_denied(error), accepted)
            context.resume_after = http.headers.get("last-event-id")
            return self._stream(context, self._engine.run(context, operation, request.variables))
        # What a mutation answers may be shown this once, and is not compressed (`web.compression` says why).
        if operation.type is OperationType.MUTATION:
            http.scope.setdefault("state", {})["holds_secret"] = True
        answer = await self._engine.execute(context, operation, request.variables)
        if answer.refused:
            return self._refuse(answer, accepted)
        bind_to_log(code=context.code)
        return respond(answer, accepted, cookies=response.headers.getlist("set-cookie"))

    def _refuse(self, answer: GraphqlResponse, accepted: str) -> Response:
        count_refusal(self._identifier.services, answer)
        return respond(answer, accepted)

    async def _admit(
        self, http: HttpRequest, response: Response, request: Request, accepted: str
    ) -> tuple[Context, Operation] | GraphqlResponse:
        """Look an operation up and have it allowed and paid for; nobody is looked up for what is refused before."""
        operation, context = self._engine.look_up(request), None
        if isinstance(operation, NewDocument):
            context = await self._identify(http, response)
            operation = await self._engine.look_over(context, operation)
        if isinstance(operation, GraphqlResponse):
            return operation
        if http.method == "GET" and operation.type is OperationType.MUTATION:
            raise HttpRefused(405, "A link changes nothing: mutations are asked by POST.", Allow="POST")
        if operation.type is OperationType.SUBSCRIPTION and accepted != EVENT_STREAM:
            raise HttpRefused(400, f"A subscription takes a WebSocket, or an Accept of {EVENT_STREAM} alone.")
        context = context or await self._identify(http, response)
        return await self._engine.admit(context, operation, request.variables) or (context, operation)

    async def _identify(self, http: HttpRequest, response: Response) -> Context:
        return await self._identifier.context(http, response, self._identifier.secret_of(http))

    def _stream(self, context: Context, answers: AsyncGenerator[GraphqlResponse, None]) -> Response:
        return EventStream(
            self._followed(context, answers),
            headers={**HEADERS, "X-Accel-Buffering": "no"},
            send_seconds=self._send_seconds,
        )

    async def _followed(
        self, context: Context, answers: AsyncGenerator[GraphqlResponse, None]
    ) -> AsyncGenerator[bytes, None]:
        with self._streams.follow(context.budget_key, Transport.SSE):
            async with aclosing(event_stream(answers, context, self._streams)) as events:
                async for event in events:
                    yield event


class _NotReadError(Exception):
    """The client does not take what is sent."""


class EventStream(StreamingResponse):
    """A stream that is closed as soon as its client has gone or reads no more, rather than when it is collected."""

    def __init__(
        self, events: AsyncGenerator[bytes, None], *, headers: Mapping[str, str], send_seconds: float
    ) -> None:
        super().__init__(events, headers=headers, media_type=EVENT_STREAM)
        self._events = events
        self._send_seconds = send_seconds

    async def stream_response(self, send: Send) -> None:
        """Send it; to a client that reads no more it breaks off, without an end."""

        async def send_in_time(message: Message) -> None:
            try:
                async with asyncio.timeout(self._send_seconds):
                    await send(message)
            except TimeoutError as error:
                raise _NotReadError from error

        async with aclosing(self._events):
            try:
                await super().stream_response(send_in_time)
            except _NotReadError:
                log.info("stream broken off: its client does not read")


def _accepted(http: HttpRequest) -> str:
    if http.method not in {"GET", "POST"}:
        raise HttpRefused(405, "GraphQL is asked by GET or POST.", Allow="GET, POST")
    accepted = best_type(", ".join(http.headers.getlist("accept")))
    if accepted is None:
        raise HttpRefused(406, f"Answers are {GRAPHQL_RESPONSE}, {JSON} or {EVENT_STREAM}.")
    return accepted


def _query_parameters(http: HttpRequest) -> dict[str, Any]:
    parameters: dict[str, Any] = {}
    for name, value in http.query_params.multi_items():
        if name in parameters:
            raise HttpRefused(400, f"The parameter {name} is given twice.")
        parameters[name] = _object(value) if name in {"variables", "extensions"} else value
    return parameters


def _object(value: str) -> dict[str, Any] | None:
    """Return the object that a parameter holds; an empty one and null are as good as none."""
    return parse_object(value) if value.strip() not in {"", "null"} else None


async def _body_parameters(http: HttpRequest) -> dict[str, Any]:
    # A type that a page of another site can't send without being asked first (CORS) keeps out forgeries.
    type_, *details = (part.strip().lower() for part in http.headers.get("content-type", "").split(";"))
    charsets = [detail.partition("=")[2].strip('"') for detail in details if detail.startswith("charset=")]
    if type_ != JSON or any(charset not in {"utf-8", "utf8"} for charset in charsets):
        raise HttpRefused(415, f"A request is {JSON} in UTF-8.", Accept=JSON)
    inflater = _inflater(http.headers.get("content-encoding", "identity").strip().lower())
    try:
        body = await _body(http, inflater)
    except TooLong as error:
        raise HttpRefused(413, f"A request has at most {MAX_BODY} bytes.", Connection="close") from error
    except BadGzip as error:
        raise HttpRefused(400, str(error), Connection="close") from error
    return parse_object(body)


async def _body(http: HttpRequest, inflater: Inflater | None) -> bytes:
    body, received = bytearray(), 0
    async for chunk in http.stream():
        received += len(chunk)
        body += inflater.feed(chunk) if inflater else chunk
        if max(len(body), received) > MAX_BODY:
            raise TooLong("The body is too long.")
    if inflater:
        inflater.finish()
    return bytes(body)


def _inflater(coding: str) -> Inflater | None:
    if coding == "identity":
        return None
    if coding not in {"gzip", "x-gzip"}:
        raise HttpRefused(415, "A request's body comes as it is or as gzip.", **{"Accept-Encoding": "gzip"})
    return Inflater(MAX_BODY)


async def answer_fault(http: HttpRequest, error: Exception) -> Response:
    """Answer, whatever was asked, where we failed; the server logs the fault itself with the request's id."""
    if is_outage(error):
        return respond(refuse_unavailable(error), JSON)
    request_id = http.scope["state"]["request_id"]
    message = f"Something went wrong on our side; the log has it as {request_id}."
    extensions = {"code": EdgeCode.INTERNAL_SERVER_ERROR, "requestId": request_id}
    payload = {"errors": [{"message": message, "extensions": extensions}]}
    return Response(orjson.dumps(payload), 500, HEADERS, f"{JSON}; charset=utf-8")


def respond(answer: GraphqlResponse, accepted: str, cookies: Sequence[str] = ()) -> Response:
    """Return an answer in a media type, with the status that its refusal has there."""
    status, headers = 200, dict(HEADERS)
    codes = {error["extensions"]["code"] for error in answer.errors}
    # Only a status other than 200 tells a client that awaits a stream that there is none.
    if answer.refused and accepted != JSON:
        status = next((STATUSES[code] for code in STATUSES if code in codes), 400)
    # In whichever type it comes: what lies between, and who knows no GraphQL, tries again after a 503.
    if ErrorCode.UNAVAILABLE in codes and not answer.has_data:
        status = 503
    retry_after = [error["extensions"].get("retryAfter") for error in answer.errors]
    if any(retry_after):
        headers["Retry-After"] = str(max(filter(None, retry_after)))
    if accepted == EVENT_STREAM and not answer.refused and status == 200:  # noqa: PLR2004
        response = Response(single_event(answer), status, headers, EVENT_STREAM)
    else:
        media_type = JSON if accepted == EVENT_STREAM else accepted
        response = Response(answer.json, status, headers, f"{media_type}; charset=utf-8")
    for cookie in cookies:
        response.headers.append("set-cookie", cookie)
    return response


def _refused(status: int, message: str, headers: dict[str, str]) -> Response:
    payload = {"errors": [{"message": message, "extensions": {"code": EdgeCode.BAD_REQUEST}}]}
    return Response(orjson.dumps(payload), status, {**HEADERS, **headers}, f"{JSON}; charset=utf-8")
