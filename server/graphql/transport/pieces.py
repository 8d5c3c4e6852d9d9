"""Completing an answer piece by piece, as the passes of the event loop have room for it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from graphql.pyutils import AwaitableOrValue
from strawberry.execution import optimized_is_awaitable

from server.graphql.schema.paging import Connection
from server.kit.passes import Pace

FEW = 10
"""Lists that are as short are completed at once."""


async def let_in(result: Awaitable[Any], pace: Pace) -> Any:
    """Return what was waited for, once there is room for completing it."""
    value = await result
    with pace.beginning():
        await pace.enter(1 + len(value.page.rows) if isinstance(value, Connection) else 1)
    return value


async def complete_in_pieces(
    items: Iterable[Any], complete: Callable[[int, Any], AwaitableOrValue[Any]], pace: Pace
) -> list[Any]:
    """Complete the items of a list, each once there is room for it."""
    completed: list[Any] = []
    waited_for: dict[int, asyncio.Future[Any]] = {}
    try:
        with pace.beginning():
            for position, item in enumerate(items):
                await pace.enter()
                result = complete(position, item)
                completed.append(result)
                if optimized_is_awaitable(result):
                    waited_for[position] = asyncio.ensure_future(result)
        for position, result in zip(waited_for, await asyncio.gather(*waited_for.values()), strict=True):
            completed[position] = result
    except BaseException:
        # As the base class does: nothing goes on of a list that is no more.
        for future in waited_for.values():
            future.cancel()
        await asyncio.gather(*waited_for.values(), return_exceptions=True)
        raise
    return completed
