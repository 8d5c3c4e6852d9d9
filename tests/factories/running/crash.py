"""A step of the server in a separate process, which kills itself at a named point.

The server's code does not know about this: the points are in wrappers around it. They are "before commit" and
"after commit" of its transactions, and "before x" and "after x" of each method x of a watched link to the
outside.
"""

import asyncio
import inspect
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from server.gateways.simulator import Simulator
from server.kit.clock import ManualClock
from server.operations.core.message_ids import MessageIds
from server.operations.core.services import Services
from server.operations.core.transactions import Transactions
from server.settings import Settings
from server.store.database import Database
from server.wiring import build_services
from tests.factories.running.forks import FORKS
from tests.factories.running.waiting import PATIENCE_SECONDS

T = TypeVar("T")


@dataclass(frozen=True)
class Point:
    """A place in the code, and how many times it is passed before the crash."""

    place: str
    turn: int = 1

    def __str__(self) -> str:
        """Return the name for a test's parameter."""
        return f"{self.place} {self.turn}"


class Rig:
    """The tools of a step: services and an operator's link with watched points, and a folder."""

    def __init__(self, settings: Settings, now_us: int, folder: Path, point: Point) -> None:
        """Build it; the clock stands still."""
        self.folder = folder
        self._point = point
        self._passed: Counter[str] = Counter()
        services = build_services(settings, ManualClock(now_us))
        transactions = _Transactions(self, services)
        self.services = replace(services, transactions=transactions, message_ids=MessageIds(transactions))
        self.gateway = self.watch(Simulator(self.services.clock, step_seconds=0))

    def passes(self, place: str) -> None:
        """Pass a place, and die if that is the point."""
        self._passed[place] += 1
        if (place, self._passed[place]) == (self._point.place, self._point.turn):
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, link: Any) -> Any:
        """Return a link to the outside with a point before and after each method."""
        return _Watched(self, link)


Step = Callable[[Rig], Awaitable[object]]


async def crash(settings: Settings, now_us: int, folder: Path, step: Step, point: Point) -> None:
    """Run a step (a function of a module) in a new process, and fail unless it died at the point."""
    process = FORKS.Process(target=_begin, args=(settings, now_us, folder, step, point))
    process.start()
    await asyncio.to_thread(process.join, PATIENCE_SECONDS)
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL, f"{point} was not passed"
    process.close()


def _begin(settings: Settings, now_us: int, folder: Path, step: Step, point: Point) -> None:
    async def begin() -> None:
        database = Database(settings.database.url)
        await database.open()
        try:
            await step(Rig(settings, now_us, folder, point))
        finally:
            await database.close()

    asyncio.run(begin())


class _Transactions(Transactions):
    """Transactions with points at their commits."""

    def __init__(self, rig: Rig, services: Services) -> None:
        super().__init__(services.bus, services.meters)
        self._rig = rig

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        async def watched() -> T:
            result = await work()
            self._rig.passes("before commit")
            return result

        result = await super().run(watched)
        self._rig.passes("after commit")
        return result


class _Watched:
    """A wrapper of any object with asynchronous methods."""

    def __init__(self, rig: Rig, link: Any) -> None:
        self._rig, self._link = rig, link

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._link, name)
        if not inspect.iscoroutinefunction(member):
            return member

        async def watched(*given: Any, **named: Any) -> Any:
            self._rig.passes(f"before {name}")
            result = await member(*given, **named)
            self._rig.passes(f"after {name}")
            return result

        return watched
