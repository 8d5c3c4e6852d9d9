"""How times to delivery are counted, and what is read off the counts."""

from collections import Counter
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.kit.clock import DAY_US, SECOND_US
from server.rules.statistics.delivery_times import EDGES_US, bucket_of, quantile


@pytest.mark.parametrize(
    ("took_us", "bucket"),
    [
        (-SECOND_US, 0), (0, 0), (SECOND_US - 1, 0), (SECOND_US, 1), (2 * SECOND_US - 1, 2), (2 * SECOND_US, 3),
        (EDGES_US[-1] - 1, 40), (EDGES_US[-1], 41), (10_000 * DAY_US, 41),
    ],
)  # fmt: skip
def test_each_time_has_its_bucket(took_us: int, bucket: int) -> None:
    """A bucket holds its lower edge, and not its upper one; there is one for whatever a clock may say."""
    assert bucket_of(took_us) == bucket


@pytest.mark.parametrize(
    ("counts", "share", "seconds"),
    [
        ({}, 0.5, None),
        ({0: 1}, 0.5, 0.5),
        ({41: 1}, 0.95, 1048576.0),
        ({3: 19, 9: 1}, 0.95, 2.38),
        ({3: 18, 9: 2}, 0.95, 19.03),
        ({3: 1, 9: 1}, 0.5, 2.38),
    ],
)
def test_a_share_is_reached_within_so_many_seconds(
    counts: dict[int, int], share: float, seconds: float | None
) -> None:
    """It is the time of the first message with which the share is reached."""
    assert quantile(counts, share) == seconds


@given(
    st.lists(st.integers(0, EDGES_US[-1] - 1), min_size=1, max_size=200),
    st.sampled_from([0.01, 0.5, 0.95, 1.0]),
)
def test_the_seconds_are_right_to_within_a_fifth(times_us: list[int], share: float) -> None:
    """Or half a second, whatever the times are."""
    true_seconds = sorted(times_us)[ceil(share * len(times_us)) - 1] / SECOND_US
    found = quantile(Counter(map(bucket_of, times_us)), share)
    assert found is not None
    assert abs(found - true_seconds) <= max(true_seconds / 5, 0.5)
