"""Reading GraphQL over server-sent events, as a browser does."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from tests.client import PATIENCE_SECONDS
from tests.factories.edge import Follower, Site
from tests.factories.following import DEMO, SUBSCRIBE

STREAM = "text/event-stream"


@dataclass
class Event:
    """One event of a stream, as a browser's EventSource reads it."""

    name: str
    data: Any
    id: str | None = None

    @classmethod
    def parse(cls, block: str) -> "Event | None":
        """Read the lines of one event; None for nothing but comments."""
        lines = [line.partition(":") for line in block.split("\n") if not line.startswith(":")]
        if not lines:
            return None
        fields = {name: value.removeprefix(" ") for name, _, value in lines}
        assert len(fields) == len(lines), "no field comes twice"
        assert fields.keys() <= {"event", "data", "id"}
        return cls(fields["event"], json.loads(fields["data"] or "null"), fields.get("id"))

    @property
    def sequence(self) -> int:
        """The number of the delivery event that it tells of."""
        return int(self.data["data"]["deliveryStatusChanged"]["sequence"])


class Reader:
    """Reads an answer that comes bit by bit."""

    def __init__(self, response: httpx.Response) -> None:
        """Take an answer whose headers have come."""
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
    here: Site, query: str, variables: Mapping[str, Any] | None = None, **headers: str | None
) -> AsyncIterator[Reader]:
    """Send an operation, and read the answer as it comes; a header's name has underscores for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items() if value is not None}
    async with (
        httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as client,
        client.stream(
            "POST", f"http://{here.host}/graphql", json={"query": query, "variables": dict(variables or {})},
            headers={"accept": STREAM, **named},
        ) as response,
    ):  # fmt: skip
        yield Reader(response)


@asynccontextmanager
async def following(here: Site, follower: Follower, **more: str | None) -> AsyncIterator[Reader]:
    """Follow the account, from `after` or from `last_event_id` on."""
    variables = {**DEMO, "after": more.pop("after", None)}
    async with reading(
        here, SUBSCRIBE, variables, authorization=f"Bearer {follower.secret}", **more
    ) as reader:
        assert reader.response.status_code == 200
        yield reader
