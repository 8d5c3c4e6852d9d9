"""When a failed callback is tried again."""

import pytest

from server.kit.clock import DAY_US, SECOND_US
from server.rules.callbacks.retry_schedule import next_try_after_us

SCHEDULE = (0, 5, 60)


@pytest.mark.parametrize(
    ("tries", "chance", "asked", "expected"),
    [
        (0, 0.5, None, 0),
        (1, 0.5, None, 5 * SECOND_US),
        (1, 0.0, None, 4_500_000),
        (1, 1.0, None, 5_500_000),
        (2, 0.5, 10, 60 * SECOND_US),
        (2, 0.5, 100, 100 * SECOND_US),
        (2, 0.5, 10**9, DAY_US),
        (3, 0.5, None, None),
        (3, 0.5, 100, None),
    ],
)
def test_the_wait_before_the_next_try(
    tries: int, chance: float, asked: int | None, expected: int | None
) -> None:
    """The schedule's, plus or minus a tenth, or the endpoint's request if that is longer."""
    assert next_try_after_us(SCHEDULE, tries, chance=chance, retry_after_seconds=asked) == expected
