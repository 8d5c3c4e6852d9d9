"""Waiting until something that was begun has come about."""

import asyncio
from collections.abc import Awaitable, Callable

PATIENCE_SECONDS = 60.0
"""How long a condition is waited for: longer than a busy machine needs, shorter than a test may take."""


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    """Return as soon as a condition holds, and fail if it never does."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await condition():  # noqa: ASYNC110 nobody tells when it comes true
            await asyncio.sleep(0.005)
