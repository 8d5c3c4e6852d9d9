"""The one place that opens a database transaction."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextvars import ContextVar
from typing import TypeVar

import structlog
from tortoise.transactions import in_transaction

from server.bus.bus import Bus
from server.errors import DomainError
from server.kit.meters import Meters
from server.operations.core.batcher import Batches
from server.store.outages import Outage, outage_of

T = TypeVar("T")
J = TypeVar("J")

log = structlog.get_logger()

_LASTING = frozenset({Outage.FULL, Outage.READ_ONLY, Outage.CORRUPT, Outage.FAILING})
"""Faults that do not pass by themselves, and that may hit one transaction and not the next."""


class _AfterCommit:
    """What to do after a transaction has committed."""

    def __init__(self) -> None:
        self.topics: set[str] = set()
        self.counts: list[Callable[[Meters], None]] = []


# Each transaction has its own task, and so its own context.
_current: ContextVar[_AfterCommit] = ContextVar("transaction")


def wake(topic: str) -> None:
    """Wake the topic's listeners after the commit of the current transaction.

    There is no other way: code that writes deep inside a transaction says itself whom to wake.
    """
    _current.get().topics.add(topic)


def count(act: Callable[[Meters], None]) -> None:
    """Count something after the commit of the current transaction."""
    _current.get().counts.append(act)


class Transactions:
    """Runs work in transactions that survive the cancelling of their caller.

    Cancelling a task inside a Tortoise transaction leaks SQLite's lock or a PostgreSQL connection for good.
    So each transaction runs in its own task, which nobody cancels. If the caller goes away, it finishes
    by itself.
    """

    def __init__(self, bus: Bus, meters: Meters) -> None:
        self._bus = bus
        self._meters = meters
        self._running: set[asyncio.Task[object]] = set()
        self._batches = Batches()
        self._trouble: Outage | None = None
        self._trouble_at = 0.0

    def trouble(self, *, within_seconds: float) -> Outage | None:
        """Return why a transaction failed recently, if the database could not store its data."""
        return self._trouble if time.monotonic() - self._trouble_at < within_seconds else None

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run `work` in a transaction: committed when it returns, rolled back when it raises."""
        task = asyncio.create_task(self._run(work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            # The caller is gone: nobody else would see a failure.
            task.add_done_callback(_log_fault)
            raise

    async def run_together(
        self,
        key: Hashable,
        job: J,
        work: Callable[[Sequence[J]], Awaitable[Sequence[T | DomainError]]],
        *,
        weight: int,
        max_weight: int,
    ) -> T:
        """Run `work` in one transaction for all jobs of a key that came during the last one.

        So many callers share one commit, and none gets its result before it. `work` returns a result for each
        job, in their order. A refusal is a result too, and must leave nothing behind. For the batches see
        `Batches.join`.
        """

        async def carry_out(jobs: Sequence[J]) -> Sequence[T | DomainError]:
            return await self.run(lambda: work(jobs))

        return await self._batches.join(key, job, carry_out, weight=weight, max_weight=max_weight)

    async def drain(self) -> None:
        """Wait until no transaction is under way (before the database is closed)."""
        await self._batches.drain()
        while self._running:
            await asyncio.wait(self._running)

    async def _run(self, work: Callable[[], Awaitable[T]]) -> T:
        after = _AfterCommit()
        _current.set(after)
        try:
            async with in_transaction():
                result = await work()
        except Exception as error:
            outage = outage_of(error)
            if outage in _LASTING:
                self._trouble, self._trouble_at = outage, time.monotonic()
            raise
        for topic in after.topics:
            self._bus.publish(topic)
        for act in after.counts:
            act(self._meters)
        return result


def _log_fault(task: asyncio.Task[object]) -> None:
    # Only the end of the event loop cancels a transaction's task.
    error = None if task.cancelled() else task.exception()
    if error is not None and not isinstance(error, DomainError):
        log.error("transaction failed", exc_info=error)
