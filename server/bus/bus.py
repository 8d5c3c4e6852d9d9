"""The bus: wake-ups from those who write something to those who wait for it.

What is written is the truth. If a wake-up is lost, or comes from a process without a shared bus, the waiter
loses no more than its polling interval.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from typing import Protocol


class Queue(StrEnum):
    """The topics of the queues that workers take from."""

    MESSAGES = "queue:messages"
    RECEIPTS = "queue:receipts"
    CALLBACKS = "queue:callbacks"
    NOTIFICATIONS = "queue:notifications"
    SWEEPS = "queue:sweeps"
    LINKS = "queue:links"


_CALLERS = "caller:"


def account_topic(account_id: int) -> str:
    """Return the topic of an account's logs."""
    return f"account:{account_id}"


def caller_topic(*, holder_id: int | None = None, user_id: int | None = None) -> str:
    """Return the topic that tells a caller, an API user or else a holder, that its access may have ended."""
    return f"{_CALLERS}user:{user_id}" if user_id is not None else f"{_CALLERS}holder:{holder_id}"


class Bus(Protocol):
    """Tells those who wait for a topic that something changed."""

    def publish(self, topic: str) -> None:
        """Wake the topic's listeners. This never blocks and never fails."""

    def listen(self, topic: str) -> AbstractContextManager[asyncio.Event]:
        """Give an event that is set at each wake-up until the block ends."""

    def listener_count(self) -> int:
        """Return how many listeners there are in this process, without those on callers' topics."""


class MemoryBus:
    """The bus of one process."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def publish(self, topic: str) -> None:
        """Wake the topic's listeners in this process."""
        for event in self._listeners.get(topic, ()):
            event.set()

    def listener_count(self) -> int:
        """Return how many listeners there are, without those on callers' topics."""
        return sum(len(events) for topic, events in self._listeners.items() if not topic.startswith(_CALLERS))

    @contextmanager
    def listen(self, topic: str) -> Iterator[asyncio.Event]:
        """Give an event that is set at each wake-up until the block ends."""
        event = asyncio.Event()
        self._listeners[topic].add(event)
        try:
            yield event
        finally:
            self._listeners[topic].discard(event)
            if not self._listeners[topic]:
                del self._listeners[topic]
