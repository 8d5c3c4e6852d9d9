"""A lock that callers take in turn: who does a piece of work in which nothing else can happen, and when."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class TurnLock:
    """Has one piece of work done at a time, those of each caller one after the other.

    So nobody waits for more than one piece of each other caller, however many that one has brought; and
    what else there is to do goes on between two pieces, for as long as the one before took.
    """

    def __init__(self) -> None:
        self._one = asyncio.Lock()
        self._callers: dict[str, asyncio.Lock] = {}
        self._waiting: dict[str, int] = {}

    @asynccontextmanager
    async def of(self, caller: str) -> AsyncIterator[None]:
        """Wait for a caller's turn, which lasts as long as the block runs."""
        lock = self._callers.setdefault(caller, asyncio.Lock())
        self._waiting[caller] = self._waiting.get(caller, 0) + 1
        try:
            async with lock, self._one:
                loop = asyncio.get_running_loop()
                began = loop.time()
                yield
                await asyncio.sleep(loop.time() - began)
        finally:
            self._waiting[caller] -= 1
            if not self._waiting[caller]:
                del self._waiting[caller], self._callers[caller]
