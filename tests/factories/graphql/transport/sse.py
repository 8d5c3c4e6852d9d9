"""Reads GraphQL over server-sent events, as a browser does."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from starlette.types import Message

from tests.client import PATIENCE_SECONDS, PEER
from tests.factories.delivery.subscriptions import DEMO, START, SUBSCRIBE
from tests.factories.graphql.transport.site import Follower, Site
from tests.factories.running import plain_http

STREAM = "text/event-stream"


@dataclass
class Event:
    """One event of a stream, as a browser's EventSource reads it."""

    name: str
    data: Any
    id: str | None = None

    @classmethod
    def parse(cls, block: str) -> "Event | None":
        """Read the lines of one event; None if there are only comments."""
        lines = [line.partition(":") for line in block.split("\n") if not line.startswith(":")]
        if not lines:
            return None
        fields = {name: value.removeprefix(" ") for name, _, value in lines}
        assert len(fields) == len(lines), "no field comes twice"
        assert fields.keys() <= {"event", "data", "id"}
        return cls(fields["event"], json.loads(fields["data"] or "null"), fields.get("id"))

    @property
    def sequence(self) -> int:
        """The sequence number of its delivery event."""
        return int(self.data["data"]["deliveryStatusChanged"]["sequence"])


class Reader:
    """Reads an answer as it arrives."""

    def __init__(self, response: httpx.Response) -> None:
        """Take an answer whose headers have arrived."""
        self.response = response
        self.text = ""
        self._events = self._read()

    async def _read(self) -> AsyncIterator[Event]:
        rest = ""
        async for chunk in self.response.aiter_text():
            self.text += chunk
            *blocks, rest = (rest + chunk).split("\n\n")
            for block in blocks:
                event = Event.parse(block)
                if event is not None:
                    yield event
        assert not rest

    async def take(self, count: int) -> list[Event]:
        """Return the next events."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return [await anext(self._events) for _ in range(count)]

    async def rest(self) -> list[Event]:
        """Return all events until the stream ends."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return [event async for event in self._events]


@asynccontextmanager
async def reading(
    here: Site,
    query: str,
    variables: Mapping[str, Any] | None = None,
    *,
    method: str = "POST",
    **headers: str | None,
) -> AsyncIterator[Reader]:
    """Send an operation, and read the answer as it arrives; headers' names have underscores for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items() if value is not None}
    given = dict(variables or {})
    if method == "GET":
        request: dict[str, Any] = {"params": {"query": query, "variables": json.dumps(given)}}
    else:
        request = {"json": {"query": query, "variables": given}}
    async with (
        plain_http.client(timeout=PATIENCE_SECONDS) as client,
        client.stream(
            method, f"http://{here.host}/graphql", headers={"accept": STREAM, **named}, **request
        ) as response,
    ):
        yield Reader(response)


@asynccontextmanager
async def following(
    here: Site, follower: Follower, *, after: str | None = None, last_event_id: str | None = None
) -> AsyncIterator[Reader]:
    """Follow the account, from `after` or `last_event_id`."""
    async with reading(
        here,
        SUBSCRIBE,
        {**DEMO, "after": after},
        authorization=f"Bearer {follower.secret}",
        last_event_id=last_event_id,
    ) as reader:
        assert reader.response.status_code == 200
        yield reader


async def ask_and_never_read(
    here: Site, follower: Follower, stuck: asyncio.Event, *, gone: asyncio.Event
) -> None:
    """Follow the account with a client that reads no event, until the server ends.

    `stuck` is set once an event waits to be read; the client disconnects when `gone` is set.
    """
    body = json.dumps({"query": SUBSCRIBE, "variables": {**DEMO, "after": START}}).encode()
    asked: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if asked:
            return asked.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if b"event: next" in message.get("body", b""):
            stuck.set()
            await asyncio.Event().wait()

    headers = {
        "accept": STREAM,
        "content-type": "application/json",
        "authorization": f"Bearer {follower.secret}",
    }
    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1",
        "method": "POST", "scheme": "http", "path": "/graphql", "raw_path": b"/graphql", "root_path": "",
        "query_string": b"", "client": (PEER, 50_000), "server": ("127.0.0.1", 80),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip
    async with asyncio.timeout(PATIENCE_SECONDS):
        await here(scope, receive, send)
