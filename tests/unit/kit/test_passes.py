"""Long work leaves room for others, and waiting operations take turns."""

import asyncio

import pytest

from server.kit.passes import OBJECTS_A_PASS, Pace, Passes, slices
from tests.factories.running.turns import turns_during


async def test_a_pass_makes_so_many_objects_at_most() -> None:
    """Ten times as many objects as fit take ten passes, and others have their turn in each."""
    passes = Passes()

    async def make() -> None:
        pace = Pace(passes, "somebody")
        for _ in range(10 * OBJECTS_A_PASS):
            await pace.enter()

    assert await turns_during(make()) >= 9


async def test_what_fits_does_not_wait() -> None:
    """A small answer is made at once."""

    async def make() -> None:
        pace = Pace(Passes(), "somebody")
        for _ in range(OBJECTS_A_PASS):
            await pace.enter()

    assert await turns_during(make()) <= 1


async def test_a_small_answer_waits_for_no_large_one() -> None:
    """Callers take turns, and so do the operations of one caller, however much waits."""
    passes, done = Passes(), []

    async def make(name: str, caller: str, objects: int) -> None:
        pace = Pace(passes, caller)
        await asyncio.gather(*(pace.enter() for _ in range(objects)))
        done.append(name)

    await asyncio.gather(
        make("large", "one", 5_000),
        make("another large one", "one", 5_000),
        make("small", "one", 10),
        make("a stranger's", "two", 10),
    )
    assert set(done[:2]) == {"small", "a stranger's"}


async def test_whoever_goes_away_takes_no_room() -> None:
    """Operations that were cancelled while waiting are skipped."""
    passes = Passes()
    pace = Pace(passes, "somebody")
    await pace.enter(OBJECTS_A_PASS)
    waiting = [asyncio.create_task(pace.enter(OBJECTS_A_PASS)) for _ in range(100)]
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    assert await turns_during(pace.enter()) <= 3


@pytest.mark.parametrize(("items", "turns"), [(0, 0), (5, 0), (6, 2), (50, 10)])
async def test_slices_let_others_have_their_turn(items: int, turns: int) -> None:
    """All items come in their order, with a turn for others after each of several slices."""

    async def take() -> None:
        found = [slice_ async for slice_ in slices(range(items), 5)]
        assert [item for slice_ in found for item in slice_] == list(range(items))
        assert all(len(slice_) <= 5 for slice_ in found)

    assert turns <= await turns_during(take()) <= turns + 1
