"""Waiting for a wake-up, at most for the polling interval."""

import asyncio

from server.kit.wakeup import wait

LONG_SECONDS = 60.0


async def test_a_wake_up_ends_the_wait() -> None:
    """Long before the interval is over, and the event is ready for the next one."""
    event = asyncio.Event()
    async with asyncio.timeout(LONG_SECONDS / 2):
        waiting = asyncio.create_task(wait(event, LONG_SECONDS))
        await asyncio.sleep(0)
        event.set()
        await waiting
    assert not event.is_set()


async def test_a_wake_up_that_came_before_counts() -> None:
    """A caller that looked just before does not wait."""
    event = asyncio.Event()
    event.set()
    async with asyncio.timeout(LONG_SECONDS / 2):
        await wait(event, LONG_SECONDS)
    assert not event.is_set()


async def test_the_interval_ends_the_wait_too() -> None:
    """Without a wake-up it returns without an error."""
    await wait(asyncio.Event(), 0.001)


async def test_a_cancelled_wait_is_cancelled() -> None:
    """A shutdown is not mistaken for the end of the interval."""
    waiting = asyncio.create_task(wait(asyncio.Event(), LONG_SECONDS))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert waiting.cancelled()
