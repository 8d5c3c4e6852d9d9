"""Reads that are wanted at the same time, done together."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

from server.kit.passes import OBJECTS_A_PASS, Pace

K = TypeVar("K")
V = TypeVar("V")

MAX_AT_ONCE = 1_000
PASSES_TO_A_READ = 4
"""In how many passes what has been begun has come to where it wants to read, each task beginning another."""


class Loader(Generic[K, V]):
    """Reads by key for one operation: all that is wanted until nothing more of the operation is begun."""

    def __init__(
        self, load: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]], default: V, pace: Pace | None
    ) -> None:
        """A key for which `load` finds nothing gets the default."""
        self._load_all = load
        self._default = default
        self._pace = pace
        self._wanted: list[tuple[K, asyncio.Future[V]]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def load(self, key: K) -> asyncio.Future[V]:
        """Return what will have what a key stands for."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[V] = loop.create_future()
        if not self._wanted:
            loop.call_soon(self._start)  # after all that is begun in this pass
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
        """Wait for what was begun in several passes to come to this point, which takes the last of it some more."""
        wanted = 0
        while pace.has_waited and wanted < len(self._wanted):
            wanted = len(self._wanted)
            for _ in range(PASSES_TO_A_READ):
                await asyncio.sleep(0)
                await pace.begun()

    async def _read(self, wanted: Sequence[tuple[K, asyncio.Future[V]]]) -> None:
        try:
            values = await self._load_all([key for key, _ in wanted])
        except Exception as error:  # noqa: BLE001 it is raised where it is waited for
            for _, future in wanted:
                if not future.done():
                    future.set_exception(error)
            return
        for count, (key, future) in enumerate(wanted, start=1):
            if not future.done():
                future.set_result(values.get(key, self._default))
            if count % OBJECTS_A_PASS == 0:
                await asyncio.sleep(0)  # each wakes somebody
