"""Properties of alerts, for any course of the credits."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from server.rules.credits.thresholds import Limit, evaluate, initial_armed


@given(
    st.integers(0, 50),
    st.integers(0, 100),
    st.lists(st.lists(st.integers(0, 100), max_size=9), max_size=9),
)
def test_each_downward_crossing_is_told_exactly_once(
    threshold: int, start: int, groups: list[list[int]]
) -> None:
    """An alert goes out at each step from above the threshold to it or below, however steps are grouped."""
    told: list[int] = []
    armed = initial_armed(threshold, start)
    for group in groups:
        outcome = evaluate(Limit(enabled=True, threshold_mc=threshold, armed=armed), group)
        told += outcome.falls
        armed = outcome.armed
    course = [start, *(remaining for group in groups for remaining in group)]
    assert told == [after for before, after in pairwise(course) if before > threshold >= after]
    assert armed == (course[-1] > threshold)


@given(
    threshold=st.integers(0, 50),
    course=st.lists(st.integers(0, 100), min_size=1, max_size=60),
    armed=st.booleans(),
)
def test_looking_again_without_a_movement_tells_nothing(
    *, threshold: int, course: list[int], armed: bool
) -> None:
    """An evaluation repeated at the same credits never fires."""
    for remaining in course:
        armed = evaluate(Limit(enabled=True, threshold_mc=threshold, armed=armed), [remaining]).armed
        again = evaluate(Limit(enabled=True, threshold_mc=threshold, armed=armed), [remaining])
        assert not again.falls
        assert again.armed == armed
