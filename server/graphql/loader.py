"""Reads that are requested at the same time, done together."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

from server.kit.passes import OBJECTS_A_PASS, Pace

K = TypeVar("K")
V = TypeVar("V")

MAX_AT_ONCE = 1_000
PASSES_TO_A_READ = 4
"""How many passes of the event loop a task needs to reach its read, because each starts another one."""


class Loader(Generic[K, V]):
    """Batches reads by key for one operation: it collects keys until the operation starts no more work."""

    def __init__(
        self, load: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]], default: V, pace: Pace | None
    ) -> None:
        """If `load` finds nothing for a key, the key gets the default."""
        self._load_all = load
        self._default = default
        self._pace = pace
        self._wanted: list[tuple[K, asyncio.Future[V]]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def load(self, key: K) -> asyncio.Future[V]:
        """Return a future of the value for a key."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[V] = loop.create_future()
        if not self._wanted:
            loop.call_soon(self._start)  # after everything that starts in this pass
        self._wanted.append((key, future))
        return future

    def _start(self) -> None:
        task = asyncio.create_task(self._run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self) -> None:
        if self._pace is not None:
            await self._pace.begun()
            await self._all_wanted(self._pace)
        wanted = [entry for entry in self._wanted if not entry[1].done()]
        self._wanted.clear()
        for start in range(0, len(wanted), MAX_AT_ONCE):
            await self._read(wanted[start : start + MAX_AT_ONCE])

    async def _all_wanted(self, pace: Pace) -> None:
        """Wait until the work that started in several passes gets here; the last takes a few passes more."""
        wanted = 0
        while pace.has_waited and wanted < len(self._wanted):
            wanted = len(self._wanted)
            for _ in range(PASSES_TO_A_READ):
                await asyncio.sleep(0)
                await pace.begun()

    async def _read(self, wanted: Sequence[tuple[K, asyncio.Future[V]]]) -> None:
        try:
            values = await self._load_all([key for key, _ in wanted])
        except Exception as error:  # noqa: BLE001 it is raised where it is awaited
            for _, future in wanted:
                if not future.done():
                    future.set_exception(error)
            return
        for count, (key, future) in enumerate(wanted, start=1):
            if not future.done():
                future.set_result(values.get(key, self._default))
            if count % OBJECTS_A_PASS == 0:
                await asyncio.sleep(0)  # each result wakes a task
