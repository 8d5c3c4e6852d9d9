"""Message numbers: unique over all processes, never drawn twice, whatever is interrupted."""

import asyncio

from server.operations.core.message_numbers import BLOCK_SIZE, FIRST_NUMBER, MessageNumbers
from server.operations.core.services import Services
from server.store.models import Counter


async def test_the_first_numbers_follow_each_other(services: Services) -> None:
    """They begin at ten million, and one block needs one look at the counter."""
    numbers = MessageNumbers(services.transactions)
    assert await numbers.take(2) == [FIRST_NUMBER, FIRST_NUMBER + 1]
    assert await numbers.take(1) == [FIRST_NUMBER + 2]
    assert (await Counter.get()).value == FIRST_NUMBER + BLOCK_SIZE


async def test_a_request_gets_its_numbers_from_one_block(services: Services) -> None:
    """A block that has too few left is given up; one larger than a block gets a block of its size."""
    numbers = MessageNumbers(services.transactions)
    await numbers.take(1)
    assert await numbers.take(BLOCK_SIZE - 1) == list(range(FIRST_NUMBER + 1, FIRST_NUMBER + BLOCK_SIZE))
    assert await numbers.take(1) == [FIRST_NUMBER + BLOCK_SIZE]
    larger = await numbers.take(BLOCK_SIZE + 5)
    assert larger == list(range(FIRST_NUMBER + 2 * BLOCK_SIZE, FIRST_NUMBER + 3 * BLOCK_SIZE + 5))


async def test_many_processes_never_draw_the_same_number(services: Services) -> None:
    """Six drawers at once, as six processes would be, and many takers each."""
    drawers = [MessageNumbers(services.transactions) for _ in range(6)]
    taken = await asyncio.gather(*(drawer.take(300) for drawer in drawers for _ in range(5)))
    assert len({number for block in taken for number in block}) == 6 * 5 * 300


async def test_an_interrupted_draw_leaves_a_gap_at_most(services: Services) -> None:
    """Takers that go away meanwhile make nobody draw a number twice, and lock nobody out."""
    numbers = MessageNumbers(services.transactions)
    seen: list[int] = []
    for delay in range(20):
        task = asyncio.create_task(numbers.take(400))
        for _ in range(delay):
            await asyncio.sleep(0)
        task.cancel()
        done = await asyncio.gather(task, return_exceptions=True)
        if isinstance(done[0], list):
            seen += done[0]
        seen += await numbers.take(7)
    assert len(seen) == len(set(seen))
