"""How a span of time is cut into the hours, days or months of UTC."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from server.errors import InvalidInput
from server.graphql.schema.enums import StatisticsInterval
from server.kit.clock import DAY_US, HOUR_US, from_datetime, to_datetime

MAX_BUCKETS = 1_000

_WIDTHS_US = {StatisticsInterval.HOUR: HOUR_US, StatisticsInterval.DAY: DAY_US}


@dataclass(frozen=True, slots=True)
class Span:
    """From one time to another, the latter excluded, cut into intervals; times in microseconds."""

    begin_us: int
    end_us: int
    interval: StatisticsInterval

    def starts(self) -> list[int]:
        """Return when each interval that the span touches begins: the first may begin before the span.

        Raises:
            InvalidInput: the span does not end after it begins, or touches too many intervals.
        """
        if self.begin_us >= self.end_us:
            raise InvalidInput("`from` is before `to`.", field=("to",))
        width_us = _WIDTHS_US.get(self.interval)
        if width_us is None:
            months = range(_month(self.begin_us), _month(self.end_us - 1) + 1)
            return [_start_of(month) for month in _bounded(months)]
        return list(_bounded(range(self.begin_us - self.begin_us % width_us, self.end_us, width_us)))


def _bounded(steps: range) -> Sequence[int]:
    if len(steps) > MAX_BUCKETS:
        raise InvalidInput(f"This takes {len(steps)} buckets, and at most {MAX_BUCKETS} are given.")
    return steps


def _month(us: int) -> int:
    """Return the number of a time's month, counted from the year 0."""
    moment = to_datetime(us)
    return moment.year * 12 + moment.month - 1


def _start_of(month: int) -> int:
    return from_datetime(datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC))
