"""Runs the worker's loops in parallel, and ends them between two steps."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import Any

import structlog

from server.bus.bus import Bus, Queue
from server.kit.wakeup import wait
from server.store.outages import outage_of

log = structlog.get_logger()

IDLE_SECONDS = 1.0
FIRST_PAUSE_SECONDS = 0.5
MAX_PAUSE_SECONDS = 30.0
MAX_OUTAGE_PAUSE_SECONDS = 4.0
"""Checking a database that is away is cheap, and once it is back everything waits for the loops."""

Step = Callable[[], Awaitable[bool]]
Ending = Callable[[], Awaitable[None]]


QUEUES: Mapping[str, Queue] = MappingProxyType(
    {
        "sender": Queue.MESSAGES,
        "receipts": Queue.RECEIPTS,
        "callbacks": Queue.CALLBACKS,
        "mails": Queue.NOTIFICATIONS,
        "alert sms": Queue.NOTIFICATIONS,
        "sweeps": Queue.SWEEPS,
        "links": Queue.LINKS,
    }
)
"""The queue that wakes each loop, by the loop's name; the other loops poll, and are only woken to end."""


class Loops:
    """Calls steps again and again: at once while they find work, otherwise at the next wake-up."""

    def __init__(
        self,
        bus: Bus,
        steps: dict[str, Step],
        endings: Sequence[Ending] = (),
        *,
        beating: Callable[[], Coroutine[Any, Any, None]] | None = None,
    ) -> None:
        """`steps` are keyed by name; `endings` run once all loops have ended.

        A step returns whether it found something to do. `beating` runs until the last ending.
        """
        self._bus = bus
        self._steps = steps
        self._endings = endings
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._beating = beating
        self._beat: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the loops."""
        self._tasks = [
            asyncio.create_task(self._loop(name, step), name=name) for name, step in self._steps.items()
        ]
        if self._beating is not None:
            self._beat = asyncio.create_task(self._beating(), name="heartbeat")

    async def stop(self, *, grace_seconds: float) -> None:
        """Let each loop finish its step, then run the endings; cancel whatever takes longer than the grace.

        Cancelling loses nothing: claimed rows are claimed again once their lease ends.
        """
        until = asyncio.get_running_loop().time() + grace_seconds
        self._stopping.set()
        for topic in set(map(_topic, self._steps)):
            self._bus.publish(topic)
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=grace_seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        for ending in self._endings:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(until):
                    await ending()
        if self._beat is not None:
            self._beat.cancel()
            await asyncio.wait([self._beat])

    async def _loop(self, name: str, step: Step) -> None:
        pause, outage = FIRST_PAUSE_SECONDS, None
        with self._bus.listen(_topic(name)) as event:
            while not self._stopping.is_set():
                try:
                    found = await step()
                except Exception as error:
                    # One message or one outage must not end the delivery of all others: the step is tried
                    # again after a growing pause. A bug is logged with its traceback, an outage once.
                    before, outage = outage, outage_of(error)
                    if outage is None:
                        log.exception("worker step failed", loop=name)
                    elif outage is not before:
                        log.warning("worker step waits", loop=name, cause=outage, error=repr(error))
                    await self._pause(pause)
                    longest = MAX_PAUSE_SECONDS if outage is None else MAX_OUTAGE_PAUSE_SECONDS
                    pause = min(pause * 2, longest)
                    continue
                if outage is not None:
                    log.info("worker step goes on", loop=name, after=outage)
                pause, outage = FIRST_PAUSE_SECONDS, None
                if not found and not self._stopping.is_set():
                    await wait(event, IDLE_SECONDS)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)


def _topic(name: str) -> str:
    return QUEUES.get(name, f"loop:{name}")
