"""The wake-up call between those who write something down and those who wait for it.

What is written is the truth. A wake-up that is lost, or that came from a process that shares no bus,
costs a waiter no more than its polling interval.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from typing import Protocol


class Queue(StrEnum):
    """The topic of each queue that workers take from."""

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
    """Return the topic of what ends for a caller: an API user, or else a holder."""
    return f"{_CALLERS}user:{user_id}" if user_id is not None else f"{_CALLERS}holder:{holder_id}"


class Bus(Protocol):
    """Carries "something changed" to whoever waits for a topic."""

    def publish(self, topic: str) -> None:
        """Wake the topic's listeners; never blocks and never fails."""

    def listen(self, topic: str) -> AbstractContextManager[asyncio.Event]:
        """Give an event that is set at each wake-up, until the block is left."""

    def listener_count(self) -> int:
        """Return how many listeners there are in this process, but for those who wait for their own end."""


class MemoryBus:
    """The bus of one process."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[asyncio.Event]] = defaultdict(set)

    def publish(self, topic: str) -> None:
        """Wake the topic's listeners in this process."""
        for event in self._listeners.get(topic, ()):
            event.set()

    def listener_count(self) -> int:
        """Return how many listeners there are, but for those who wait for their own end."""
        return sum(len(events) for topic, events in self._listeners.items() if not topic.startswith(_CALLERS))

    @contextmanager
    def listen(self, topic: str) -> Iterator[asyncio.Event]:
        """Give an event that is set at each wake-up, until the block is left."""
        event = asyncio.Event()
        self._listeners[topic].add(event)
        try:
            yield event
        finally:
            self._listeners[topic].discard(event)
            if not self._listeners[topic]:
                del self._listeners[topic]
