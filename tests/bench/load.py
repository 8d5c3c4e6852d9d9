"""`python -m tests.bench.load`: asks one request over and over on many connections, in a process of its own.

Its standard input has the request's bytes; its arguments are host, port, connections, seconds, and the most requests.
Where the request says `@@@@@@@@`, each has another number. It prints what it measured (`Found`) as JSON.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from math import inf
from typing import cast

import uvloop

NUMBER = b"@@@@@@@@"
REFUSALS = (b'"errors":[', b'"userErrors":[{')
REFUSAL_BY_URL = b"KO"
LENGTH = b"content-length: "
END_OF_HEAD = b"\r\n\r\n"
RETRY_SECONDS = 0.01
PATIENCE_SECONDS = 10.0
"""How long a client waits for its last answer."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """When the load began; good answers a second; how long the slowest of a hundred took; how many came in each second.

    `refused` counts the answers that were a refusal, `refusal` is one of them, and `unanswered` counts the requests
    whose connection was lost before their answer, or that had none 10 seconds after the end.
    """

    began: float
    rate: float
    p99_ms: float
    counts: list[int]
    refused: int
    refusal: str
    unanswered: int


class Load:
    """What all clients do and measure together."""

    def __init__(self, request: bytes, host: str, port: int, requests: int) -> None:
        self.host, self.port = host, port
        self.until = inf
        self.refused, self.refusal, self.unanswered = 0, "", 0
        self._request, self._is_numbered = request, NUMBER in request
        # Numbered from the time on, so that the next process has others.
        self._number = 10**7 + int(time.time() * 1_000) % (8 * 10**7)
        self._left = requests
        self._began = 0.0
        self._seconds: list[float] = []
        self._counts: Counter[int] = Counter()

    async def run(self, connections: int, seconds: float) -> Found:
        """Load."""
        clients = [Client(self) for _ in range(connections)]
        for client in clients:
            await client.connect()
        self._began = time.monotonic()
        self.until = self._began + seconds
        for client in clients:
            client.ask()
        await asyncio.wait([client.ended for client in clients], timeout=seconds + PATIENCE_SECONDS)
        took = time.monotonic() - self._began
        self.unanswered += sum(client.is_waiting for client in clients)
        slowest = sorted(self._seconds)[int(len(self._seconds) * 0.99)] if self._seconds else 0.0
        return Found(
            began=self._began,
            rate=len(self._seconds) / took,
            p99_ms=slowest * 1_000,
            counts=[self._counts[second] for second in range(int(seconds))],
            refused=self.refused,
            refusal=self.refusal,
            unanswered=self.unanswered,
        )

    def next(self) -> bytes | None:
        """Return the next request, if there is one."""
        if not self._left or time.monotonic() >= self.until:
            return None
        self._left -= 1
        if not self._is_numbered:
            return self._request
        self._number += 1
        return self._request.replace(NUMBER, b"%d" % self._number)

    def take(self, head: bytes, body: bytes, asked: float) -> None:
        """Count an answer."""
        is_good = head.startswith(b"HTTP/1.1 200") and not body.startswith(REFUSAL_BY_URL)
        if not is_good or any(refusal in body for refusal in REFUSALS):
            self.refused += 1
            self.refusal = (head + END_OF_HEAD + body).decode("latin-1")
            return
        now = time.monotonic()
        self._seconds.append(now - asked)
        self._counts[int(now - self._began)] += 1


class Client(asyncio.Protocol):
    """Asks, waits for the whole answer, and asks again; if its connection is lost, on another."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._loop = asyncio.get_running_loop()
        self._received = b""
        self._asked = 0.0
        self.is_waiting = False
        self._transport: asyncio.Transport
        self._again: asyncio.Task[None] | None = None
        self.ended = self._loop.create_future()

    async def connect(self) -> None:
        """Connect."""
        await self._loop.create_connection(lambda: self, self._load.host, self._load.port)

    def ask(self) -> None:
        """Ask, or end."""
        request = self._load.next()
        if request is None:
            self.ended.set_result(None)
            self._transport.close()
            return
        self._asked, self.is_waiting = time.monotonic(), True
        if not self._transport.is_closing():
            self._transport.write(request)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport, self._received = cast("asyncio.Transport", transport), b""

    def data_received(self, data: bytes) -> None:
        """Take a piece of an answer."""
        self._received += data
        head, mark, body = self._received.partition(END_OF_HEAD)
        if not mark:
            return
        lower = head.lower()
        at = lower.index(LENGTH) + len(LENGTH)
        if len(body) < int(lower[at:].split(b"\r\n", 1)[0]):
            return
        self._received, self.is_waiting = b"", False
        self._load.take(head, body, self._asked)
        if b"connection: close" in lower:
            self._transport.close()
        else:
            self.ask()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 the reason does not matter
        """Go on, unless this is the end."""
        self._load.unanswered += self.is_waiting
        self.is_waiting = False
        if not self.ended.done():
            self._again = self._loop.create_task(self._go_on())

    async def _go_on(self) -> None:
        while time.monotonic() < self._load.until:
            try:
                await self.connect()
            except ConnectionError:
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self.ask()
                return
        self.ended.set_result(None)


async def main() -> None:
    """Load, and print what was measured."""
    host, port, connections, seconds, requests = sys.argv[1:]
    load = Load(sys.stdin.buffer.read(), host, int(port), int(requests))
    found = await load.run(int(connections), float(seconds))
    sys.stdout.write(json.dumps(asdict(found)))


if __name__ == "__main__":
    uvloop.run(main())
