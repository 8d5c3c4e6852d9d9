"""Writing an answer, some objects at a time."""

import asyncio
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from server.graphql.transport.pieces import WRITTEN_AS_ONE, write_in_pieces
from server.kit.passes import OBJECTS_A_PASS, Pace, Passes

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False)
)
ANSWERS = st.dictionaries(
    st.text(), st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
)


def _pace() -> Pace:
    return Pace(Passes(), "somebody")


@given(ANSWERS)
def test_what_is_written_in_pieces_is_what_is_written_at_once(answer: dict[str, Any]) -> None:
    """With any nesting."""
    expected = orjson.dumps(answer)
    assert orjson.dumps(asyncio.run(write_in_pieces(answer, _pace()))) == expected


async def test_others_have_their_turn_between_the_pieces() -> None:
    """For pages and entries: one pass writes a bounded number of objects."""
    count = 20 * OBJECTS_A_PASS * WRITTEN_AS_ONE
    for answer in (
        {"nodes": [{"id": n} for n in range(count)]},
        {"nodes": [{"nodes": [{"id": n} for n in range(count // 100)]} for _ in range(100)]},
    ):
        turns = 0

        async def take_turns() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        others = asyncio.create_task(take_turns())
        await write_in_pieces(answer, _pace())
        others.cancel()
        assert turns >= 20


async def test_what_is_written_is_let_go_of() -> None:
    """Objects don't stay in memory next to their JSON."""
    nodes = [{"id": n} for n in range(10)]
    await write_in_pieces({"nodes": nodes}, _pace())
    assert nodes == [None] * 10
