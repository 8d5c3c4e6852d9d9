"""Waits for a wake-up, at most for a polling interval."""

import asyncio


async def wait(event: asyncio.Event, seconds: float) -> bool:
    """Wait for the next wake-up, or until the polling interval has passed, and reset the event.

    Return whether there was one.
    """
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return event.is_set()
    finally:
        event.clear()
