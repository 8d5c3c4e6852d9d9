"""A few at a time, for each key."""

import gc

from server.kit.turns import Turns


async def test_each_key_lets_a_few_through_at_once() -> None:
    """A crowd at one key does not affect another."""
    turns = Turns(2)
    first, second, third = (turns.of("a") for _ in range(3))
    assert first is second is third
    async with first, second:
        assert third.locked()
        assert not turns.of("b").locked()
    assert not third.locked()


async def test_a_key_that_nobody_uses_is_forgotten() -> None:
    """Keys come from strangers, and must leave nothing behind."""
    turns = Turns(1)
    async with turns.of("a"):
        gc.collect()
        assert turns.of("a").locked()
    gc.collect()
    assert not turns._semaphores
