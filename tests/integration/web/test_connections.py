"""Connections are counted, and none may wait for ever."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from structlog.testing import capture_logs
from websockets.asyncio.client import connect

from server.web.connections import REFUSAL, ConnectionBounds, Connections, Network, bounded_protocols
from tests.client import PATIENCE_SECONDS, until

REQUEST = b"POST / HTTP/1.1\r\nhost: chappe.test\r\ncontent-length: 2\r\n\r\nhi"
CHUNKED = "POST / HTTP/1.1\r\nhost: chappe.test\r\ntransfer-encoding: chunked\r\n\r\n"
NEVER = 600.0
MAX_OF_CLIENT = 3
SOON = ConnectionBounds(max_open=50, max_of_client=50, head_seconds=0.1, body_seconds=0.1)
FEW = ConnectionBounds(max_open=5, max_of_client=MAX_OF_CLIENT, head_seconds=NEVER, body_seconds=NEVER)


@dataclass
class Served:
    """A server, and what its application was asked."""

    connections: Connections
    port: int
    bodies: list[bytes | None] = field(default_factory=list)
    headers: list[bytes] = field(default_factory=list)

    async def connect(self, address: str = "127.0.0.1") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect from an address of this machine."""
        return await asyncio.open_connection("127.0.0.1", self.port, local_addr=(address, 0))


@asynccontextmanager
async def _serving(bounds: ConnectionBounds, proxies: tuple[Network, ...] = ()) -> AsyncIterator[Served]:
    connections = Connections(bounds, proxies)
    bodies: list[bytes | None] = []
    headers: list[bytes] = []

    async def read(request: Request) -> Response:
        try:
            bodies.append(await request.body())
        except ClientDisconnect:
            bodies.append(None)
        headers.extend(name for name, _ in request.scope["headers"])
        return PlainTextResponse("read")

    async def echo(web: WebSocket) -> None:
        await web.accept()
        async for text in web.iter_text():
            await web.send_text(text)

    app = Starlette(routes=[Route("/", read, methods=["POST"]), WebSocketRoute("/echo", echo)])
    options: dict[str, Any] = bounded_protocols(connections)
    server = uvicorn.Server(
        uvicorn.Config(
            app, lifespan="off", log_config=None, access_log=False, timeout_keep_alive=600, **options
        )
    )
    listener = socket.create_server(("127.0.0.1", 0))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    await until(lambda: server.started)

    async def look() -> None:
        while True:
            connections.end_overdue(server.server_state.connections, asyncio.get_running_loop().time())
            await asyncio.sleep(0.01)

    looking = asyncio.create_task(look())
    try:
        yield Served(connections, listener.getsockname()[1], bodies, headers)
    finally:
        looking.cancel()
        server.should_exit = True
        server.force_exit = True
        await task


async def _drip(
    writer: asyncio.StreamWriter, reader: asyncio.StreamReader, piece: bytes, most: int = -1
) -> bytes:
    """Send a piece again and again until the server has had enough; return what it said, or the first of it."""
    answer = asyncio.create_task(reader.read(most))
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not answer.done():
            writer.write(piece)
            await asyncio.sleep(0.01)
    writer.close()
    return answer.result() if answer.exception() is None else b""


@pytest.mark.parametrize(
    ("begin", "piece"),
    [
        (b"", b""),
        (b"POST / HTTP/1.1\r\nhost: chappe.test\r\n", b"x-more: x\r\n"),
        (b"POST / HTTP/1.1\r\nhost: chappe.test\r\ncontent-length: 1000000\r\n\r\n", b"x"),
    ],
    ids=["nothing", "head", "body"],
)
async def test_who_takes_too_long_is_let_go(begin: bytes, piece: bytes) -> None:
    """A client that sends nothing, or the head or body byte by byte."""
    async with _serving(SOON) as served:
        reader, writer = await served.connect()
        writer.write(begin)
        assert await _drip(writer, reader, piece) == b""
        await until(lambda: served.connections.count == 0)
        if b"content-length" in begin:
            await until(lambda: served.bodies == [None])


async def test_so_is_who_drips_the_next_request() -> None:
    """An answer restarts the time limit, but does not end it."""
    async with _serving(SOON) as served:
        reader, writer = await served.connect()
        writer.write(REQUEST)
        assert b"read" in await reader.readuntil(b"read")
        writer.write(b"POST / HTTP/1.1\r\n")
        assert await _drip(writer, reader, b"x-more: x\r\n") == b""
    assert served.bodies == [b"hi"]


async def test_a_connection_is_kept_between_requests() -> None:
    """Longer than a head may take: proxies keep theirs for a minute. A body in chunks is no beginning of a head."""
    async with _serving(SOON) as served:
        reader, writer = await served.connect()
        for request in (REQUEST, f"{CHUNKED}2\r\nhi\r\n".encode()):
            writer.write(request)
            if b"chunked" in request:
                await asyncio.sleep(0)  # so that the end of the body comes alone
                writer.write(b"0\r\n\r\n")
            assert b"read" in await reader.readuntil(b"read")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(SOON.head_seconds * 4):
                    await reader.read(1)
        writer.close()


@pytest.mark.parametrize(
    ("begin", "piece"),
    [
        (b"POST /", b"x" * 1_000),
        (b"POST / HTTP/1.1\r\nhost: chappe.test\r\nx-more: ", b"x" * 1_000),
        (b"POST / HTTP/1.1\r\nhost: chappe.test\r\n", b"x-more: x\r\n" * 100),
        (f"{CHUNKED}1;".encode(), b"x" * 1_000),
        (f"{CHUNKED}0\r\n".encode(), b"x-more: x\r\n" * 100),
    ],
    ids=["address", "header", "headers", "extension of a chunk", "trailers"],
)
async def test_a_head_has_an_end(begin: bytes, piece: bytes) -> None:
    """What belongs to no body is refused once it is long, wherever it stands."""
    async with _serving(FEW) as served:
        reader, writer = await served.connect()
        writer.write(begin)
        assert b" 400 " in await _drip(writer, reader, piece, most=100)
        await until(lambda: served.connections.count == 0)


async def test_a_header_behind_the_body_changes_nothing() -> None:
    """Who calls, and from where, is judged by the head."""
    async with _serving(ConnectionBounds()) as served:
        reader, writer = await served.connect()
        writer.write(f"{CHUNKED}2\r\nhi\r\n0\r\nx-later: x\r\n\r\n".encode())
        assert b"read" in await reader.readuntil(b"read")
        writer.close()
    assert served.bodies == [b"hi"]
    assert b"x-later" not in served.headers


async def test_a_socket_is_no_request() -> None:
    """It has its own bounds, and is counted until it ends."""
    async with _serving(SOON) as served:
        async with connect(f"ws://127.0.0.1:{served.port}/echo", proxy=None) as web:
            for _ in range(3):
                reader, writer = await served.connect()
                assert await _drip(writer, reader, b"") == b""
                await web.send("here")
                assert await web.recv() == "here"
            assert served.connections.count == 1
        await until(lambda: served.connections.count == 0)


async def _refusal(served: Served, address: str = "127.0.0.1") -> bytes:
    reader, writer = await served.connect(address)
    async with asyncio.timeout(PATIENCE_SECONDS):
        answer = await reader.read()
    writer.close()
    return answer


async def test_one_address_has_its_share_and_all_have_a_bound() -> None:
    """What is beyond is answered with 503, and there is room again once somebody leaves."""
    async with _serving(FEW) as served:
        opened = [await served.connect() for _ in range(MAX_OF_CLIENT)]
        await until(lambda: served.connections.count == MAX_OF_CLIENT)
        with capture_logs() as logs:
            assert await _refusal(served) == REFUSAL
        assert [line["cause"] for line in logs] == ["too many connections from one address"]
        opened += [await served.connect("127.0.0.2") for _ in range(FEW.max_open - MAX_OF_CLIENT)]
        await until(lambda: served.connections.count == FEW.max_open)
        assert await _refusal(served, "127.0.0.3") == REFUSAL
        opened[0][1].close()
        await until(lambda: served.connections.count == FEW.max_open - 1)
        reader, writer = await served.connect()
        writer.write(REQUEST)
        assert b"read" in await reader.readuntil(b"read")
        for _, left in [*opened, (reader, writer)]:
            left.close()


async def test_a_proxy_is_bounded_in_all_alone() -> None:
    """It brings everybody, and says who they are."""
    async with _serving(FEW, (ip_network("127.0.0.0/8"),)) as served:
        opened = [await served.connect() for _ in range(FEW.max_open)]
        await until(lambda: served.connections.count == FEW.max_open)
        assert await _refusal(served) == REFUSAL
        for _, writer in opened:
            writer.close()


def test_a_process_has_as_many_as_it_has_descriptors_for() -> None:
    """Some are left for the database, and everybody gets a few."""
    bounds = ConnectionBounds.of_process()
    assert MAX_OF_CLIENT < bounds.max_of_client <= bounds.max_open
