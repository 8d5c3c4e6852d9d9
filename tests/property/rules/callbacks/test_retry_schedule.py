"""Retries, for any schedule and any Retry-After."""

from hypothesis import given
from hypothesis import strategies as st

from server.kit.clock import DAY_US, SECOND_US
from server.rules.callbacks.retry_schedule import next_try_after_us

SCHEDULES = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).map(tuple)


@given(SCHEDULES, st.integers(0, 20), st.floats(0, 1), st.none() | st.integers(0, 10**12))
def test_a_wait_is_the_schedules_or_what_was_asked_for(
    schedule: tuple[int, ...], tries: int, chance: float, asked: int | None
) -> None:
    """Within a tenth of the schedule, or longer on request but then at most a day; attempts are bounded."""
    wait_us = next_try_after_us(schedule, tries, chance=chance, retry_after_seconds=asked)
    if tries >= len(schedule):
        assert wait_us is None
        return
    assert wait_us is not None
    planned_us = schedule[tries] * SECOND_US
    asked_us = min((asked or 0) * SECOND_US, DAY_US)
    assert wait_us >= max(asked_us, planned_us * 0.9 - 1)
    assert wait_us <= max(asked_us, planned_us * 1.1 + 1)


@given(SCHEDULES, st.integers(1, 20), st.floats(0, 1), st.floats(0, 1))
def test_more_chance_is_never_sooner(schedule: tuple[int, ...], tries: int, one: float, other: float) -> None:
    """The spread goes in one direction, so that the order is kept."""
    low, high = sorted((one, other))
    sooner, later = (
        next_try_after_us(schedule, tries, chance=chance, retry_after_seconds=None) for chance in (low, high)
    )
    assert (sooner is None) == (later is None)
    assert sooner is None or later is None or sooner <= later
