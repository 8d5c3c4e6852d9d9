"""The streams that are open: counted, bounded for each caller, and ended before a shutdown."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import cast

from server.errors import Throttled
from server.kit.ip_address import network_of

MAX_OF_ONE_CALLER = 100
MAX_STRANGERS = 500
MAX_STRANGERS_OF_ONE = 50


class Transport(StrEnum):
    """By what an operation is followed."""

    WEBSOCKET = "websocket"
    SSE = "sse"


class Streams:
    """The subscriptions and sockets of this process."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self._by_transport: Counter[Transport] = Counter()
        self._connections: set[asyncio.Task[object]] = set()
        self._strangers: Counter[str] = Counter()
        self._to_tell: set[Callable[[], None]] = set()
        self.stopping = asyncio.Event()

    @property
    def count(self) -> int:
        """How many operations are being followed."""
        return self._open.total()

    @property
    def by_transport(self) -> dict[str, int]:
        """How many operations are being followed by each transport."""
        return {str(transport): self._by_transport[transport] for transport in Transport}

    def check(self, caller: str) -> None:
        """Check that a caller may follow one more, for who has to know before it begins.

        Raises:
            Throttled: the caller follows too many already.
        """
        if self._open[caller] >= MAX_OF_ONE_CALLER:
            raise Throttled(f"At most {MAX_OF_ONE_CALLER} operations are followed at a time.", retry_after=1)

    @contextmanager
    def follow(self, caller: str, transport: Transport) -> Iterator[None]:
        """Count an operation of a caller for as long as the block runs.

        Raises:
            Throttled: the caller follows too many already.
        """
        self.check(caller)
        self._open[caller] += 1
        self._by_transport[transport] += 1
        try:
            yield
        finally:
            self._by_transport[transport] -= 1
            self._open[caller] -= 1
            if not self._open[caller]:
                del self._open[caller]

    @contextmanager
    def stranger(self, address: str | None) -> Iterator[None]:
        """Count a connection on which nobody has signed in for as long as the block runs.

        Raises:
            Throttled: there are too many, in all or of whoever is behind this address.
        """
        key = network_of(address)
        if self._strangers[key] >= MAX_STRANGERS_OF_ONE or self._strangers.total() >= MAX_STRANGERS:
            raise Throttled("There are too many connections on which nobody has signed in.", retry_after=1)
        self._strangers[key] += 1
        try:
            yield
        finally:
            self._strangers[key] -= 1
            if not self._strangers[key]:
                del self._strangers[key]

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Note that the current task serves a connection which takes a farewell."""
        task = cast("asyncio.Task[object]", asyncio.current_task())
        self._connections.add(task)
        try:
            yield
        finally:
            self._connections.discard(task)

    @contextmanager
    def telling(self, stop: Callable[[], None]) -> Iterator[None]:
        """Have `stop` called when all streams end during the block; at once, if they have ended already."""
        self._to_tell.add(stop)
        if self.stopping.is_set():
            stop()
        try:
            yield
        finally:
            self._to_tell.discard(stop)

    def stop(self) -> None:
        """End all streams, so that a shutdown need not wait for them."""
        self.stopping.set()
        for stop in [*self._to_tell]:
            stop()

    async def ended(self, *, seconds: float) -> None:
        """Wait until every connection has been told that it ends, so long at most."""
        if self._connections:
            await asyncio.wait(set(self._connections), timeout=seconds)
