"""What a message costs."""

import pytest

from server.rules.credits.pricing import cost


@pytest.mark.parametrize(("parts", "rate_mc", "expected"), [(1, 1_000, 1_000), (3, 2_350, 7_050), (6, 0, 0)])
def test_each_part_costs_the_rate_once(parts: int, rate_mc: int, expected: int) -> None:
    """The cost is exact to the thousandth."""
    assert cost(parts, rate_mc) == expected


@pytest.mark.parametrize(("parts", "rate_mc"), [(0, 1), (-1, 1), (1, -1)])
def test_no_parts_or_a_negative_rate_is_a_fault(parts: int, rate_mc: int) -> None:
    """A bug in the caller never becomes a gift."""
    with pytest.raises(ValueError, match=f"^{parts} parts at {rate_mc} millicredits$"):
        cost(parts, rate_mc)
