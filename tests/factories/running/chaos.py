"""A bad day, from outside: listeners lose their connections, servers and backends are killed."""

import asyncio
import json
import random
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from server.rules.messages.event_cursors import event_cursor
from tests.factories.cli.processes import Process
from tests.factories.graphql.transport.sse import STREAM
from tests.factories.running import plain_http

ACCOUNT = "sms-demo-1"
BREATH_SECONDS = 0.05
"""How long a client waits before it tries again."""
MAX_SILENCE_SECONDS = 20.0
"""A connection without data for this long is given up: the server sends pings more often."""
EVENT = "cursor sequence previousStatus status message { number }"
SUBSCRIBE = (
    "subscription ($account: String!, $after: String) "
    f"{{ deliveryStatusChanged(account: $account, after: $after) {{ {EVENT} }} }}"
)
QUERY = (
    "query ($account: String!, $after: String) "
    f"{{ deliveryEvents(account: $account, after: $after, first: 100) {{ nodes {{ {EVENT} }} }} }}"
)
SEND = (
    "mutation ($input: SendMessageInput!) "
    "{ sendMessage(input: $input) { receivers { accepted } userErrors { message } } }"
)
UNAVAILABLE = "UNAVAILABLE"
APPLICATION = "chappe-chaos"
"""PostgreSQL's name for the servers' connections, to tell them from the test's."""
BETWEEN_ENDINGS_SECONDS = 0.5


class TryAgain(Exception):
    """The server is unavailable now."""


CUT_OFF = (OSError, TimeoutError, WebSocketException, httpx.TransportError, TryAgain)


class Phoenix:
    """A command that is killed and started again."""

    def __init__(self, command: str, environment: Mapping[str, str], folder: Path) -> None:
        """Start it."""
        self._command = command
        self._environment = environment
        self._folder = folder
        self.errors = ""
        self.process = self._start()

    def rise(self) -> None:
        """Kill it, and start it again."""
        self.end()
        self.process = self._start()

    def end(self) -> None:
        """Kill it for good."""
        self.process.kill()
        self.errors += self.process.err

    def _start(self) -> Process:
        return Process(self._command, environment=self._environment, folder=self._folder)


def of_chaos(url: str) -> str:
    """Return a PostgreSQL URL that gives the servers' connections that name."""
    return f"{url}{'&' if '?' in url else '?'}application_name={APPLICATION}"


@dataclass
class Ender:
    """Ends the servers' PostgreSQL backends, at any moment, until it is cancelled."""

    url: str
    ended: int = 0

    async def end_backends(self) -> None:
        """End one after the other, busy ones first; SQLite has none."""
        if self.url.startswith("sqlite"):
            return
        connection = await asyncpg.connect(self.url)
        try:
            while True:
                self.ended += await connection.fetchval(
                    """
                    SELECT count(pg_terminate_backend(pid)) FROM (
                        SELECT pid FROM pg_stat_activity WHERE application_name = $1
                        ORDER BY state = 'idle', random() LIMIT 1
                    ) busy
                    """,
                    APPLICATION,
                )
                await asyncio.sleep(BETWEEN_ENDINGS_SECONDS)
        finally:
            await connection.close()


@dataclass
class Listener(ABC):
    """A client that follows an account's events, is often disconnected, and resumes from its cursor.

    It is strict: it resumes from the server's last cursor, of an event or an error, and fails at once on an
    event that is not the next one in the log.
    """

    host: str
    token: str
    seed: int
    heard: list[dict[str, Any]] = field(default_factory=list)
    cuts: int = 0
    cursor: str = event_cursor(0, 0)

    @property
    def headers(self) -> dict[str, str]:
        """Its authorization."""
        return {"Authorization": f"Bearer {self.token}"}

    async def listen(self) -> None:
        """Listen until it is cancelled."""
        patience = random.Random(self.seed)  # noqa: S311 no secret
        while True:
            try:
                await self._hear(patience.randint(20, 400))
            except CUT_OFF:
                await asyncio.sleep(BREATH_SECONDS)
            self.cuts += 1

    @abstractmethod
    async def _hear(self, count: int) -> None:
        """Read this many events, and disconnect."""

    def _take(self, payload: Mapping[str, Any]) -> None:
        """Process the payload of one event.

        Raises:
            TryAgain: the payload ends the stream for a temporary reason.
        """
        if "data" not in payload:
            self._refused(payload["errors"])
        assert "errors" not in payload, payload
        self._hears(payload["data"]["deliveryStatusChanged"])

    def _hears(self, event: dict[str, Any]) -> None:
        assert int(event["sequence"]) == len(self.heard) + 1, event
        self.heard.append(event)
        self.cursor = str(event["cursor"])

    def _refused(self, errors: list[dict[str, Any]]) -> None:
        [extensions] = [error["extensions"] for error in errors]
        assert extensions["code"] == UNAVAILABLE, errors
        self.cursor = extensions.get("cursor", self.cursor)
        raise TryAgain


class SocketListener(Listener):
    """By WebSocket."""

    async def _hear(self, count: int) -> None:
        async with connect(
            f"ws://{self.host}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")],
            additional_headers=self.headers, proxy=None,
        ) as socket:  # fmt: skip
            await socket.send(json.dumps({"type": "connection_init"}))
            payload = {"query": SUBSCRIBE, "variables": {"account": ACCOUNT, "after": self.cursor}}
            assert json.loads(await socket.recv()) == {"type": "connection_ack"}
            await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
            for _ in range(count):
                message = json.loads(await asyncio.wait_for(socket.recv(), MAX_SILENCE_SECONDS))
                if message["type"] == "error":
                    self._refused(message["payload"])
                assert message["type"] == "next", message
                self._take(message["payload"])
            socket.transport.abort()


class StreamListener(Listener):
    """By server-sent events: first from the beginning, later from its last event id."""

    last_id: str | None = None

    async def _hear(self, count: int) -> None:
        headers = {**self.headers, "Accept": STREAM}
        if self.last_id is not None:
            headers["Last-Event-ID"] = self.last_id
        body = {"query": SUBSCRIBE, "variables": {"account": ACCOUNT, "after": event_cursor(0, 0)}}
        async with (
            plain_http.client(timeout=MAX_SILENCE_SECONDS) as client,
            client.stream("POST", f"http://{self.host}/graphql", json=body, headers=headers) as response,
        ):
            if response.status_code != httpx.codes.OK:
                self._refused(json.loads(await response.aread())["errors"])
            left = count
            async for block in _blocks(response):
                self.last_id = block.get("id", self.last_id)
                if block.get("event") == "next":
                    self._take(json.loads(block["data"]))
                    assert self.last_id == self.cursor
                    left -= 1
                if not left:
                    return


async def _blocks(response: httpx.Response) -> AsyncIterator[dict[str, str]]:
    """Yield the fields of each complete event."""
    rest = ""
    async for chunk in response.aiter_text():
        *blocks, rest = (rest + chunk).split("\n\n")
        for block in blocks:
            lines = [line.partition(": ") for line in block.split("\n") if not line.startswith(":")]
            yield {name: value for name, _, value in lines}


class Reader(Listener):
    """By the query, page after page."""

    async def _hear(self, count: int) -> None:
        async with plain_http.client(timeout=MAX_SILENCE_SECONDS) as client:
            before = len(self.heard)
            while len(self.heard) < before + count:
                body = {"query": QUERY, "variables": {"account": ACCOUNT, "after": self.cursor}}
                answer = await client.post(f"http://{self.host}/graphql", json=body, headers=self.headers)
                if "errors" in answer.json():
                    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
                    self._refused(answer.json()["errors"])
                page = answer.json()["data"]["deliveryEvents"]["nodes"]
                for event in page:
                    self._hears(event)
                if not page:
                    await asyncio.sleep(BREATH_SECONDS)


async def send_all(host: str, token: str, receivers: list[str], *, batch: int) -> None:
    """Send a message to each receiver, a few at a time; repeat with the same key until there is an answer."""
    for begin in range(0, len(receivers), batch):
        content = {
            "account": ACCOUNT, "sender": "Chappe", "receivers": receivers[begin : begin + batch],
            "text": "Hello", "idempotencyKey": f"batch-{begin}",
        }  # fmt: skip
        while not await _sent(host, token, content):  # noqa: ASYNC110 nothing signals that the server is back
            await asyncio.sleep(BREATH_SECONDS)


async def _sent(host: str, token: str, content: dict[str, Any]) -> bool:
    try:
        async with plain_http.client(timeout=MAX_SILENCE_SECONDS) as client:
            answer = await client.post(
                f"http://{host}/graphql",
                json={"query": SEND, "variables": {"input": content}},
                headers={"Authorization": f"Bearer {token}"},
            )
    except httpx.TransportError:
        return False
    if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        assert [error["extensions"]["code"] for error in answer.json()["errors"]] == [UNAVAILABLE]
        return False
    sent = answer.json()["data"]["sendMessage"]
    assert sent["userErrors"] == [], sent
    assert all(receiver["accepted"] for receiver in sent["receivers"]), sent
    return True
