"""Delivery events: to a thousand subscribers next to a bare broadcast, and the log next to plain SQL."""

import asyncio
import base64
import json
import os
import resource
import struct
from collections.abc import Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from tortoise.context import require_context
from tortoise.transactions import in_transaction

from server.bus.bus import account_topic
from server.graphql.transport.asgi import EdgePolicy, graphql_routes
from server.graphql.transport.streams import MAX_OF_ONE_CALLER, Streams
from server.logs.reader import DELIVERY, Selection
from server.operations.access.authentication import sign_in_holder
from server.operations.core.services import Services
from server.operations.core.transactions import wake
from server.operations.messages.events import Change, Moved, record_changes
from server.rules.dispatch.delivery_state import State
from server.rules.messages.ptt import DeliveryStatus
from server.store.database import Database
from server.store.models import AccessToken, Account, DeliveryEvent, Holder
from server.store.queries.accounts import lock_account_id
from server.wiring import build_services
from tests.bench.measure import Row, compare
from tests.client import serving
from tests.factories.accounts.accounts import HOLDER_PASSWORD, World
from tests.factories.logs.entries import MESSAGE, add_events, taken
from tests.factories.running.settings import quick_settings

SUBSCRIBERS = 1_000
BURST = 1
BATCH = 200
TEXT, PING, PONG = 0x1, 0x9, 0xA
SUBSCRIBE = """
subscription ($account: String!) {
  deliveryStatusChanged(account: $account) { cursor sequence previousStatus status ptt { code } occurredAt }
}
"""
CREATED, PENDING = State(DeliveryStatus.CREATED, None), State(DeliveryStatus.PENDING, 3)


async def run(folder: Path) -> list[Row]:
    """Run the scenarios on an SQLite database in a folder."""
    settings = quick_settings(f"sqlite://{folder}/events.db")
    database, services = Database(settings.database.url), build_services(settings)
    await database.open()
    await database.migrate()
    account = await (await World.create(services)).account()
    await add_events(account, 1)
    rows = [await _push(services, account), await _log(services, account)]
    services.passwords.close()
    await database.close()
    return rows


class Subscriber(asyncio.Protocol):
    """A client that only counts its messages, so that the server is measured."""

    def __init__(self, path: str, messages: list[str]) -> None:
        """Take the path, and the messages to send."""
        self._path = path
        self._messages = messages
        self._buffer = b""
        self._open = False
        self.frames = 0
        self.last = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Request a WebSocket."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET {self._path} HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        """Count complete frames."""
        self._buffer += data
        if not self._open:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self._open, self._buffer = True, rest
            for message in self._messages:
                self.transport.write(_masked(message.encode()))
        while len(self._buffer) >= 2:
            size, begin = self._buffer[1], 2
            if size == 126:
                if len(self._buffer) < 4:
                    return
                [size], begin = struct.unpack_from("!H", self._buffer, 2), 4
            if len(self._buffer) < begin + size:
                return
            opcode, payload = self._buffer[0] & 0x0F, self._buffer[begin : begin + size]
            self._buffer = self._buffer[begin + size :]
            if opcode == PING:
                self.transport.write(_masked(payload, PONG))
            else:
                self.frames += 1
                self.last = payload


def _masked(payload: bytes, opcode: int = TEXT) -> bytes:
    """Return a frame as a client sends it, masked with zeros."""
    size = len(payload)
    head = (
        struct.pack("!BB", 0x80 | opcode, 0x80 | size)
        if size < 126
        else struct.pack("!BBH", 0x80 | opcode, 0xFE, size)
    )
    return head + bytes(4) + payload


async def _push(services: Services, account: Account) -> Row:
    # Both ends of every connection are in this process.
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    tokens = [await _operator(services, number) for number in range(SUBSCRIBERS // MAX_OF_ONE_CALLER)]
    await AccessToken.all().update(last_used_at_us=services.clock.now_us())
    plain: list[WebSocket] = []

    async def broadcast(socket: WebSocket) -> None:
        await socket.accept(subprotocol="graphql-transport-ws")
        plain.append(socket)
        await socket.receive()

    routes = [*graphql_routes(services, Streams(), EdgePolicy()), WebSocketRoute("/plain", broadcast)]
    query = {"query": SUBSCRIBE, "variables": {"account": account.name}}
    async with serving(Starlette(routes=routes)) as host:
        followers = []
        for number in range(SUBSCRIBERS):
            headers = {"Authorization": f"Bearer {tokens[number % len(tokens)]}"}
            said = [
                {"type": "connection_init", "payload": headers},
                {"type": "subscribe", "id": "1", "payload": query},
            ]
            followers.append(await _connect(host, "/graphql", [json.dumps(frame) for frame in said]))
        listeners = [await _connect(host, "/plain", []) for _ in range(SUBSCRIBERS)]
        await _until(lambda: services.bus.listener_count() == SUBSCRIBERS)
        await _heard(followers, 1)  # the acknowledgement

        async def push() -> None:
            before = followers[0].frames
            await add_events(account, BURST)
            services.bus.publish(account_topic(account.id))
            await _heard(followers, before + BURST)

        await push()
        text = followers[0].last.decode()

        async def shout() -> None:
            before = listeners[0].frames
            for _ in range(BURST):
                for socket in plain:
                    await socket.send_text(text)
            await _heard(listeners, before + BURST)

        row = await compare(
            "an event to 1,000 WebSocket subscribers / a bare broadcast", push, shout, aim="0.5"
        )
        for stream in (*followers, *listeners):
            stream.transport.close()
    return row


async def _log(services: Services, account: Account) -> Row:
    events = services.followers.follow(Selection(DELIVERY, account.id), after=None)

    async def through() -> None:
        async def work() -> None:
            locked = await lock_account_id(account.id)
            message = Moved(MESSAGE, None, False, 0, 0, None, None)  # noqa: FBT003 whose quota paid
            await record_changes(locked, [Change(message, CREATED, PENDING)] * BATCH, at_us=0)
            wake(account_topic(account.id))

        reading = asyncio.ensure_future(taken(events, BATCH))
        await asyncio.sleep(0)
        await services.transactions.run(work)
        await reading

    last = 10**9

    async def plain() -> None:
        nonlocal last
        client = require_context().db()
        columns = "account_id, sequence, message_id, previous_status, status, ptt, at_us"
        async with in_transaction() as transaction:
            await transaction.execute_many(
                f"INSERT INTO delivery_events ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)",
                [[account.id, last + number, MESSAGE, 0, 4, 3, 0] for number in range(1, BATCH + 1)],
            )
        rows = await client.execute_query_dict(
            f"SELECT * FROM {DeliveryEvent._meta.db_table} WHERE account_id = ? AND sequence > ? ORDER BY sequence",
            [account.id, last],
        )
        assert len(rows) == BATCH
        await client.execute_query("DELETE FROM delivery_events WHERE sequence > ?", [10**9])

    row = await compare(f"{BATCH} events through the log / plain SQL", through, plain, aim="0.2")
    await events.aclose()
    return row


async def _operator(services: Services, number: int) -> str:
    holder = await Holder.get(email="operator@example.com")
    email = f"operator{number}@example.com"
    await Holder.create(
        email=email, name="Operator", password_hash=holder.password_hash, is_operator=True, created_at_us=0
    )
    session = await sign_in_holder(services, email=email, password=HOLDER_PASSWORD, address=None)
    return session.secret


async def _connect(host: str, path: str, messages: list[str]) -> Subscriber:
    name, _, port = host.partition(":")
    loop = asyncio.get_running_loop()
    _, subscriber = await loop.create_connection(lambda: Subscriber(path, messages), name, int(port))
    return subscriber


async def _heard(subscribers: list[Subscriber], frames: int) -> None:
    await _until(lambda: all(subscriber.frames >= frames for subscriber in subscribers))


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 nothing signals the change
        await asyncio.sleep(0.001)
