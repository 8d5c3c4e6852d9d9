"""Endpoints of callbacks: real HTTP servers on a local port, which record requests and answer by script."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Request:
    """A received request: its target (path and query), and its headers by lower-case name."""

    target: str
    headers: dict[str, str]
    connection: int


Script = Callable[[Request, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""Answers one request; the connection is kept unless the script closes the writer."""


@dataclass
class Endpoint:
    """An endpoint, its requests so far, and its script, which a test may change at any time."""

    script: Script
    port: int = 0
    scheme: str = "http"
    greeting: bytes = b""
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    open: set[asyncio.StreamWriter] = field(default_factory=set)
    most_at_once: int = 0

    def url(self, path: str = "/", host: str = LOOPBACK) -> str:
        """Return this endpoint's URL."""
        return f"{self.scheme}://{host}:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until either end closes it."""
        self.connections += 1
        connection = self.connections
        self.open.add(writer)
        self.most_at_once = max(self.most_at_once, len(self.open))
        try:
            writer.write(self.greeting)
            while not writer.is_closing():
                request = await _read(reader, connection)
                self.requests.append(request)
                await self.script(request, reader, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass  # the caller may go away
        finally:
            self.open.discard(writer)
            writer.close()


@asynccontextmanager
async def running_endpoint(
    script: Script,
    *,
    tls: ssl.SSLContext | None = None,
    host: str = LOOPBACK,
    port: int = 0,
    greeting: bytes = b"",
) -> AsyncIterator[Endpoint]:
    """Run an endpoint, by default on a free port; at the end its connections are cut.

    `greeting` is sent before any request.
    """
    endpoint = Endpoint(script, scheme="https" if tls else "http", greeting=greeting)
    serving: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(endpoint.serve(reader, writer))
        serving.add(task)
        task.add_done_callback(serving.discard)

    server = await asyncio.start_server(connected, host, port, ssl=tls)
    endpoint.port = server.sockets[0].getsockname()[1]
    try:
        yield endpoint
    finally:
        server.close()
        while serving:
            for task in serving:
                task.cancel()
            await asyncio.wait(serving)
        await server.wait_closed()


def answering(status: int = 200, body: bytes = b"", **headers: str) -> Script:
    """Return a script that gives one answer and keeps the connection; `Retry_After` means `Retry-After`."""
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if status != HTTPStatus.NO_CONTENT:
        lines.append(f"Content-Length: {len(body)}")
    return saying("\r\n".join([*lines, "", ""]).encode() + body)


def saying(*pieces: bytes, then_close: bool = False) -> Script:
    """Return a script that writes raw bytes."""

    async def script(_: Request, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        if then_close:
            writer.close()

    return script


def trickling(head: bytes, drop: bytes, seconds: float = 0.01) -> Script:
    """Return a script that writes some bytes, and then a few every few milliseconds for ever."""

    async def script(_: Request, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while not writer.is_closing():
            writer.write(drop)
            await writer.drain()
            await asyncio.sleep(seconds)

    return script


def flooding(head: bytes, flood: bytes) -> Script:
    """Return a script that writes some bytes, and then the same again and again as fast as it can."""

    async def script(_: Request, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while not writer.is_closing():
            writer.write(flood)
            await writer.drain()
            await asyncio.sleep(0)

    return script


def resetting(after: bytes = b"") -> Script:
    """Return a script that writes some bytes and resets the connection."""

    async def script(_: Request, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(after)
        with suppress(ConnectionError):
            await writer.drain()
        writer.transport.abort()

    return script


def redirecting(location: str, status: int = 302) -> Script:
    """Return a script that redirects the caller."""
    return answering(status, Location=location)


async def silent(_: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Never answer, until the caller goes away."""
    await reader.read()
    writer.close()


async def _read(reader: asyncio.StreamReader, connection: int) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *lines = head.rstrip("\r\n").split("\r\n")
    headers = dict(field.split(": ", 1) for field in lines)
    return Request(line.split(" ")[1], {name.lower(): value for name, value in headers.items()}, connection)
