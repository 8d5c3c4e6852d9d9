"""Waits until a condition holds."""

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE_SECONDS = 60.0
"""How long to wait for a condition: longer than a busy machine needs, shorter than a test may take."""


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    """Return as soon as a condition holds, and fail if it never does."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await condition():  # noqa: ASYNC110 nothing signals the change
            await asyncio.sleep(0.005)
