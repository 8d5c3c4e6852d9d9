"""`python -m tests.bench.listeners`: WebSocket clients in a process of their own, which only count what they hear.

The first line of its standard input says to what they connect (`Plan`); it is answered once all have. Each further
line (`Order`) makes something happen for some seconds, each time as soon as all have heard the last, and is answered
with what that measured; an empty one, with how much they have heard so far.
"""

import asyncio
import base64
import os
import resource
import struct
import sys
import time
from dataclasses import dataclass
from functools import partial
from typing import cast

import uvloop

from tests.bench.connection import Connection
from tests.bench.orders import answer, orders

AT_ONCE = 50
OF_ONE_ADDRESS = 2_000
"""Fewer than a server takes of one client; a port of each address is taken by each connection, too."""
PATIENCE_SECONDS = 60.0
QUIET_SECONDS = 0.5
TEXT, PING, PONG = 0x1, 0x9, 0xA


@dataclass(frozen=True, kw_only=True)
class Plan:
    """To what so many clients connect; each sends what one of the greetings says, in turn."""

    host: str
    port: int
    path: str
    clients: int
    greetings: list[list[str]]
    counts: str = ""
    """Only messages with this text count."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What to post, so that each client hears so many messages; for how many seconds, at least once."""

    path: str
    body: str = ""
    messages: int = 1
    seconds: float = 0.0


class Audience:
    """What all clients have heard together."""

    def __init__(self, counts: str) -> None:
        self._counts = counts.encode()
        self._missing = 0
        self._complete = asyncio.get_running_loop().create_future()
        self.last = b""
        self.count, self.latest = 0, 0.0

    def expect(self, messages: int) -> asyncio.Future[None]:
        """Return what is done when so many messages more have been heard."""
        self._missing = messages
        self._complete = asyncio.get_running_loop().create_future()
        return self._complete

    def hear(self, payload: bytes) -> None:
        """Count a message."""
        if self._counts not in payload:
            return
        self.count, self.latest, self.last = self.count + 1, time.monotonic(), payload
        self._missing -= 1
        if not self._missing and not self._complete.done():
            self._complete.set_result(None)


class Listener(asyncio.Protocol):
    """One client. What it hears first, if it greets, acknowledges the greeting."""

    def __init__(self, path: str, greeting: list[str], audience: Audience) -> None:
        """Take the path, and the messages to send."""
        self._path = path
        self._greeting = greeting
        self._audience = audience
        self._rest = b""
        self._is_open = False
        self.heard = 0
        self.ready = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Request a WebSocket."""
        self._transport = cast("asyncio.Transport", transport)
        key = base64.b64encode(os.urandom(16)).decode()
        self._transport.write(
            f"GET {self._path} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        data = self._rest + data if self._rest else data
        if not self._is_open:
            head, end, rest = data.partition(b"\r\n\r\n")
            if not end:
                self._rest = data
                return
            self._open(head)
            data = rest
        self._rest = self._take(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """End; nothing closes these connections before this process ends."""
        sys.exit(f"a connection was lost: {exc}")

    def _open(self, head: bytes) -> None:
        assert head.startswith(b"HTTP/1.1 101"), head
        self._is_open = True
        for message in self._greeting:
            self._transport.write(_masked(message.encode()))
        if not self._greeting:
            self.ready.set_result(None)

    def _take(self, data: bytes) -> bytes:
        """Take whole frames, and return the rest."""
        at = 0
        while len(data) >= at + 2:
            size, begin = data[at + 1], at + 2
            if size == 126:
                if len(data) < at + 4:
                    break
                size, begin = int.from_bytes(data[at + 2 : at + 4]), at + 4
            if len(data) < begin + size:
                break
            self._hear(data[at] & 0x0F, data[begin : begin + size])
            at = begin + size
        return data[at:]

    def _hear(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self._transport.write(_masked(payload, PONG))
        elif not self.ready.done():
            assert b"connection_ack" in payload, payload
            self.ready.set_result(None)
        else:
            assert opcode == TEXT, payload
            self.heard += 1
            self._audience.hear(payload)


def _masked(payload: bytes, opcode: int = TEXT) -> bytes:
    """Return a frame as a client sends it, masked with zeros."""
    size = len(payload)
    head = (
        struct.pack("!BB", 0x80 | opcode, 0x80 | size)
        if size < 126
        else struct.pack("!BBH", 0x80 | opcode, 0xFE, size)
    )
    return head + bytes(4) + payload


async def main() -> None:
    """Connect, and follow orders."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    given = orders()
    plan = Plan(**await anext(given))
    audience = Audience(plan.counts)
    listeners: list[Listener] = []
    for first in range(0, plan.clients, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, plan.clients))
        listeners += await asyncio.gather(*(_connect(plan, number, audience) for number in numbers))
    answer(listeners=len(listeners))
    is_proved = False
    async for line in given:
        if not line:
            answer(count=audience.count, latest=audience.latest)
            continue
        order = Order(**line)
        if not is_proved:
            await _prove(plan, order, listeners)
            is_proved = True
        answer(**await _follow(plan, order, audience, listeners))


async def _connect(plan: Plan, number: int, audience: Audience) -> Listener:
    greeting = plan.greetings[number % len(plan.greetings)] if plan.greetings else []
    own = None if plan.clients <= OF_ONE_ADDRESS else (f"127.0.0.{2 + number // OF_ONE_ADDRESS}", 0)
    _, listener = await asyncio.get_running_loop().create_connection(
        partial(Listener, plan.path, greeting, audience), plan.host, plan.port, local_addr=own
    )
    await listener.ready
    return listener


async def _prove(plan: Plan, order: Order, listeners: list[Listener]) -> None:
    """Make it happen until each has heard it: nothing tells from when on a subscriber is one."""
    async with asyncio.timeout(PATIENCE_SECONDS), Connection.open(f"{plan.host}:{plan.port}") as connection:
        ask = connection.post(order.path, order.body.encode(), {})
        while not all(listener.heard for listener in listeners):
            await ask()
            heard = -1
            # Nothing tells that no more will come.
            while heard < (heard := sum(listener.heard for listener in listeners)):  # noqa: ASYNC110
                await asyncio.sleep(QUIET_SECONDS)


async def _follow(
    plan: Plan, order: Order, audience: Audience, listeners: list[Listener]
) -> dict[str, object]:
    took: list[float] = []
    before = [listener.heard for listener in listeners]
    async with Connection.open(f"{plan.host}:{plan.port}") as connection:
        ask = connection.post(order.path, order.body.encode(), {})
        began = time.perf_counter()
        while not took or time.perf_counter() - began < order.seconds:
            asked = time.perf_counter()
            complete = audience.expect(order.messages * len(listeners))
            async with asyncio.timeout(PATIENCE_SECONDS):
                await asyncio.gather(ask(), complete)
            took.append(time.perf_counter() - asked)
        rate = len(took) / (time.perf_counter() - began)
    each = len(took) * order.messages
    assert all(listener.heard - heard == each for listener, heard in zip(listeners, before, strict=True))
    took.sort()
    return {"rate": rate, "p99_ms": took[int(len(took) * 0.99)] * 1_000, "last": audience.last.decode()}


if __name__ == "__main__":
    uvloop.run(main())
