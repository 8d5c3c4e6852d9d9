"""Carrying out together what many callers ask for at the same time."""

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

CarryOut = Callable[[Sequence[J]], Awaitable[Sequence[R | BaseException]]]


class Batches:
    """Has jobs of one key carried out in batches, one after the other, in the order they came.

    A job that comes alone waits for nobody; what comes while it is carried out makes up the next batch.
    So the batches grow with the load, and their cost for each job falls. Nobody's cancelling ends a
    batch: the job of a caller that goes away is carried out all the same.
    """

    def __init__(self) -> None:
        self._queues: dict[Hashable, deque[_Waiting]] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def join(
        self, key: Hashable, job: J, carry_out: CarryOut[J, R], *, weight: int = 1, max_weight: int = 100
    ) -> R:
        """Return what became of a job, or raise it.

        `carry_out` takes the jobs of a batch and gives a result for each, in their order: a value, or the
        exception that its caller is to get. When it raises, for something that only a database can tell
        of one of the jobs, each is carried out alone; when the database is away, all hear of it. A batch
        weighs `max_weight` at most, unless it is a single job.
        """
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = deque()
            # In no caller's context: what is bound or set there is none of the others'.
            task = asyncio.create_task(self._run(key, carry_out, max_weight), context=Context())
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        queue.append(_Waiting(job, weight, future))
        return await future

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
        # A queue that broke here would keep all who come later waiting.
        return [RuntimeError("there are not as many results as jobs")] * len(jobs)
    if len(jobs) == 1 or is_outage(outcome):
        return [outcome] * len(jobs)
    return [result for job in jobs for result in await _results(carry_out, [job])]


class _Waiting(NamedTuple):
    """A job, and who waits for what becomes of it."""

    job: Any
    weight: int
    future: asyncio.Future[Any]

    def settle(self, result: object) -> None:
        """Give the caller its result, if it is still there; what fails else nobody would ever hear of."""
        if self.future.done():
            if isinstance(result, Exception) and not isinstance(result, DomainError):
                log.error("a job failed whose caller is gone", exc_info=result)
            return
        if isinstance(result, BaseException):
            self.future.set_exception(result)
        else:
            self.future.set_result(result)
