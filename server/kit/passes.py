"""Long answers made in small pieces, so that nobody else waits for more than one of them.

The event loop does all that is ready in one pass, and only then looks for what has come meanwhile. Of all
operations together a pass therefore makes so many objects at most; the operations take turns.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

from server.kit.fair_queue import FairQueue

T = TypeVar("T")

OBJECTS_A_PASS = 50


async def slices(items: Sequence[T], size: int) -> AsyncIterator[Sequence[T]]:
    """Yield so many of the items at a time, and where they are more let others have their turn after each slice."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
        if len(items) > size:
            await asyncio.sleep(0)


class _Waiting(NamedTuple):
    objects: int
    entered: asyncio.Future[None]


class Passes:
    """What the passes of one event loop have room for."""

    def __init__(self) -> None:
        self._room = OBJECTS_A_PASS
        self._waiting: FairQueue[_Waiting] = FairQueue()
        self._is_scheduled = False

    async def enter(self, path: tuple[str, ...], objects: int) -> bool:
        """Wait until a pass has room, and take some of it; return whether that took another pass."""
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
        """Begin a pass: whoever enters does its work in it."""
        self._is_scheduled, self._room = False, OBJECTS_A_PASS
        while self._waiting and self._room > 0:
            objects, entered = self._waiting.pop()
            if not entered.done():
                self._room -= objects
                entered.set_result(None)
        if self._room < OBJECTS_A_PASS:
            self._schedule()


class Pace:
    """How one operation goes on: piece by piece, and reading for all of them together.

    What the objects of a list want to have read is read at once. Where it takes several passes to begin with
    all of them, reading waits until that is done.
    """

    def __init__(self, passes: Passes, caller: str) -> None:
        """Callers take turns, and the operations of each."""
        self._passes = passes
        self._path = (caller, str(id(self)))
        self._beginnings = 0
        self.has_waited = False

    async def enter(self, objects: int = 1) -> None:
        """Wait until there is room for so many objects."""
        if await self._passes.enter(self._path, objects):
            self.has_waited = True

    @contextmanager
    def beginning(self) -> Iterator[None]:
        """Have reading wait for as long as the block runs, which itself waits for nothing but room."""
        self._beginnings += 1
        try:
            yield
        finally:
            self._beginnings -= 1

    async def begun(self) -> None:
        """Wait until nothing of the operation is being begun."""
        while self._beginnings:  # noqa: ASYNC110 each pass begins some more
            await asyncio.sleep(0)
