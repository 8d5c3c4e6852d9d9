"""How a span is made up of days, of quarters of an hour, and of the rest."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.kit.clock import DAY_US, MINUTE_US, from_datetime
from server.rules.statistics.slots import Cover, Piece, Slot, cover


def _utc(day: int, hour: int, minute: int = 0) -> int:
    return from_datetime(datetime(2026, 9, day, hour, minute, tzinfo=UTC))


@pytest.mark.parametrize(
    ("begin_us", "end_us", "found"),
    [
        (_utc(1, 0), _utc(3, 0), Cover(days=[(7, _utc(1, 0), _utc(3, 0))])),
        (_utc(1, 18, 30), _utc(2, 18, 30), Cover(quarters=[(7, _utc(1, 18, 30), _utc(2, 18, 30))])),
        (_utc(1, 1, 1), _utc(1, 1, 14), Cover(rest=[(7, _utc(1, 1, 1), _utc(1, 1, 14))])),
        (_utc(1, 1, 1), _utc(1, 1, 16), Cover(rest=[(7, _utc(1, 1, 1), _utc(1, 1, 16))])),
        (_utc(1, 1, 1), _utc(1, 1, 30), Cover(
            rest=[(7, _utc(1, 1, 1), _utc(1, 1, 15))], quarters=[(7, _utc(1, 1, 15), _utc(1, 1, 30))],
        )),
        (_utc(1, 22, 50), _utc(4, 1, 5), Cover(
            days=[(7, _utc(2, 0), _utc(4, 0))],
            quarters=[(7, _utc(1, 23), _utc(2, 0)), (7, _utc(4, 0), _utc(4, 1))],
            rest=[(7, _utc(1, 22, 50), _utc(1, 23)), (7, _utc(4, 1), _utc(4, 1, 5))],
        )),
    ],
    ids=["days", "a zone's day", "in a quarter", "over a quarter's end", "a quarter", "all of them"],
)  # fmt: skip
def test_a_span_is_made_up_of_whole_slots_and_a_rest(begin_us: int, end_us: int, found: Cover) -> None:
    """As many whole days as there are, then quarters of an hour, and the rest by itself."""
    assert cover([(7, begin_us, end_us)]) == found


@given(st.integers(-5 * DAY_US, 5 * DAY_US), st.integers(1, 4 * DAY_US))
def test_the_pieces_make_up_the_span(begin_us: int, length_us: int) -> None:
    """Each moment of it is in one piece, slots begin where slots begin, and the rest is short."""
    found = cover([(7, begin_us, begin_us + length_us)])
    pieces: list[Piece] = sorted([*found.days, *found.quarters, *found.rest])
    assert (pieces[0][1], pieces[-1][2]) == (begin_us, begin_us + length_us)
    assert all(first[2] == second[1] for first, second in pairwise(pieces))
    assert all(us % Slot.DAY.length_us == 0 for piece in found.days for us in piece[1:])
    assert all(us % Slot.QUARTER.length_us == 0 for piece in found.quarters for us in piece[1:])
    assert all(end_us - begin_us < 30 * MINUTE_US for _, begin_us, end_us in found.rest)


@pytest.mark.parametrize(
    ("us", "quarter_us", "day_us"),
    [(0, 0, 0), (DAY_US + 1, DAY_US, DAY_US), (-1, -15 * MINUTE_US, -DAY_US)],
)
def test_each_time_is_in_one_slot(us: int, quarter_us: int, day_us: int) -> None:
    """Which begins with it, or before."""
    assert (Slot.QUARTER.start_of(us), Slot.DAY.start_of(us)) == (quarter_us, day_us)
