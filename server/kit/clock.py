"""The clock as a dependency. Instants are integers: microseconds since the Unix epoch, UTC."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Clock(Protocol):
    """Something that knows the time."""

    def now_us(self) -> int:
        """Return the current time in microseconds since the Unix epoch."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_us(self) -> int:
        """Return the machine's time in microseconds since the Unix epoch."""
        return time.time_ns() // 1_000


class ManualClock:
    """A clock that stands still until it is moved; for tests and simulations."""

    def __init__(self, now_us: int) -> None:
        self._now_us = now_us

    def now_us(self) -> int:
        """Return the clock's time in microseconds since the Unix epoch."""
        return self._now_us

    def advance(self, seconds: float) -> None:
        """Move by some seconds, to the nearest microsecond; negative seconds move it back."""
        self._now_us += round(seconds * SECOND_US)


def to_datetime(us: int) -> datetime:
    """Return the instant as an aware datetime in UTC.

    Raises:
        OverflowError: the instant is outside the years 1 to 9999.
    """
    return _EPOCH + timedelta(microseconds=us)


def from_datetime(dt: datetime) -> int:
    """Return an aware datetime of any zone in microseconds since the Unix epoch.

    Raises:
        ValueError: the datetime is naive, so it does not name an instant.
    """
    if dt.utcoffset() is None:
        msg = "a naive datetime does not name an instant"
        raise ValueError(msg)
    return (dt - _EPOCH) // _MICROSECOND
