"""The worker's loops: they run in parallel, survive every failure, and end between two steps."""

import asyncio

import pytest
from structlog.testing import capture_logs

from server.bus.bus import MemoryBus, Queue
from server.workers import loops
from server.workers.loops import Loops
from tests.factories.running.waiting import eventually


class Steps:
    """A step that counts its calls, and does what a test tells it to."""

    def __init__(self, *, finds: int = 0, fails: int = 0) -> None:
        """Take how many calls find something to do, and how many fail first."""
        self.calls = 0
        self.finds, self.fails = finds, fails

    async def __call__(self) -> bool:
        """Be called."""
        self.calls += 1
        if self.calls <= self.fails:
            raise ZeroDivisionError
        return self.calls <= self.fails + self.finds

    async def was_called(self, times: int) -> None:
        """Wait until it was called that often."""

        async def enough() -> bool:
            return self.calls >= times

        await eventually(enough)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loops that pause for a moment only."""
    monkeypatch.setattr(loops, "FIRST_PAUSE_SECONDS", 0.001)
    monkeypatch.setattr(loops, "MAX_PAUSE_SECONDS", 0.002)


async def test_a_step_that_finds_work_is_called_again_at_once() -> None:
    """Until it finds none; then it waits for a wake-up."""
    bus, busy = MemoryBus(), Steps(finds=50)
    worker = Loops(bus, {"sender": busy})
    worker.start()
    await busy.was_called(51)
    bus.publish(Queue.MESSAGES)
    await busy.was_called(52)
    await worker.stop(grace_seconds=5)
    assert bus.listener_count() == 0


async def test_an_idle_step_looks_again_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wake-up that was lost costs no more than the interval."""
    monkeypatch.setattr(loops, "IDLE_SECONDS", 0.001)
    idle = Steps()
    worker = Loops(MemoryBus(), {"idle": idle})
    worker.start()
    await idle.was_called(5)
    await worker.stop(grace_seconds=5)


@pytest.mark.usefixtures("impatient")
async def test_a_step_that_fails_is_tried_again_and_stops_no_other() -> None:
    """Each failure is logged with the loop's name; after the pause it goes on."""
    failing, fine = Steps(fails=4, finds=3), Steps(finds=3)
    worker = Loops(MemoryBus(), {"failing": failing, "fine": fine})
    with capture_logs() as logs:
        worker.start()
        await fine.was_called(4)
        await failing.was_called(8)
    await worker.stop(grace_seconds=5)
    assert [(line["event"], line["loop"]) for line in logs] == [("worker step failed", "failing")] * 4


async def test_stopping_ends_a_pause() -> None:
    """A loop that waits after a failure does not hold up the shutdown."""
    failing = Steps(fails=10**9)
    worker = Loops(MemoryBus(), {"failing": failing})
    with capture_logs():
        worker.start()
        await failing.was_called(1)
        async with asyncio.timeout(loops.FIRST_PAUSE_SECONDS * 20):
            await worker.stop(grace_seconds=60)
    assert failing.calls < 10


async def test_a_step_under_way_is_finished() -> None:
    """Stopping waits for it, and begins no other."""
    go_on, ended = asyncio.Event(), 0

    async def step() -> bool:
        nonlocal ended
        await go_on.wait()
        ended += 1
        return True

    worker = Loops(MemoryBus(), {"slow": step})
    worker.start()
    await asyncio.sleep(0)
    stopping = asyncio.create_task(worker.stop(grace_seconds=60))
    await asyncio.sleep(0)
    go_on.set()
    await stopping
    assert ended == 1


async def test_a_step_that_outlasts_the_grace_is_cancelled() -> None:
    """The shutdown does not wait for ever."""
    cancelled = asyncio.Event()

    async def step() -> bool:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return True

    worker = Loops(MemoryBus(), {"stuck": step})
    worker.start()
    await asyncio.sleep(0)
    await worker.stop(grace_seconds=0)
    assert cancelled.is_set()


async def test_stopping_what_was_never_started_is_no_error() -> None:
    """There is nothing to wait for."""
    await Loops(MemoryBus(), {"idle": Steps()}).stop(grace_seconds=0)
