"""What holds for alerts over any course of the credits."""

from hypothesis import given
from hypothesis import strategies as st

from server.rules.thresholds import Limit, evaluate, initial_armed


@given(st.integers(0, 50), st.integers(0, 100), st.lists(st.integers(0, 100), max_size=60))
def test_each_downward_crossing_is_told_exactly_once(threshold: int, start: int, course: list[int]) -> None:
    """An alert goes out at each step from above the threshold to it or below, and at no other."""
    armed, before = initial_armed(threshold, start), start
    for remaining in course:
        outcome = evaluate(Limit(enabled=True, threshold_m=threshold, armed=armed), remaining)
        assert outcome.fires == (before > threshold >= remaining)
        armed, before = outcome.armed, remaining
        assert armed == (remaining > threshold)


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
        armed = evaluate(Limit(enabled=True, threshold_m=threshold, armed=armed), remaining).armed
        again = evaluate(Limit(enabled=True, threshold_m=threshold, armed=armed), remaining)
        assert not again.fires
        assert again.armed == armed
