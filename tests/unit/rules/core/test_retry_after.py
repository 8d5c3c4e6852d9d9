"""Retry-After of an endpoint."""

import pytest

from server.rules.core.retry_after import MAX_WAIT_SECONDS, parse_retry_after

NOW_US = 784_111_777_000_000  # Sun, 06 Nov 1994 08:49:37 GMT, as in RFC 9110


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        ("007", 7),
        ("86400", 86_400),
        ("86401", MAX_WAIT_SECONDS),
        ("9" * 5_000, MAX_WAIT_SECONDS),
        ("0" * 5_000 + "1", 1),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0),
        ("Sun, 06 Nov 1994 08:51:37 GMT", 120),
        ("Sunday, 06-Nov-94 08:51:37 GMT", 120),
        ("Sun, 06 Nov 1994 08:48:37 GMT", 0),
        ("Sun, 06 Nov 1994 10:51:37 +0200", 120),
        ("Fri, 31 Dec 9999 23:59:59 GMT", MAX_WAIT_SECONDS),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Sun Nov  6 08:51:37 1994", 120),
    ],
)
def test_seconds_and_dates_are_understood_and_kept_within_a_day(text: str, seconds: int) -> None:
    """A past date means now."""
    assert parse_retry_after(text, NOW_US) == seconds


@pytest.mark.parametrize(
    "text", ["", "soon", "-1", "1.5", "1e3", "٣", "Sun, 06 Nov", "Sun, 99 Nov 1994 08:49:37 GMT",
             "1994-11-06T08:49:37Z", "120, 240"],
)  # fmt: skip
def test_anything_else_is_no_wish(text: str) -> None:
    """Values that are neither seconds nor an HTTP date."""
    assert parse_retry_after(text, NOW_US) is None


def test_nobody_is_called_before_the_time_they_named() -> None:
    """Fractions of a second are rounded up."""
    assert parse_retry_after("Sun, 06 Nov 1994 08:49:38 GMT", NOW_US + 1) == 1
