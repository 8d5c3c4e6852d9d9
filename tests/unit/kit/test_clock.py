"""Clocks, and instants as integers."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from server.kit import clock
from server.kit.clock import ManualClock, SystemClock, from_datetime, to_datetime


def test_units_are_multiples_of_a_microsecond() -> None:
    """A second, a minute, an hour and a day in microseconds."""
    assert clock.SECOND_US == 1_000_000
    assert clock.MINUTE_US == 60_000_000
    assert clock.HOUR_US == 3_600_000_000
    assert clock.DAY_US == 86_400_000_000


def test_system_clock_tells_the_machine_time_in_microseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nanoseconds of the machine's clock become whole microseconds."""
    monkeypatch.setattr("time.time_ns", lambda: 1_700_000_000_123_456_789)
    assert SystemClock().now_us() == 1_700_000_000_123_456


def test_manual_clock_moves_only_when_told() -> None:
    """A manual clock stands still between moves, which go forwards or backwards."""
    manual = ManualClock(5)
    assert manual.now_us() == 5
    assert manual.now_us() == 5
    manual.advance(1.5)
    assert manual.now_us() == 1_500_005
    manual.advance(-0.5)
    assert manual.now_us() == 1_000_005


def test_manual_clock_rounds_to_the_nearest_microsecond() -> None:
    """A float just below a whole microsecond is not rounded down."""
    manual = ManualClock(0)
    manual.advance(0.000_000_9)
    assert manual.now_us() == 1


def test_instants_convert_to_utc_datetimes() -> None:
    """Zero is the Unix epoch, microseconds are kept, and times before the epoch are negative."""
    assert to_datetime(0) == datetime(1970, 1, 1, tzinfo=UTC)
    assert to_datetime(1_700_000_000_000_001) == datetime(2023, 11, 14, 22, 13, 20, 1, tzinfo=UTC)
    assert to_datetime(-1) == datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    assert to_datetime(0).utcoffset() == timedelta(0)


def test_datetimes_of_any_zone_convert_to_instants() -> None:
    """The zone of an aware datetime counts, to the microsecond."""
    eastern = timezone(timedelta(hours=-5))
    assert from_datetime(datetime(1970, 1, 1, 0, 0, 0, 7, tzinfo=eastern)) == 5 * 3_600_000_000 + 7
    assert isinstance(from_datetime(datetime(2026, 1, 1, tzinfo=eastern)), int)
    assert from_datetime(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1


def test_a_naive_datetime_is_refused() -> None:
    """A datetime without a zone is not an instant."""
    with pytest.raises(ValueError, match=r"^a naive datetime does not name an instant$"):
        from_datetime(datetime(2026, 1, 1))  # noqa: DTZ001
