"""When advertising may be sent: from 08:00 to 20:00 in the receiver's time zone, except on Sundays."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from server.kit.clock import DAY_US, from_datetime, to_datetime

OPENS_HOUR = 8
CLOSES_HOUR = 20
SEARCHED_US = 14 * DAY_US

_SUNDAY = 6


@lru_cache(maxsize=4_096)
def next_allowed(at_us: int, zones: tuple[str, ...]) -> int:
    """Return the first time, at or after this one, that is allowed in all of these IANA time zones.

    A number may not show which of several zones its phone is in. If no time within two weeks suits all of
    them (they are too far apart), the first zone decides. The receivers of a batch are mostly in the same
    zones, hence the cache.
    """
    candidate = at_us
    while candidate <= at_us + SEARCHED_US:
        latest = max(_next_in(candidate, zone) for zone in zones)
        if latest == candidate:
            return candidate
        candidate = latest
    return _next_in(at_us, zones[0])


def first_wait(deferred_until_us: int | None, now_us: int, zones: Sequence[str]) -> int | None:
    """Return until when a message has to wait for advertising hours, or None if it can go when it is due."""
    due_us = max(now_us, deferred_until_us or now_us)
    allowed_us = next_allowed(due_us, tuple(zones))
    return allowed_us if allowed_us > due_us else None


def _next_in(at_us: int, zone: str) -> int:
    tz = ZoneInfo(zone)
    local = to_datetime(at_us).astimezone(tz)
    day = local.date()
    if day.weekday() != _SUNDAY:
        if OPENS_HOUR <= local.hour < CLOSES_HOUR:
            return at_us
        if local.hour < OPENS_HOUR:
            return _opening(day.year, day.month, day.day, tz)
    day += timedelta(days=1)
    if day.weekday() == _SUNDAY:
        day += timedelta(days=1)
    return _opening(day.year, day.month, day.day, tz)


def _opening(year: int, month: int, day: int, tz: ZoneInfo) -> int:
    return from_datetime(datetime(year, month, day, OPENS_HOUR, tzinfo=tz))
