"""A client of the GraphQL endpoint: over HTTP in this process, or over a WebSocket of a server on a real port."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from server.graphql.transport.asgi import EdgePolicy, graphql_routes
from server.graphql.transport.limits import Limits
from server.graphql.transport.streams import Streams
from server.operations.core.services import Services
from server.web.connections import ConnectionBounds, Connections, bounded_protocols
from server.web.middleware import RequestContext

HOST = "chappe.test"
PEER = "192.0.2.10"
PATIENCE_SECONDS = 30.0
"""How long something is waited for: longer than a busy machine needs, shorter than a test may take."""


def graphql_app(services: Services, *, secure_cookies: bool = False) -> ASGIApp:
    """Return an application that has nothing but the GraphQL endpoint, wrapped as the server wraps it."""
    policy = EdgePolicy(secure_cookies=secure_cookies, limits=Limits(cost=10**9))
    routes = graphql_routes(services, Streams(), policy)
    return RequestContext(Starlette(routes=routes), services.meters)


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    response: httpx.Response

    @property
    def body(self) -> dict[str, Any]:
        """The answer as JSON."""
        body: dict[str, Any] = self.response.json()
        return body

    @property
    def said(self) -> bytes:
        """The answer to the letter, but for what it cost."""
        return json.dumps({key: value for key, value in self.body.items() if key != "extensions"}).encode()

    @property
    def data(self) -> Any:
        """The data of an answer without errors."""
        assert not self.errors, self.errors
        return self.body["data"]

    @property
    def errors(self) -> list[dict[str, Any]]:
        """The errors; an answer without any has none."""
        errors: list[dict[str, Any]] = self.body.get("errors") or []
        return errors

    @property
    def codes(self) -> list[str]:
        """The code of each error."""
        return [error["extensions"]["code"] for error in self.errors]

    @property
    def refusals(self) -> list[tuple[str, ...]]:
        """The code and the input field of each user error of a mutation that was asked for alone."""
        [payload] = self.data.values()
        return [(error["code"], *error["field"]) for error in payload["userErrors"]]


@dataclass(frozen=True)
class Client:
    """Somebody who asks over HTTP: with a bearer token or without, from an address."""

    app: ASGIApp
    token: str | None = None
    peer: str = PEER
    headers: Mapping[str, str] | None = None

    def having(self, token: str | None) -> "Client":
        """Return the same client with this token."""
        return replace(self, token=token)

    def at(self, peer: str) -> "Client":
        """Return the same client at this address."""
        return replace(self, peer=peer)

    def sending(self, **headers: str) -> "Client":
        """Return the same client, which sends these headers too."""
        return replace(self, headers={**(self.headers or {}), **headers})

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None, **more: Any) -> Answer:
        """Send one operation; `more` goes into the body as it is."""
        return Answer(await self.post(json.dumps({"query": query, "variables": variables or {}, **more})))

    async def post(self, content: str | bytes) -> httpx.Response:
        """Send a body."""
        headers = {"Content-Type": "application/json", **(self.headers or {})}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        transport = httpx.ASGITransport(self.app, client=(self.peer, 50_000))
        async with httpx.AsyncClient(
            transport=transport, base_url=f"http://{HOST}", trust_env=False
        ) as client:
            return await client.post(
                "/graphql", content=content, headers=httpx.Headers(headers, encoding="utf-8")
            )


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """Serve the application on a free port of this machine, in this loop; give host and port."""
    config = uvicorn.Config(
        app, lifespan="off", **bounded_protocols(Connections(ConnectionBounds())), log_config=None, access_log=False,
        proxy_headers=False, timeout_graceful_shutdown=5, ws_per_message_deflate=False,
    )  # fmt: skip
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as the command does
    task = asyncio.create_task(server.serve(sockets=[listener]))
    await until(lambda: server.started)
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


class Socket:
    """One WebSocket connection that speaks graphql-transport-ws."""

    def __init__(self, connection: ClientConnection) -> None:
        """Take an open connection."""
        self.connection = connection

    async def send(self, **message: Any) -> None:
        """Send a message."""
        await self.connection.send(json.dumps(message))

    async def receive(self) -> dict[str, Any]:
        """Wait for the next message."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            message: dict[str, Any] = json.loads(await self.connection.recv())
        return message

    async def closed(self) -> int:
        """Wait until the server ends the connection, whatever it says before, and return the code."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            with suppress(ConnectionClosed):
                while True:
                    await self.connection.recv()
        code = self.connection.close_code
        assert code is not None
        return code

    async def initialise(self, token: str | None = None) -> None:
        """Say who is connecting, and wait until the server has heard."""
        payload = {} if token is None else {"Authorization": f"Bearer {token}"}
        await self.send(type="connection_init", payload=payload)
        assert await self.receive() == {"type": "connection_ack"}

    async def subscribe(self, query: str, variables: Mapping[str, Any] | None = None, id: str = "1") -> None:
        """Send an operation, of any kind."""
        await self.send(type="subscribe", id=id, payload={"query": query, "variables": dict(variables or {})})

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Send a query or mutation, and return its data and errors."""
        await self.subscribe(query, variables, id="ask")
        message = await self.receive()
        if message["type"] == "error":
            return {"data": None, "errors": message["payload"]}
        assert await self.receive() == {"type": "complete", "id": "ask"}
        answer: dict[str, Any] = message["payload"]
        return answer

    async def vanish(self) -> None:
        """Break the connection off, as a cut cable does: no closing handshake."""
        self.connection.transport.abort()
        await self.connection.wait_closed()


@asynccontextmanager
async def socket_to(
    host: str, *, origin: str | None = None, headers: Mapping[str, str] | None = None
) -> AsyncIterator[Socket]:
    """Open a WebSocket connection."""
    async with connect(
        f"ws://{host}/graphql",
        subprotocols=[Subprotocol("graphql-transport-ws")],
        origin=None if origin is None else Origin(origin),
        additional_headers=headers,
        proxy=None,
    ) as connection:
        yield Socket(connection)


async def until(condition: Any) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 nobody tells when it comes true
            await asyncio.sleep(0.005)
