"""GraphQL over WebSocket: the graphql-transport-ws protocol, and no other."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import ExitStack, aclosing
from dataclasses import dataclass
from typing import Any, cast

import orjson
import structlog
from graphql import GraphQLError, OperationType
from starlette.websockets import WebSocket, WebSocketDisconnect

from server.errors import Denied, Throttled
from server.graphql.schema.context import Context
from server.graphql.transport.answers import (
    GraphqlResponse,
    count_refusal,
    refuse,
    refuse_denied,
    refuse_input,
    refuse_unavailable,
)
from server.graphql.transport.caller_watches import CallerWatches
from server.graphql.transport.documents import Operation
from server.graphql.transport.engine import Engine, NewDocument, Request
from server.graphql.transport.identifier import Identifier, bearer_token
from server.graphql.transport.json_body import BadJson, check_value, decode_object
from server.graphql.transport.parameters import request_of
from server.graphql.transport.shared_streams import Write
from server.graphql.transport.socket_messages import (
    BAD_REQUEST,
    FORBIDDEN,
    GOING_AWAY,
    INIT_TIMEOUT,
    INTERNAL_ERROR,
    SUBPROTOCOL_NOT_ACCEPTABLE,
    SUBSCRIBER_EXISTS,
    TOO_MANY_INITS,
    TRY_AGAIN_LATER,
    UNAUTHORIZED,
    Closed,
    closing_when_unable,
    first_of,
    forbidden,
    id_of,
    next_text,
    payload_of,
    unable,
)
from server.graphql.transport.streams import Streams, Transport
from server.kit.logging import bind_to_log
from server.store.outages import is_outage

log = structlog.get_logger()

PROTOCOL = "graphql-transport-ws"
MAX_ID = 128
MAX_REASON_BYTES = 123  # what RFC 6455, section 5.5, leaves of a close frame


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketPolicy:
    """The bounds of one connection; times in seconds."""

    operations: int = 50
    init_seconds: float = 5.0
    send_seconds: float = 15.0
    recheck_seconds: float = 10.0
    stranger_seconds: float = 60.0


class SocketEndpoint:
    """Accepts connections and follows the protocol on each."""

    def __init__(
        self, engine: Engine, identifier: Identifier, streams: Streams, policy: SocketPolicy
    ) -> None:
        self.engine = engine
        self.identifier = identifier
        self.streams = streams
        self.policy = policy
        self.watches = CallerWatches(policy.recheck_seconds)

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
                    await Connection(self, socket, tasks, counted).serve()
        except* Closed as group:
            ending = first_of(group)
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
        self._ending: asyncio.Future[Closed] = asyncio.get_running_loop().create_future()
        self._initialised = False
        self._write_text: Callable[[bytes], bool] | None = socket.scope.get("state", {}).get("write_text")
        self._secret = endpoint.identifier.secret_of(socket)
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._answering: set[asyncio.Task[object]] = set()

    async def serve(self) -> None:
        """Do what the client says, until something ends the connection.

        Raises:
            Closed: why it ends.
        """
        self._counted.enter_context(self._endpoint.streams.telling(self._stop))
        self._tasks.create_task(self._await_end())
        late = Closed(INIT_TIMEOUT, "Connection initialisation timeout")
        self._awaiting_init = self._end_after(self._policy.init_seconds, late)
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
                await self._send({"type": "pong", **payload_of(message)})
            case "pong":
                payload_of(message)
            case "complete":
                operation = self._operations.pop(id_of(message), None)
                if operation is not None:
                    operation.cancel()
            case _:
                raise BadJson("This type of message is unknown")

    async def _init(self, message: Mapping[str, Any]) -> None:
        if self._initialised:
            raise Closed(TOO_MANY_INITS, "Too many initialisation requests")
        payload = payload_of(message).get("payload") or {}
        headers = {str(key).lower(): value for key, value in payload.items()}
        self._secret = bearer_token(headers.get("authorization")) or self._secret
        self._initialised = True
        self._awaiting_init.cancel()
        with closing_when_unable():
            context = await self._identify()
            if self._secret is not None:
                self._counted.enter_context(self._endpoint.watches.watch(context, self._lose_caller))
            await self._identify()  # something may have ended before it was listened for
        if context.caller is None:
            try:
                self._counted.enter_context(self._endpoint.streams.stranger(context.address))
            except Throttled as error:
                raise Closed(TRY_AGAIN_LATER, error.message) from error
            # What can be followed takes a caller.
            self._end_after(self._policy.stranger_seconds, Closed(UNAUTHORIZED, "Nobody has signed in"))
        await self._send({"type": "connection_ack"})

    async def _subscribe(self, message: Mapping[str, Any]) -> None:
        """Begin an operation. What is too much for one of ours is an error of that one, and the others go on."""
        if not self._initialised:
            raise Closed(UNAUTHORIZED, "Unauthorized")
        id_ = id_of(message)
        payload = payload_of(message).get("payload")
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
                        await self._send_text(next_text(id_, answer).decode())
        except Throttled as error:
            return refuse_denied(error)
        finally:
            bind_to_log(code=context.code)
        return None

    def _writer(self, id_: str) -> Write | None:
        """Return what sends an operation's answers at once, if the server has a way to."""
        write_text = self._write_text
        return None if write_text is None else lambda answer: write_text(next_text(id_, answer))

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
            raise forbidden()
        return context

    async def _await_end(self) -> None:
        """End the connection for a reason from outside; what is being answered, a sign-out for one, is before that."""
        ending = await self._ending
        if ending.code == FORBIDDEN and self._answering:
            await asyncio.wait(set(self._answering), timeout=self._policy.send_seconds)
        raise ending

    def _end(self, ending: Closed) -> None:
        if not self._ending.done():
            self._ending.set_result(ending)

    def _end_after(self, seconds: float, ending: Closed) -> asyncio.TimerHandle:
        timer = asyncio.get_running_loop().call_later(seconds, self._end, ending)
        self._counted.callback(timer.cancel)
        return timer

    def _lose_caller(self, reason: Exception) -> None:
        self._end(forbidden() if isinstance(reason, Denied) else unable())

    def _stop(self) -> None:
        self._end(Closed(GOING_AWAY, "The server is shutting down"))

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
