"""How a time span is split into the intervals of statistics."""

from datetime import UTC, datetime
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import InvalidInput
from server.graphql.schema.enums import StatisticsInterval
from server.graphql.statistics.buckets import MAX_BUCKETS, Span
from server.kit.clock import DAY_US, HOUR_US, from_datetime, to_datetime

NOON_US = 1_789_992_000_000_000  # 21 September 2026, 12:00 UTC
FIRST_OF_TIME_US, END_OF_TIME_US = -62_135_596_800_000_000, 253_402_300_800_000_000  # the years 1 to 9999

HOUR, DAY, MONTH = StatisticsInterval


def _starts(begin_us: int, end_us: int, interval: StatisticsInterval) -> list[str]:
    return [f"{to_datetime(start):%Y-%m-%d %H:%M}" for start in Span(begin_us, end_us, interval).starts()]


@pytest.mark.parametrize(
    ("begin_us", "end_us", "interval", "starts"),
    [
        (NOON_US, NOON_US + 2 * HOUR_US, HOUR, ["2026-09-21 12:00", "2026-09-21 13:00"]),
        (NOON_US + 1, NOON_US + HOUR_US + 1, HOUR, ["2026-09-21 12:00", "2026-09-21 13:00"]),
        (NOON_US, NOON_US + 1, HOUR, ["2026-09-21 12:00"]),
        (NOON_US, NOON_US + DAY_US, DAY, ["2026-09-21 00:00", "2026-09-22 00:00"]),
        (NOON_US, NOON_US + 10 * DAY_US, MONTH, ["2026-09-01 00:00", "2026-10-01 00:00"]),
        (NOON_US, NOON_US + 9 * DAY_US + 12 * HOUR_US, MONTH, ["2026-09-01 00:00"]),
        (-1, 1, DAY, ["1969-12-31 00:00", "1970-01-01 00:00"]),
    ],
    ids=[
        "whole hours", "parts of hours", "an instant", "parts of days", "over a month's end",
        "up to a month's end", "before 1970",
    ],
)  # fmt: skip
def test_a_span_touches_these_intervals(
    begin_us: int, end_us: int, interval: StatisticsInterval, starts: list[str]
) -> None:
    """Each interval that the span touches comes once, complete, and in order."""
    assert _starts(begin_us, end_us, interval) == starts


def test_months_go_on_over_the_end_of_a_year() -> None:
    """Two years have 24 months, and each begins at its first midnight."""
    starts = _starts(NOON_US, NOON_US + 730 * DAY_US, MONTH)
    assert len(starts) == 25
    assert {start[8:] for start in starts} == {"01 00:00"}
    assert starts[3:5] == ["2026-12-01 00:00", "2027-01-01 00:00"]


@pytest.mark.parametrize("interval", StatisticsInterval)
def test_the_ends_of_time_are_no_fault(interval: StatisticsInterval) -> None:
    """The first and the last possible times fall into an interval like any other."""
    assert _starts(FIRST_OF_TIME_US, FIRST_OF_TIME_US + 1, interval) == ["1-01-01 00:00"]
    assert len(_starts(END_OF_TIME_US - 1, END_OF_TIME_US, interval)) == 1
    with pytest.raises(InvalidInput):
        Span(FIRST_OF_TIME_US, END_OF_TIME_US, interval).starts()


@pytest.mark.parametrize("length_us", [0, -1, -DAY_US])
def test_a_span_ends_after_it_begins(length_us: int) -> None:
    """An empty or backwards span is refused."""
    with pytest.raises(InvalidInput, match=r"^`from` has to be before `to`\.$"):
        Span(NOON_US, NOON_US + length_us, DAY).starts()


def test_the_number_of_buckets_is_bounded() -> None:
    """A thousand hours are allowed, and one more is refused."""
    assert len(Span(NOON_US, NOON_US + MAX_BUCKETS * HOUR_US, HOUR).starts()) == MAX_BUCKETS
    with pytest.raises(InvalidInput, match="This takes 1001 buckets, and at most 1000 are given"):
        Span(NOON_US, NOON_US + MAX_BUCKETS * HOUR_US + 1, HOUR).starts()


def _utc(text: str) -> int:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("zone", "interval", "begin", "end", "starts"),
    [
        ("Europe/Paris", DAY, "2026-03-28 23:00", "2026-03-30 22:00",
         ["2026-03-28 23:00", "2026-03-29 22:00"]),
        ("Europe/Paris", DAY, "2026-10-24 23:00", "2026-10-26 23:00",
         ["2026-10-24 22:00", "2026-10-25 23:00"]),
        ("Europe/Paris", MONTH, "2026-03-31 21:59", "2026-03-31 22:01", ["2026-02-28 23:00", "2026-03-31 22:00"]),
        ("Asia/Kolkata", DAY, "2026-09-20 18:30", "2026-09-21 18:30", ["2026-09-20 18:30"]),
        ("Asia/Kolkata", HOUR, "2026-09-20 18:45", "2026-09-20 19:45", ["2026-09-20 18:30", "2026-09-20 19:30"]),
        ("Asia/Kathmandu", DAY, "2026-09-20 18:14", "2026-09-20 18:16", ["2026-09-19 18:15", "2026-09-20 18:15"]),
        ("America/New_York", HOUR, "2026-11-01 05:00", "2026-11-01 08:00",
         ["2026-11-01 05:00", "2026-11-01 06:00", "2026-11-01 07:00"]),
        ("America/Santiago", DAY, "2026-09-06 03:59", "2026-09-07 03:00", ["2026-09-05 04:00", "2026-09-06 04:00"]),
        ("Pacific/Apia", DAY, "2011-12-30 09:00", "2011-12-30 11:00", ["2011-12-29 10:00", "2011-12-30 10:00"]),
    ],
    ids=[
        "a day of 23 hours", "a day of 25 hours", "over a month's end", "half an hour ahead", "hours of half an hour",
        "three quarters ahead", "an hour that comes twice", "a midnight that is skipped", "a day that is skipped",
    ],
)  # fmt: skip
def test_a_zone_cuts_by_its_own_clocks(
    zone: str, interval: StatisticsInterval, begin: str, end: str, starts: list[str]
) -> None:
    """Days and months begin at the zone's midnights, whatever its offset, and each time is in one interval."""
    found = Span(_utc(begin), _utc(end), interval, zone).starts()
    assert [f"{to_datetime(start):%Y-%m-%d %H:%M}" for start in found] == starts


@pytest.mark.parametrize("interval", StatisticsInterval)
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles"])
def test_the_ends_of_time_are_no_fault_in_any_zone(zone: str, interval: StatisticsInterval) -> None:
    """Where a zone's own date would fall outside the years 1 to 9999."""
    for begin_us in (FIRST_OF_TIME_US, END_OF_TIME_US - 1):
        assert len(Span(begin_us, begin_us + 1, interval, zone).starts()) == 1


@given(
    st.integers(_utc("1990-01-01"), _utc("2035-01-01")),
    st.integers(1, 60 * DAY_US),
    st.sampled_from(StatisticsInterval),
    st.sampled_from(sorted(available_timezones())),
)
def test_the_intervals_of_a_zone_cover_the_span(
    begin_us: int, length_us: int, interval: StatisticsInterval, zone: str
) -> None:
    """In order, each with a part of the span, and only the first before it."""
    end_us = begin_us + min(length_us, MAX_BUCKETS * HOUR_US // 2)
    starts = Span(begin_us, end_us, interval, zone).starts()
    assert starts == sorted(set(starts))
    assert starts[0] <= begin_us
    assert all(begin_us < start < end_us for start in starts[1:])
