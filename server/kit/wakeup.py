"""Waiting for a wake-up, and no longer than a polling interval."""

import asyncio


async def wait(event: asyncio.Event, seconds: float) -> bool:
    """Wait for the next wake-up, or for the polling interval to pass, and be ready for another.

    Return whether there was one.
    """
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return event.is_set()
    finally:
        event.clear()
