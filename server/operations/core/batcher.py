"""Batching what many callers ask for at the same time."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from contextvars import Context
from typing import Any, NamedTuple, TypeVar

import structlog

from server.errors import DomainError
from server.store.outages import is_outage

J = TypeVar("J")
R = TypeVar("R")

log = structlog.get_logger()

READ_SECONDS = 15.0
"""How long a statement that many wait for may take. It finds rows by an index, but may wait for SQLite's one lock."""

CarryOut = Callable[[Sequence[J]], Awaitable[Sequence[R | BaseException]]]


class Batches:
    """Carries out the jobs of a key in batches, one after the other, in the order they came.

    A job that comes alone does not wait. What comes while it is carried out forms the next batch. So the
    batches grow with the load, and the cost of each job falls. Cancelling a caller does not end a batch: its
    job is carried out anyway.
    """

    def __init__(self) -> None:
        self._queues: dict[Hashable, deque[_Waiting]] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def join(
        self, key: Hashable, job: J, carry_out: CarryOut[J, R], *, weight: int = 1, max_weight: int = 100
    ) -> R:
        """Return the result of a job, or raise it.

        `carry_out` takes the jobs of a batch and returns a result for each, in their order: a value, or the
        exception that its caller gets. If it raises because the database rejects one of the jobs, each is
        carried out alone. If the database is down, all callers get the error. A batch weighs at most
        `max_weight`, unless it is a single job.
        """
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = deque()
            # Not in a caller's context, since its variables do not concern the other callers.
            task = asyncio.create_task(self._run(key, carry_out, max_weight), context=Context())
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        queue.append(_Waiting(job, weight, future))
        return await future

    async def read(self, key: Hashable, job: J, find: CarryOut[J, R]) -> R:
        """Return the result of a job that only reads, or raise it.

        Raises:
            TimeoutError: the database does not answer. Nobody else waits behind a statement that hangs.
        """

        async def find_in_time(jobs: Sequence[J]) -> Sequence[R | BaseException]:
            async with asyncio.timeout(READ_SECONDS):
                return await find(jobs)

        return await self.join(key, job, find_in_time)

    async def drain(self) -> None:
        """Wait until no batch is under way."""
        while self._running:
            await asyncio.wait(self._running)

    async def _run(self, key: Hashable, carry_out: CarryOut[Any, Any], max_weight: int) -> None:
        queue = self._queues[key]
        while queue:
            batch = [queue.popleft()]
            weight = batch[0].weight
            while queue and (weight := weight + queue[0].weight) <= max_weight:
                batch.append(queue.popleft())
            results = await _results(carry_out, [entry.job for entry in batch])
            for entry, result in zip(batch, results, strict=True):
                entry.settle(result)
        del self._queues[key]


async def _results(carry_out: CarryOut[Any, Any], jobs: Sequence[Any]) -> Sequence[Any]:
    outcome: Sequence[Any] | BaseException
    [outcome] = await asyncio.gather(carry_out(jobs), return_exceptions=True)
    if not isinstance(outcome, BaseException):
        if len(outcome) == len(jobs):
            return outcome
        # If this raised, the queue would break and keep all later callers waiting.
        return [RuntimeError("there are not as many results as jobs")] * len(jobs)
    if len(jobs) == 1 or is_outage(outcome):
        return [outcome] * len(jobs)
    return [result for job in jobs for result in await _results(carry_out, [job])]


class _Waiting(NamedTuple):
    """A job, and the caller that waits for its result."""

    job: Any
    weight: int
    future: asyncio.Future[Any]

    def settle(self, result: object) -> None:
        """Give the caller its result; if the caller is gone, log a failure, which nobody would see."""
        if self.future.done():
            if isinstance(result, Exception) and not isinstance(result, DomainError):
                log.error("a job failed whose caller is gone", exc_info=result)
            return
        if isinstance(result, BaseException):
            self.future.set_exception(result)
        else:
            self.future.set_result(result)
