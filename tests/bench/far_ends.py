"""`python -m tests.bench.far_ends operator`, or `endpoint`: what the server talks to, in a process of its own.

The operator is the tests' message centre, which accepts each message and sends its receipt. The endpoint answers
callbacks with 200. Each order is answered with its port, how many receipts or last callbacks of a message there have
been, and when the latest came.
"""

import sys
import time
from asyncio import StreamReader, StreamWriter

import uvloop

from tests.bench.orders import answer, orders
from tests.factories.gateways.smpp.smsc import Smsc, running
from tests.factories.outbound.endpoints import Request, answering, running_endpoint

FINAL = "description=1&"


async def operator() -> None:
    """Be an operator."""
    async with running(Smsc(remembers=False)) as smsc:
        async for _ in orders():
            answer(port=smsc.port, count=smsc.accepted)


async def endpoint() -> None:
    """Be the endpoint of callbacks."""
    count, latest, say_yes = 0, 0.0, answering(200)

    async def take(request: Request, reader: StreamReader, writer: StreamWriter) -> None:
        nonlocal count, latest
        if FINAL in request.target:
            count, latest = count + 1, time.monotonic()
        served.requests.clear()
        await say_yes(request, reader, writer)

    async with running_endpoint(take) as served:
        async for _ in orders():
            answer(port=served.port, count=count, latest=latest)


if __name__ == "__main__":
    uvloop.run({"operator": operator, "endpoint": endpoint}[sys.argv[1]]())
