"""Looking callers up again, for all the connections that they have open."""

import asyncio
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager

import structlog

from server.graphql.schema.context import Context
from server.kit.logging import clear_context
from server.kit.wakeup import wait
from server.store.outages import is_outage, ride_out

log = structlog.get_logger()

OnEnd = Callable[[Exception], object]
"""Is told why a caller may no longer listen: it was denied, or the database can't say who it is."""


class CallerWatches:
    """One watch for each secret at each address, however many connections bear it."""

    def __init__(self, recheck_seconds: float) -> None:
        self._recheck_seconds = recheck_seconds
        self._watches: dict[Hashable, _Watch] = {}

    @contextmanager
    def watch(self, context: Context, on_end: OnEnd) -> Iterator[None]:
        """Watch a caller during the block: it is looked up when something of it ends, and every few seconds."""
        key = context.credential
        watch = self._watches.get(key)
        if watch is None or watch.is_over:
            watch = self._watches[key] = _Watch(context.without_request(), self._recheck_seconds)
        watch.listeners.append(on_end)
        try:
            yield
        finally:
            watch.listeners.remove(on_end)
            if not watch.listeners:
                watch.stop()
                if self._watches.get(key) is watch:
                    del self._watches[key]


class _Watch:
    def __init__(self, context: Context, recheck_seconds: float) -> None:
        self.listeners: list[OnEnd] = []
        self._context = context
        self._recheck_seconds = recheck_seconds
        self._listening = ExitStack()
        self._ended = self._listening.enter_context(context.ending())
        self._task = asyncio.create_task(self._run())

    @property
    def is_over(self) -> bool:
        """Whether it has told of an end."""
        return self._task.done()

    def stop(self) -> None:
        """End it."""
        self._listening.close()
        self._task.cancel()

    async def _run(self) -> None:
        clear_context()  # that of the connection with which it began
        reason = await self._reason()
        for on_end in [*self.listeners]:
            on_end(reason)

    async def _reason(self) -> Exception:
        while True:
            await wait(self._ended, self._recheck_seconds)
            try:
                refusal = await ride_out(self._context.still_refused)
            except Exception as error:
                if not is_outage(error):
                    log.exception("a caller could not be looked up")
                return error
            if refusal is not None:
                return refusal
