"""GraphQL over WebSocket: the graphql-transport-ws protocol, and no other."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, aclosing, contextmanager
from dataclasses import dataclass
from typing import Any, cast

import orjson
import structlog
from graphql import GraphQLError, OperationType
from starlette.websockets import WebSocket, WebSocketDisconnect

from server.errors import Throttled
from server.graphql.schema.context import Context
from server.graphql.schema.texts import is_fit
from server.graphql.transport.answers import (
    GraphqlResponse,
    count_refusal,
    refuse,
    refuse_denied,
    refuse_input,
    refuse_unavailable,
)
from server.graphql.transport.documents import Operation
from server.graphql.transport.engine import Engine, NewDocument, Request
from server.graphql.transport.identifier import Identifier, bearer_token
from server.graphql.transport.json_body import BadJson, check_value, decode_object
from server.graphql.transport.parameters import request_of
from server.graphql.transport.shared_streams import Write
from server.graphql.transport.streams import Streams, Transport
from server.kit.logging import bind_to_log
from server.kit.wakeup import wait
from server.store.outages import is_outage, ride_out

log = structlog.get_logger()

PROTOCOL = "graphql-transport-ws"
MAX_ID = 128
MAX_REASON_BYTES = 123  # what RFC 6455, section 5.5, leaves of a close frame

GOING_AWAY = 1001
TRY_AGAIN_LATER = 1013
BAD_REQUEST = 4400
UNAUTHORIZED = 4401
FORBIDDEN = 4403
SUBPROTOCOL_NOT_ACCEPTABLE = 4406
INIT_TIMEOUT = 4408
SUBSCRIBER_EXISTS = 4409
TOO_MANY_INITS = 4429
INTERNAL_ERROR = 4500


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketPolicy:
    """The bounds of one connection; times in seconds."""

    operations: int = 50
    init_seconds: float = 5.0
    send_seconds: float = 15.0
    recheck_seconds: float = 10.0
    stranger_seconds: float = 60.0


class Closed(Exception):
    """The connection is to end, with this code; None where the client has gone."""

    def __init__(self, code: int | None, reason: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class SocketEndpoint:
    """Accepts connections and follows the protocol on each."""

    def __init__(
        self, engine: Engine, identifier: Identifier, streams: Streams, policy: SocketPolicy
    ) -> None:
        self.engine = engine
        self.identifier = identifier
        self.streams = streams
        self.policy = policy

    async def serve(self, socket: WebSocket) -> None:
        """Serve one connection until either side ends it; nothing of it is left behind."""
        with self.streams.connected():
            await self._serve(socket)

    async def _serve(self, socket: WebSocket) -> None:
        if not self.identifier.allows_origin(socket):
            # Closed before it is accepted: the handshake is answered with 403.
            await socket.close()
            return
        if PROTOCOL not in socket.scope["subprotocols"]:
            await socket.accept()
            await socket.close(SUBPROTOCOL_NOT_ACCEPTABLE, "Subprotocol not acceptable")
            return
        await socket.accept(subprotocol=PROTOCOL)
        ending = Closed(INTERNAL_ERROR, "Internal server error")
        try:
            with ExitStack() as counted:
                async with asyncio.TaskGroup() as tasks:
                    Connection(self, socket, tasks, counted).start()
        except* Closed as group:
            ending = _first(group)
        finally:
            if ending.code is not None:
                await self._close(socket, ending)

    async def _close(self, socket: WebSocket, ending: Closed) -> None:
        reason = ending.reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
        try:
            # A client that does not read does not take the farewell either.
            async with asyncio.timeout(self.policy.send_seconds):
                await socket.close(ending.code or INTERNAL_ERROR, reason)
        except (RuntimeError, TimeoutError, WebSocketDisconnect):
            return  # the client has gone meanwhile


class Connection:
    """One connection: what it has been told so far, and the operations that it follows."""

    def __init__(
        self, endpoint: SocketEndpoint, socket: WebSocket, tasks: asyncio.TaskGroup, counted: ExitStack
    ) -> None:
        """All tasks of the connection run and end in one group; `counted` ends after them."""
        self._endpoint = endpoint
        self._policy = endpoint.policy
        self._socket = socket
        self._tasks = tasks
        self._counted = counted
        self._sending = asyncio.Lock()
        self._initialised = asyncio.Event()
        self._write_text: Callable[[bytes], bool] | None = socket.scope.get("state", {}).get("write_text")
        self._secret = endpoint.identifier.secret_of(socket)
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._answering: set[asyncio.Task[object]] = set()

    def start(self) -> None:
        """Start reading, and the watches that end the connection; its caller is watched from the initialisation on."""
        for watch in (self._read(), self._watch_init(), self._watch_shutdown()):
            self._tasks.create_task(watch)

    async def _read(self) -> None:
        while True:
            frame = await self._socket.receive()
            if frame["type"] == "websocket.disconnect":
                raise Closed(None)
            text = frame.get("text")
            if text is None:
                raise Closed(BAD_REQUEST, "A message is text")
            try:
                await self._handle(decode_object(text))
            except BadJson as error:
                raise Closed(BAD_REQUEST, str(error)) from error
            await asyncio.sleep(0)  # the next message may be here already, and each takes milliseconds

    async def _handle(self, message: Mapping[str, Any]) -> None:
        if message.get("type") == "subscribe":
            await self._subscribe(message)
            return
        check_value(message)
        match message.get("type"):
            case "connection_init":
                await self._init(message)
            case "ping":
                await self._send({"type": "pong", **_payload(message)})
            case "pong":
                _payload(message)
            case "complete":
                operation = self._operations.pop(_id(message), None)
                if operation is not None:
                    operation.cancel()
            case _:
                raise BadJson("This type of message is unknown")

    async def _init(self, message: Mapping[str, Any]) -> None:
        if self._initialised.is_set():
            raise Closed(TOO_MANY_INITS, "Too many initialisation requests")
        payload = _payload(message).get("payload") or {}
        headers = {str(key).lower(): value for key, value in payload.items()}
        self._secret = bearer_token(headers.get("authorization")) or self._secret
        self._initialised.set()
        with _closing_when_unable():
            context = await self._identify()
            ended = self._counted.enter_context(context.ending())
            await self._identify()  # something may have ended before it was listened for
        if context.caller is None:
            try:
                self._counted.enter_context(self._endpoint.streams.stranger(context.address))
            except Throttled as error:
                raise Closed(TRY_AGAIN_LATER, error.message) from error
            self._tasks.create_task(self._watch_stranger())
        self._tasks.create_task(self._watch_caller(ended))
        await self._send({"type": "connection_ack"})

    async def _subscribe(self, message: Mapping[str, Any]) -> None:
        """Begin an operation. What is too much for one of ours is an error of that one, and the others go on."""
        if not self._initialised.is_set():
            raise Closed(UNAUTHORIZED, "Unauthorized")
        id_ = _id(message)
        payload = _payload(message).get("payload")
        if payload is None:
            raise BadJson("A subscribe message has a payload")
        request = request_of(payload)
        if id_ in self._operations:
            raise Closed(SUBSCRIBER_EXISTS, f"Subscriber for {id_} already exists")
        refusal = self._refusal(id_, payload)
        if refusal is not None:
            await self._refuse(id_, refusal)
        else:
            self._operations[id_] = self._tasks.create_task(self._operate(id_, request))

    def _refusal(self, id_: str, payload: Mapping[str, Any]) -> GraphqlResponse | None:
        maximum = self._policy.operations
        if len(self._operations) >= maximum:
            return refuse_denied(
                Throttled(f"At most {maximum} operations run on one connection at a time.", retry_after=1)
            )
        if len(id_) > MAX_ID:
            return refuse_input(f"An id has at most {MAX_ID} characters.")
        try:
            check_value(payload)
        except BadJson as error:
            return refuse_input(str(error))
        return None

    async def _refuse(self, id_: str, refusal: GraphqlResponse) -> None:
        count_refusal(self._endpoint.identifier.services, refusal)
        await self._send({"id": id_, "type": "error", "payload": refusal.errors})

    async def _operate(self, id_: str, request: Request) -> None:
        """Run one operation to its end; a client that completes it has this task cancelled."""
        task = cast("asyncio.Task[object]", asyncio.current_task())
        task.add_done_callback(self._answering.discard)
        try:
            refusal = await self._run(id_, request)
        except Closed:
            raise
        except asyncio.CancelledError:
            if self._operations.get(id_) is not task:  # else the connection ends
                log.info("operation", transport=Transport.WEBSOCKET, completed="by its client")
            raise
        except Exception as error:  # noqa: BLE001 logged and masked; the other operations have no part in it
            refusal = refuse(GraphQLError("The operation failed.", original_error=error))
        if self._operations.get(id_) is task:
            del self._operations[id_]
            if refusal is None:
                await self._send({"id": id_, "type": "complete"})
            else:
                await self._refuse(id_, refusal)
        log.info("operation", transport=Transport.WEBSOCKET)

    async def _run(self, id_: str, request: Request) -> GraphqlResponse | None:
        """Send the answers to one operation; return the refusal if it was not run."""
        engine, streams = self._endpoint.engine, self._endpoint.streams
        admitted = await self._admit(request)
        if isinstance(admitted, GraphqlResponse):
            return admitted
        context, operation = admitted
        try:
            with streams.follow(context.budget_key, Transport.WEBSOCKET):
                write = self._writer(id_)
                async with aclosing(engine.run(context, operation, request.variables, write)) as answers:
                    async for answer in answers:
                        if answer.refused:
                            return answer
                        await self._send_text(_next(id_, answer).decode())
        except Throttled as error:
            return refuse_denied(error)
        finally:
            bind_to_log(code=context.code)
        return None

    def _writer(self, id_: str) -> Write | None:
        """Return what sends an operation's answers at once, if the server has a way to."""
        write_text = self._write_text
        return None if write_text is None else lambda answer: write_text(_next(id_, answer))

    async def _admit(self, request: Request) -> tuple[Context, Operation] | GraphqlResponse:
        engine = self._endpoint.engine
        operation = engine.look_up(request)
        if isinstance(operation, GraphqlResponse):
            return operation
        try:
            context = await self._identify()
            if isinstance(operation, NewDocument):
                operation = await engine.look_over(context, operation)
            if isinstance(operation, Operation):
                if operation.type is not OperationType.SUBSCRIPTION:
                    self._answering.add(cast("asyncio.Task[object]", asyncio.current_task()))
                return await engine.admit(context, operation, request.variables) or (context, operation)
        except Exception as error:
            if not is_outage(error):
                raise
            return refuse_unavailable(error)
        return operation

    async def _identify(self) -> Context:
        """Find out anew who is calling: rights may have gone since the last time."""
        context = await self._endpoint.identifier.context(self._socket, self._socket, self._secret)
        if context.refusal is not None:
            raise Closed(FORBIDDEN, "Forbidden")
        return context

    async def _check_caller(self) -> None:
        """Let the caller stay, or else answer what is being answered, a sign-out for one, and end the connection."""
        try:
            await self._identify()
        except Closed:
            if self._answering:
                await asyncio.wait(set(self._answering), timeout=self._policy.send_seconds)
            raise

    async def _watch_init(self) -> None:
        try:
            async with asyncio.timeout(self._policy.init_seconds):
                await self._initialised.wait()
        except TimeoutError as error:
            raise Closed(INIT_TIMEOUT, "Connection initialisation timeout") from error

    async def _watch_stranger(self) -> None:
        """Let nobody stay for long who has nothing to follow: what can be followed takes a caller."""
        await asyncio.sleep(self._policy.stranger_seconds)
        raise Closed(UNAUTHORIZED, "Nobody has signed in")

    async def _watch_caller(self, ended: asyncio.Event) -> None:
        with _closing_when_unable():
            while True:
                await wait(ended, self._policy.recheck_seconds)
                await ride_out(self._check_caller)

    async def _watch_shutdown(self) -> None:
        await self._endpoint.streams.stopping.wait()
        raise Closed(GOING_AWAY, "The server is shutting down")

    async def _send(self, message: Mapping[str, Any]) -> None:
        await self._send_text(orjson.dumps(message).decode())

    async def _send_text(self, text: str) -> None:
        try:
            async with self._sending, asyncio.timeout(self._policy.send_seconds):
                await self._socket.send_text(text)
        except TimeoutError as error:
            raise Closed(TRY_AGAIN_LATER, "The client does not read") from error
        except WebSocketDisconnect as error:
            raise Closed(None) from error


@contextmanager
def _closing_when_unable() -> Iterator[None]:
    """End the connection where the database can't say who is calling: rights that can't be seen are none."""
    try:
        yield
    except Exception as error:
        if not is_outage(error):
            raise
        raise Closed(TRY_AGAIN_LATER, "The server can't at present: try again") from error


def _next(id_: str, answer: GraphqlResponse) -> bytes:
    return b'{"id":' + orjson.dumps(id_) + b',"type":"next","payload":' + answer.json + b"}"


def _id(message: Mapping[str, Any]) -> str:
    id_ = message.get("id")
    if not isinstance(id_, str) or not id_ or not is_fit(id_):
        raise BadJson("An id is a string of some characters")
    return id_


def _payload(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return the payload under its own name, if there is one; it is an object or null."""
    payload = message.get("payload")
    if payload is not None and not isinstance(payload, dict):
        raise BadJson("A payload is an object")
    return {"payload": payload} if payload is not None else {}


def _first(group: BaseExceptionGroup[Closed]) -> Closed:
    """Return what ended the connection first: a client that has gone is told nothing."""
    for error in group.exceptions:
        return _first(error) if isinstance(error, BaseExceptionGroup) else error
    raise AssertionError
