"""Completing an answer and writing it piece by piece, as the passes of the event loop have room for it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import orjson
from graphql.pyutils import AwaitableOrValue
from strawberry.execution import optimized_is_awaitable

from server.graphql.schema.paging import Connection
from server.kit.passes import OBJECTS_A_PASS, Pace

FEW = 10
"""Lists that are as short are completed at once."""
WRITTEN_AS_ONE = 10
"""So many objects are written, and let go of, in the time in which one is completed."""


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


async def write_in_pieces(value: Any, pace: Pace) -> Any:
    """Return a completed answer whose lists are JSON already; what is written is let go of on the way."""
    if isinstance(value, dict):
        for name, item in value.items():
            if isinstance(item, dict | list):
                value[name] = await write_in_pieces(item, pace)
        return value
    written = []
    size = OBJECTS_A_PASS * WRITTEN_AS_ONE
    for start in range(0, len(value), size):
        items = value[start : start + size]
        value[start : start + size] = [None] * len(items)
        await pace.enter(1 + len(items) // WRITTEN_AS_ONE)
        for place, item in enumerate(items):
            if isinstance(item, dict | list):
                items[place] = await write_in_pieces(item, pace)
        written.append(orjson.dumps(items)[1:-1])
    return orjson.Fragment(b"[" + b",".join(written) + b"]")
