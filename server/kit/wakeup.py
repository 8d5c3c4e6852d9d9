"""Waiting for a wake-up, and no longer than a polling interval."""

import asyncio


async def wait(event: asyncio.Event, seconds: float) -> None:
    """Wait for the next wake-up, or for the polling interval to pass, and be ready for another."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
    finally:
        event.clear()
