"""Ids of messages: unique across all processes, and never used twice, even after interruptions."""

import asyncio

from server.operations.core.message_ids import BLOCK_SIZE, FIRST_ID, MessageIds
from server.operations.core.services import Services
from server.store.models import Counter


async def test_the_first_numbers_follow_each_other(services: Services) -> None:
    """They begin at ten million, and one block needs one look at the counter."""
    ids = MessageIds(services.transactions)
    assert await ids.take(2) == [FIRST_ID, FIRST_ID + 1]
    assert await ids.take(1) == [FIRST_ID + 2]
    assert (await Counter.get()).value == FIRST_ID + BLOCK_SIZE


async def test_a_request_gets_its_ids_from_one_block(services: Services) -> None:
    """A block that has too few left is given up; one larger than a block gets a block of its size."""
    ids = MessageIds(services.transactions)
    await ids.take(1)
    assert await ids.take(BLOCK_SIZE - 1) == list(range(FIRST_ID + 1, FIRST_ID + BLOCK_SIZE))
    assert await ids.take(1) == [FIRST_ID + BLOCK_SIZE]
    larger = await ids.take(BLOCK_SIZE + 5)
    assert larger == list(range(FIRST_ID + 2 * BLOCK_SIZE, FIRST_ID + 3 * BLOCK_SIZE + 5))


async def test_many_processes_never_draw_the_same_id(services: Services) -> None:
    """Six drawers at once, as six processes would be, and many takers each."""
    drawers = [MessageIds(services.transactions) for _ in range(6)]
    taken = await asyncio.gather(*(drawer.take(300) for drawer in drawers for _ in range(5)))
    assert len({id for block in taken for id in block}) == 6 * 5 * 300


async def test_an_interrupted_draw_leaves_a_gap_at_most(services: Services) -> None:
    """Takers that go away meanwhile make nobody draw an id twice, and lock nobody out."""
    ids = MessageIds(services.transactions)
    seen: list[int] = []
    for delay in range(20):
        task = asyncio.create_task(ids.take(400))
        for _ in range(delay):
            await asyncio.sleep(0)
        task.cancel()
        done = await asyncio.gather(task, return_exceptions=True)
        if isinstance(done[0], list):
            seen += done[0]
        seen += await ids.take(7)
    assert len(seen) == len(set(seen))
