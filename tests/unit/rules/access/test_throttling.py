"""How long failed sign-ins block the next one."""

import pytest

from server.rules.access.throttling import blocked_for_us


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [
        (0, 0),
        (4, 0),
        (5, 2),
        (6, 4),
        (7, 8),
        (13, 512),
        (14, 900),
        (15, 900),
        (21, 900),
        (22, 900),
        (10_000, 900),
    ],
)
def test_the_wait_doubles_from_2_seconds_to_15_minutes(failures: int, seconds: int) -> None:
    """After the free failures, and never longer, however many follow."""
    assert blocked_for_us(failures, 5) == seconds * 1_000_000


def test_the_free_failures_are_the_callers_to_say() -> None:
    """A login has fewer than an address."""
    assert [blocked_for_us(19, 20), blocked_for_us(20, 20)] == [0, 2_000_000]
