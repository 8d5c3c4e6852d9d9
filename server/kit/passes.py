"""Makes long answers in small pieces, so that nobody else waits for more than one piece.

In one pass the event loop runs everything that is ready, and only then looks for new events. So there is a
bound on the objects that all operations together make in a pass; the operations take turns.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

from server.kit.fair_queue import FairQueue

T = TypeVar("T")

OBJECTS_A_PASS = 50


async def slices(items: Sequence[T], size: int) -> AsyncIterator[Sequence[T]]:
    """Yield the items in slices of `size`; if there are several, let others have their turn after each."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
        if len(items) > size:
            await asyncio.sleep(0)


class _Waiting(NamedTuple):
    objects: int
    entered: asyncio.Future[None]


class Passes:
    """The capacity of the passes of one event loop."""

    def __init__(self) -> None:
        self._room = OBJECTS_A_PASS
        self._waiting: FairQueue[_Waiting] = FairQueue()
        self._is_scheduled = False

    async def enter(self, path: tuple[str, ...], objects: int) -> bool:
        """Wait for capacity in a pass, and take some; return whether that took another pass."""
        if self._room > 0 and not self._waiting:
            self._room -= objects
            self._schedule()
            return False
        waiting = _Waiting(objects, asyncio.get_running_loop().create_future())
        self._waiting.push(path, waiting)
        self._schedule()
        await waiting.entered
        return True

    def _schedule(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            asyncio.get_running_loop().call_soon(self._begin)

    def _begin(self) -> None:
        """Begin a pass: operations that enter do their work in it."""
        self._is_scheduled, self._room = False, OBJECTS_A_PASS
        while self._waiting and self._room > 0:
            objects, entered = self._waiting.pop()
            if not entered.done():
                self._room -= objects
                entered.set_result(None)
        if self._room < OBJECTS_A_PASS:
            self._schedule()


class Pace:
    """The pace of one operation: it goes piece by piece, and reads for all pieces together.

    The reads of all objects in a list are done at once. If it takes several passes to begin all objects,
    reading waits for that.
    """

    def __init__(self, passes: Passes, caller: str) -> None:
        """Callers take turns, and so do the operations of each caller."""
        self._passes = passes
        self._path = (caller, str(id(self)))
        self._beginnings = 0
        self.has_waited = False

    async def enter(self, objects: int = 1) -> None:
        """Wait until there is capacity for this many objects."""
        if await self._passes.enter(self._path, objects):
            self.has_waited = True

    @contextmanager
    def beginning(self) -> Iterator[None]:
        """Make reading wait during the block, which itself may only wait for capacity."""
        self._beginnings += 1
        try:
            yield
        finally:
            self._beginnings -= 1

    async def begun(self) -> None:
        """Wait until all objects of the operation have begun."""
        while self._beginnings:  # noqa: ASYNC110 each pass begins some more
            await asyncio.sleep(0)
