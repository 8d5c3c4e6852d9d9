"""Simultaneous reads are combined."""

import asyncio
from collections.abc import Sequence

import pytest

from server.graphql.loader import MAX_AT_ONCE, Loader
from server.kit.passes import OBJECTS_A_PASS, Pace, Passes
from tests.factories.running.turns import turns_during


def _loader(pace: Pace | None = None) -> tuple[Loader[int, int | None], list[list[int]]]:
    reads: list[list[int]] = []

    async def load(keys: Sequence[int]) -> dict[int, int]:
        reads.append(list(keys))
        return {key: key * 10 for key in keys if key % 2 == 0}

    return Loader(load, None, pace), reads


async def test_one_read_serves_all_that_wait() -> None:
    """Missing rows give the default; later requests take another read."""
    loader, reads = _loader()
    assert await asyncio.gather(*map(loader.load, (1, 2, 4))) == [None, 20, 40]
    assert await loader.load(2) == 20
    assert reads == [[1, 2, 4], [2]]


async def test_many_keys_take_several_reads_and_leave_others_their_turn() -> None:
    """No statement has more parameters than a database accepts, and callers are woken a few at a time."""
    loader, reads = _loader()
    keys = range(0, 2 * (MAX_AT_ONCE + 1), 2)

    async def load_all() -> None:
        assert await asyncio.gather(*map(loader.load, keys)) == [key * 10 for key in keys]

    assert await turns_during(load_all()) >= MAX_AT_ONCE // OBJECTS_A_PASS
    assert [len(read) for read in reads] == [MAX_AT_ONCE, 1]


async def test_what_is_begun_in_several_passes_is_read_together() -> None:
    """A list too long for one pass takes as many reads as a short one."""
    pace = Pace(Passes(), "somebody")
    loader, reads = _loader(pace)

    async def want(key: int) -> int | None:
        await asyncio.sleep(0)  # as a field below another one
        return await loader.load(key)

    wanted = []
    with pace.beginning():
        for key in range(5 * OBJECTS_A_PASS):
            await pace.enter()
            wanted.append(asyncio.create_task(want(key)))
    await asyncio.gather(*wanted)
    assert [len(read) for read in reads] == [5 * OBJECTS_A_PASS]


async def test_a_read_that_fails_fails_for_all() -> None:
    """All waiting callers get the error, and the next read tries again."""

    async def load(_: Sequence[int]) -> dict[int, int]:
        raise OSError("away")

    loader = Loader(load, None, None)
    for _ in range(2):
        found = await asyncio.gather(*map(loader.load, (1, 2)), return_exceptions=True)
        assert [str(error) for error in found] == ["away", "away"]


async def test_whoever_goes_away_is_not_read_for() -> None:
    """Requests that were cancelled before the read are left out."""
    loader, reads = _loader()
    gone, stays = loader.load(2), loader.load(4)
    gone.cancel()
    assert await stays == 40
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert reads == [[4]]
