"""Counts how often others have their turn during some work, so that no clock is needed."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def turns_during(work: Coroutine[Any, Any, object]) -> int:
    """Do some work, and return how many turns another task had meanwhile that wants one in every pass."""
    turns = 0
    is_done = False

    async def take_turns() -> None:
        nonlocal turns
        while not is_done:
            await asyncio.sleep(0)
            turns += 1

    task = asyncio.create_task(work)
    watching = asyncio.create_task(take_turns())
    try:
        await task
    finally:
        is_done = True
        await watching
    return turns


class Counted:
    """Calls between two turns of a task that wants one in every pass: the most, and the total."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.now = self.most = self.total = 0

    def add(self, count: int = 1) -> None:
        """Count a call, or the items of a call."""
        self.now += count
        self.total += count
        self.most = max(self.most, self.now)

    async def during(self, work: Coroutine[Any, Any, T]) -> T:
        """Do some work, count in each turn, and return the work's result."""

        async def count_anew() -> None:
            while True:
                self.now = 0
                await asyncio.sleep(0)

        watching = asyncio.create_task(count_anew())
        try:
            return await work
        finally:
            watching.cancel()
