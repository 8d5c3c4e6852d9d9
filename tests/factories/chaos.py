"""Listeners that lose their connections, and servers that are killed: what a bad day looks like from outside."""

import asyncio
import json
import random
import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from server.rules.event_cursors import event_cursor
from tests.factories.processes import Process
from tests.factories.streaming import STREAM

ACCOUNT = "sms-demo-1"
BREATH_SECONDS = 0.05
"""How long whoever was cut off waits until it tries again."""
LONGEST_SILENCE_SECONDS = 20.0
"""A connection on which nothing comes for so long is given up: the server sends pings more often."""
EVENT = "cursor previousStatus status message { number }"
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
CUT_OFF = (OSError, TimeoutError, WebSocketException, httpx.TransportError)


class Phoenix:
    """A command that can be killed, and rises again."""

    def __init__(self, command: str, environment: Mapping[str, str], folder: Path) -> None:
        """Start it."""
        self._command = command
        self._environment = environment
        self._folder = folder
        self.errors = ""
        self.process = self._start()

    def rise(self) -> None:
        """Kill it, and start it anew."""
        self.end()
        self.process = self._start()

    def end(self) -> None:
        """Kill it for good."""
        self.process.kill()
        self.errors += self.process.err

    def _start(self) -> Process:
        return Process([sys.executable, "-m", "server", self._command], self._environment, self._folder)


@dataclass
class Listener(ABC):
    """Somebody who follows an account's events, is cut off time and again, and goes on from its last cursor."""

    host: str
    token: str
    seed: int
    heard: list[dict[str, Any]] = field(default_factory=list)
    cuts: int = 0

    @property
    def cursor(self) -> str:
        """Where it stands: at its last event, or before the first."""
        return str(self.heard[-1]["cursor"]) if self.heard else event_cursor(0)

    @property
    def headers(self) -> dict[str, str]:
        """Who it is."""
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
        """Hear so many events, and break off."""

    def _take(self, payload: Mapping[str, Any]) -> None:
        assert "errors" not in payload, payload
        self.heard.append(payload["data"]["deliveryStatusChanged"])


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
                message = json.loads(await asyncio.wait_for(socket.recv(), LONGEST_SILENCE_SECONDS))
                assert message["type"] == "next", message
                self._take(message["payload"])
            socket.transport.abort()


class StreamListener(Listener):
    """By server-sent events: the first time from the beginning, and then from the last event's id."""

    async def _hear(self, count: int) -> None:
        headers = {**self.headers, "Accept": STREAM}
        if self.heard:
            headers["Last-Event-ID"] = self.cursor
        body = {"query": SUBSCRIBE, "variables": {"account": ACCOUNT, "after": event_cursor(0)}}
        async with (
            httpx.AsyncClient(trust_env=False, timeout=LONGEST_SILENCE_SECONDS) as client,
            client.stream("POST", f"http://{self.host}/graphql", json=body, headers=headers) as response,
        ):
            assert response.status_code == 200, await response.aread()
            left = count
            async for block in _blocks(response):
                if block.get("event") == "next":
                    self._take(json.loads(block["data"]))
                    assert block["id"] == self.cursor
                    left -= 1
                if not left:
                    return


async def _blocks(response: httpx.Response) -> AsyncIterator[dict[str, str]]:
    """Yield the fields of each event that has come whole."""
    rest = ""
    async for chunk in response.aiter_text():
        *blocks, rest = (rest + chunk).split("\n\n")
        for block in blocks:
            lines = [line.partition(": ") for line in block.split("\n") if not line.startswith(":")]
            yield {name: value for name, _, value in lines}


class Reader(Listener):
    """By the query, page after page."""

    async def _hear(self, count: int) -> None:
        async with httpx.AsyncClient(trust_env=False, timeout=LONGEST_SILENCE_SECONDS) as client:
            before = len(self.heard)
            while len(self.heard) < before + count:
                body = {"query": QUERY, "variables": {"account": ACCOUNT, "after": self.cursor}}
                answer = await client.post(f"http://{self.host}/graphql", json=body, headers=self.headers)
                page = answer.json()["data"]["deliveryEvents"]["nodes"]
                self.heard += page
                if not page:
                    await asyncio.sleep(BREATH_SECONDS)


async def send_all(host: str, token: str, receivers: list[str], *, batch: int) -> None:
    """Send a message to each, some at a time, again with the same key for as long as no answer comes."""
    for begin in range(0, len(receivers), batch):
        content = {
            "account": ACCOUNT, "sender": "Chappe", "receivers": receivers[begin : begin + batch],
            "text": "Hello", "idempotencyKey": f"batch-{begin}",
        }  # fmt: skip
        while not await _sent(host, token, content):  # noqa: ASYNC110 nobody tells when the server is back
            await asyncio.sleep(BREATH_SECONDS)


async def _sent(host: str, token: str, content: dict[str, Any]) -> bool:
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=LONGEST_SILENCE_SECONDS) as client:
            answer = await client.post(
                f"http://{host}/graphql",
                json={"query": SEND, "variables": {"input": content}},
                headers={"Authorization": f"Bearer {token}"},
            )
    except httpx.TransportError:
        return False
    sent = answer.json()["data"]["sendMessage"]
    assert sent["userErrors"] == [], sent
    assert all(receiver["accepted"] for receiver in sent["receivers"]), sent
    return True
