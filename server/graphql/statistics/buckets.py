"""Cutting a span of time into hours, days or months."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from server.errors import InvalidInput
from server.graphql.schema.enums import StatisticsInterval
from server.kit.clock import DAY_US, HOUR_US, from_datetime, to_datetime

MAX_BUCKETS = 1_000

_MICROSECOND = timedelta(microseconds=1)
_EARLIEST_US = from_datetime(datetime(1, 1, 3, tzinfo=UTC))
_LATEST_US = from_datetime(datetime(9999, 12, 29, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time, end excluded, cut into intervals of a time zone; times in microseconds."""

    begin_us: int
    end_us: int
    interval: StatisticsInterval
    zone: str = "UTC"

    def starts(self) -> list[int]:
        """Return when each interval that overlaps the span begins; the first may begin before the span.

        Raises:
            InvalidInput: the span does not end after it begins, or overlaps too many intervals.
        """
        check_span(self.begin_us, self.end_us)
        zone = ZoneInfo(self.zone)
        if self.interval is StatisticsInterval.HOUR:
            # An offset that changes within the span changes by whole hours, but for half an hour on one small island.
            begin_us = self.begin_us - (self.begin_us + _offset_us(self.begin_us, zone)) % HOUR_US
            return list(_bounded(range(begin_us, self.end_us, HOUR_US)))
        first_us, last_us = (us + _offset_us(us, zone) for us in (self.begin_us, self.end_us - 1))
        local: Iterator[int]
        if self.interval is StatisticsInterval.DAY:
            local = iter(_bounded(range(first_us - first_us % DAY_US, last_us + 1, DAY_US)))
        else:
            local = map(_start_of, _bounded(range(_month(first_us), _month(last_us) + 1)))
        # A day that a zone left out begins with the day after it, and is none.
        starts = sorted({_instant_us(local_us, zone) for local_us in local})
        return starts[max(bisect_right(starts, self.begin_us) - 1, 0) :]


def check_span(begin_us: int, end_us: int) -> None:
    """Check that a span ends after it begins.

    Raises:
        InvalidInput: it does not.
    """
    if begin_us >= end_us:
        raise InvalidInput("`from` has to be before `to`.", field=("to",))


def _bounded(steps: range) -> Sequence[int]:
    if len(steps) > MAX_BUCKETS:
        raise InvalidInput(f"This takes {len(steps)} buckets, and at most {MAX_BUCKETS} are given.")
    return steps


def _month(us: int) -> int:
    """Return the number of a time's month, counted from the year 0."""
    moment = _moment(us)
    return moment.year * 12 + moment.month - 1


def _start_of(month: int) -> int:
    return from_datetime(datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC))


def _offset_us(us: int, zone: ZoneInfo) -> int:
    """Return how far a zone is ahead of UTC at a time."""
    return (_moment(us).astimezone(zone).utcoffset() or timedelta()) // _MICROSECOND


def _instant_us(local_us: int, zone: ZoneInfo) -> int:
    """Return when a zone's clocks first show a time, or when they skip it."""
    return local_us - (_moment(local_us).replace(tzinfo=zone).utcoffset() or timedelta()) // _MICROSECOND


def _moment(us: int) -> datetime:
    """Return a time for which every zone has a date: beyond these years, a zone keeps its offset."""
    return to_datetime(min(max(us, _EARLIEST_US), _LATEST_US))
