"""Times in the form of SMPP."""

import pytest

from server.gateways.smpp.times import relative_time


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (90, "000000000130000R"),
        (86_400 + 3_600, "000001010000000R"),
        (172_799, "000001235959000R"),
        (0, "000000000001000R"),
        (10**9, "000030235959000R"),
    ],
)
def test_a_validity_is_relative(seconds: int, text: str) -> None:
    """Days, hours, minutes and seconds, within operators' bounds."""
    assert relative_time(seconds) == text
