"""Putting statements together."""

from hypothesis import given
from hypothesis import strategies as st

from server.store.sql import padded


@given(st.lists(st.integers(), min_size=1, max_size=200))
def test_padding_leaves_few_lengths_and_the_same_values(values: list[int]) -> None:
    """Powers of two, less than twice as many as there are."""
    longer = padded(values)
    assert longer[: len(values)] == values
    assert set(longer) == set(values)
    assert len(longer) & (len(longer) - 1) == 0
    assert len(longer) < 2 * len(values)
