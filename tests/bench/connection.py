"""A client over HTTP that takes almost no time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Self


def request_bytes(host: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
    """Return a request that posts this JSON."""
    lines = [f"POST {path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}"]
    lines += ["Content-Type: application/json", "Accept: application/json"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Connection:
    """One open HTTP/1.1 connection."""

    def __init__(self, host: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take its reader and writer."""
        self._host = host
        self._reader = reader
        self._writer = writer

    @classmethod
    @asynccontextmanager
    async def open(cls, host: str) -> AsyncIterator[Self]:
        """Connect to host and port."""
        name, _, port = host.partition(":")
        reader, writer = await asyncio.open_connection(name, int(port))
        try:
            yield cls(host, reader, writer)
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> Callable[[], Awaitable[bytes]]:
        """Return a function that posts this JSON, and returns the body of the answer."""
        request = request_bytes(self._host, path, body, headers)

        async def ask() -> bytes:
            head, found = await self.exchange(request)
            assert head.startswith(b"http/1.1 200"), head
            return found

        return ask

    async def exchange(self, request: bytes) -> tuple[bytes, bytes]:
        """Send a request, and return its answer: the head in lower case, and the body."""
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        _, _, rest = head.partition(b"content-length:")
        return head, await self._reader.readexactly(int(rest.partition(b"\r\n")[0]))
