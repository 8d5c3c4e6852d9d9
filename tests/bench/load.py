"""`python -m tests.bench.load`: asks one request over and over on many connections, in a process of its own.

Its standard input has the request's bytes; its arguments are host, port, connections, seconds, and the most requests.
Where the request says `@@@@@@@@`, each has another number. It prints when it began, how many answers came in a second,
and how long the slowest of a hundred took, as JSON. A refusal ends it.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from typing import cast

import uvloop

NUMBER = b"@@@@@@@@"
REFUSALS = (b'"errors":[', b'"userErrors":[{', b"KO")
LENGTH = b"content-length: "
END_OF_HEAD = b"\r\n\r\n"


@dataclass
class Tally:
    """What all connections measure together."""

    request: bytes
    until: float
    left: int
    seconds: list[float] = field(default_factory=list)
    failure: str = ""

    def __post_init__(self) -> None:
        """Number from the time on, so that the next process has others."""
        self._is_numbered = NUMBER in self.request
        self._number = 10**7 + int(time.time() * 1_000) % (8 * 10**7)

    def next(self) -> bytes:
        """Return the next request."""
        self.left -= 1
        if not self._is_numbered:
            return self.request
        self._number += 1
        return self.request.replace(NUMBER, b"%d" % self._number)


class Connection(asyncio.Protocol):
    """Asks, waits for the whole answer, and asks again."""

    def __init__(self, tally: Tally, ended: asyncio.Future[None]) -> None:
        self._tally = tally
        self._ended = ended
        self._received = b""
        self._began = 0.0
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)
        self._ask()

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
        if not head.startswith(b"HTTP/1.1 200") or any(refusal in body for refusal in REFUSALS):
            self._tally.failure = self._received.decode("latin-1")
            self._transport.close()
            return
        now = time.monotonic()
        self._tally.seconds.append(now - self._began)
        self._received = b""
        if now < self._tally.until and self._tally.left:
            self._ask()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        if not self._ended.done():
            self._ended.set_result(None)
        if exc is not None or not self._tally.seconds:
            self._tally.failure = self._tally.failure or f"the connection was lost: {exc}"

    def _ask(self) -> None:
        self._began = time.monotonic()
        self._transport.write(self._tally.next())


async def main(host: str, port: int, connections: int, seconds: float, requests: int) -> None:
    """Load, and print the result."""
    loop = asyncio.get_running_loop()
    began = time.monotonic()
    tally = Tally(sys.stdin.buffer.read(), began + seconds, requests)
    ends = [loop.create_future() for _ in range(connections)]
    for end in ends:
        await loop.create_connection(partial(Connection, tally, end), host, port)
    await asyncio.gather(*ends)
    took = time.monotonic() - began
    if tally.failure:
        sys.exit(tally.failure)
    tally.seconds.sort()
    slowest = tally.seconds[int(len(tally.seconds) * 0.99)]
    found = {"began": began, "rate": len(tally.seconds) / took, "p99_ms": slowest * 1_000}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5])))
