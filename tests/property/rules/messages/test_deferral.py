"""Properties of deferred dates in every zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import ErrorCode, InvalidInput
from server.kit.clock import DAY_US, MINUTE_US, from_datetime, to_datetime
from server.rules.messages.deferral import check_deferred, parse_http_local_time

ZONES = ["UTC", "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]
zones = st.sampled_from(ZONES)
minutes = st.datetimes(datetime(2025, 1, 1), datetime(2030, 1, 1)).map(  # noqa: DTZ001
    lambda at: at.replace(second=0, microsecond=0)
)


def written(at: datetime) -> str:
    """Return a local time as http2sms writes it."""
    return at.strftime("%H%M%d%m%Y")


def passed(text: str, zone: str, now_us: int) -> int:
    """Read a date as http2sms and sending do."""
    return check_deferred(parse_http_local_time(text, zone), now_us)


def read(at: datetime, zone: str) -> int:
    """Return the instant of a local time, read a day earlier."""
    return passed(written(at), zone, from_datetime(at.replace(tzinfo=UTC)) - DAY_US)


@given(minutes, zones)
def test_a_local_time_reads_back_unless_a_gap_moved_it_forward(at: datetime, zone: str) -> None:
    """The instant has the same local time in its zone, or a later one if that time does not exist."""
    shown = to_datetime(read(at, zone)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    exists = (
        at.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        == at
    )
    assert shown == at if exists else at < shown <= at + timedelta(days=1)


@given(minutes, zones)
def test_no_earlier_instant_shows_the_same_local_time(at: datetime, zone: str) -> None:
    """Of two instants with the same local time, the first is meant."""
    instant = to_datetime(read(at, zone))
    for hours in (0.5, 1, 2):
        earlier = (instant - timedelta(hours=hours)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        assert earlier != at


@given(minutes, zones, st.integers(-500 * DAY_US, 500 * DAY_US))
def test_a_date_passes_exactly_within_the_bounds(at: datetime, zone: str, ahead_us: int) -> None:
    """At most five minutes past and 366 days ahead, in every zone."""
    instant = read(at, zone)
    if -5 * MINUTE_US <= ahead_us <= 366 * DAY_US:
        assert passed(written(at), zone, instant - ahead_us) == instant
        return
    with pytest.raises(InvalidInput) as refusal:
        passed(written(at), zone, instant - ahead_us)
    assert refusal.value.code is ErrorCode.INVALID_DATE


@given(st.text(max_size=14) | st.text("0123456789", min_size=12, max_size=12), st.text(max_size=20) | zones)
def test_any_text_is_read_or_refused(text: str, zone: str) -> None:
    """No text and no zone, however broken, raises another error."""
    code = None
    try:
        passed(text, zone, 0)
    except InvalidInput as refusal:
        code = refusal.code
    assert code in {None, ErrorCode.INVALID_DATE, ErrorCode.INVALID_TIME_ZONE}
