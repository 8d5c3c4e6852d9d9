"""A worker that runs until it is killed: `killed_worker.py URL START_US` (the time at which its clock starts)."""

import asyncio
import sys
import time

from server.gateways.simulator import Simulator
from server.settings import Settings
from server.store.database import Database
from server.wiring import build_services, build_worker


class RunningClock:
    """A clock that runs from a given time."""

    def __init__(self, start_us: int) -> None:
        """Take the time at which it starts, in microseconds since the Unix epoch."""
        self._start_us = start_us
        self._started_ns = time.monotonic_ns()

    def now_us(self) -> int:
        """Return the time."""
        return self._start_us + (time.monotonic_ns() - self._started_ns) // 1_000


async def _main(url: str, start_us: int) -> None:
    clock = RunningClock(start_us)
    database = Database(url)
    await database.open()
    services = build_services(Settings(database={"url": url}), clock)
    build_worker(services, Simulator(clock, step_seconds=0.001)).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], int(sys.argv[2])))
