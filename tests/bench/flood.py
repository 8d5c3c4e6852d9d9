"""`python -m tests.bench.flood`: strangers who try to sign in, so many times a second, in a process of its own.

Its arguments are host and port. An order says how many a second, for how many seconds, and is answered at once; an
empty one is answered with how many have come a second so far. Each comes from another IPv6 network, and tries by URL a login that does not exist or one that
does with a wrong password, or by GraphQL the holder's address with a wrong password. They come in time whether or not
those before them have their answers, each on a connection of its own, and give up after some seconds.
"""

import asyncio
import itertools
import sys

import orjson
import uvloop

from tests.bench.connection import Connection, request_bytes
from tests.bench.orders import answer, orders

SIGN_IN = "mutation ($input: SignInInput!) { signIn(input: $input) { token userErrors { code } } }"
TICK_SECONDS, PATIENCE_SECONDS = 0.01, 5.0


class Flood:
    """The strangers."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._numbers = itertools.count()
        self._trying: set[asyncio.Task[None]] = set()
        self._coming: asyncio.Task[None] | None = None
        self._began = 0.0
        self._come = 0

    def begin(self, rate: float, seconds: float) -> None:
        """Let them come."""
        self._began, self._come = asyncio.get_running_loop().time(), 0
        self._coming = asyncio.create_task(self._run(rate, seconds))

    async def _run(self, rate: float, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        while (passed := loop.time() - self._began) < seconds:
            for _ in range(int(passed * rate) - self._come):
                task = loop.create_task(self._try(next(self._numbers)))
                self._trying.add(task)
                task.add_done_callback(self._trying.discard)
                self._come += 1
            await asyncio.sleep(TICK_SECONDS)

    def rate(self) -> float:
        """Return how many have come a second."""
        return self._come / (asyncio.get_running_loop().time() - self._began)

    async def _try(self, number: int) -> None:
        path, body = _guess(number)
        address = {"X-Forwarded-For": f"2001:db8:{number >> 16:x}:{number & 0xFFFF:x}::1"}
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), Connection.open(self._host) as connection:
                await connection.exchange(request_bytes(self._host, path, body, address))
        except (ConnectionError, TimeoutError, asyncio.IncompleteReadError):
            return  # it gives up, or the server does


def _guess(number: int) -> tuple[str, bytes]:
    """Return path and body of a wrong sign-in."""
    kind = number % 3
    if kind == 2:
        holder = {"email": "holder@example.com", "password": f"a wrong password {number}"}
        return "/graphql", orjson.dumps({"query": SIGN_IN, "variables": {"input": {"holder": holder}}})
    login = "script" if kind else f"nobody{number}"
    fields = f"account=sms-demo-1&login={login}&password=wrong{number}&from=x&to=x&message=x"
    return f"/http2sms?{fields}", b""


async def main(host: str) -> None:
    """Follow orders."""
    flood = Flood(host)
    async for order in orders():
        if order:
            flood.begin(order["rate"], order["seconds"])
            answer()
        else:
            answer(rate=flood.rate())


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
