"""Deferred sending: allowed times, and converting local times."""

import re
import zoneinfo
from datetime import datetime

from server.errors import ErrorCode, InvalidInput
from server.kit.clock import DAY_US, MINUTE_US, from_datetime
from server.kit.described_enums import DescribedStr

MAX_PAST_US = 5 * MINUTE_US
MAX_AHEAD_US = 366 * DAY_US

_HTTP_DEFERRED = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{4})")
_ZONE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*")
_MAX_ZONE_CHARS = 64
# Other entries of a zone database on disk: copies with leap seconds, and names that mean a different zone on
# each machine.
_NO_ZONES = ("right/", "posix/", "localtime", "posixrules", "Factory")


class WaitReason(DescribedStr):
    """Why a message is not handed over at once."""

    DEFERRED = "deferred", "It was deferred to a later time."
    ADVERTISING_HOURS = (
        "advertising_hours",
        "It is advertising, which this account only sends from 08:00 to 20:00 in the receiver's time zone, except on Sundays.",
    )
    NO_LINK = (
        "no_link",
        "No link that takes it is open now. It is handed over as soon as one is.",
    )


def parse_http_local_time(text: str, time_zone: str) -> int:
    """Return the time of a local time `hhmmddMMYYYY` in an IANA time zone, in microseconds.

    A time in the gap of a clock change moves forward by the length of the gap; of a time that occurs twice,
    the first one counts (PEP 495 with fold 0).

    Raises:
        InvalidInput: INVALID_DATE, if there is no such date; INVALID_TIME_ZONE.
    """
    zone = _zone(time_zone)
    match = _HTTP_DEFERRED.fullmatch(text)
    if match is None:
        raise _invalid()
    hour, minute, day, month, year = map(int, match.groups())
    try:
        return from_datetime(datetime(year, month, day, hour, minute, tzinfo=zone))
    except (ValueError, OverflowError) as error:
        raise _invalid() from error


def check_deferred(at_us: int, now_us: int) -> int:
    """Return the time of a deferred message, at most 5 minutes ago and 366 days ahead.

    Raises:
        InvalidInput: INVALID_DATE.
    """
    if not now_us - MAX_PAST_US <= at_us <= now_us + MAX_AHEAD_US:
        msg = "A message can be deferred by at most a year, and not into the past."
        raise InvalidInput(msg, code=ErrorCode.INVALID_DATE)
    return at_us


def could_go_us(created_at_us: int, deferred_until_us: int | None, held_until_us: int | None) -> int:
    """Return when a message could first be handed over: the latest of these times."""
    return max(created_at_us, deferred_until_us or 0, held_until_us or 0)


def check_time_zone(name: str) -> str:
    """Return the name of a time zone in the IANA database.

    Raises:
        InvalidInput: INVALID_TIME_ZONE.
    """
    _zone(name)
    return name


def _zone(name: str) -> zoneinfo.ZoneInfo:
    well_formed = len(name) <= _MAX_ZONE_CHARS and _ZONE_NAME.fullmatch(name)
    if well_formed and not name.startswith(_NO_ZONES):
        try:
            return zoneinfo.ZoneInfo(name)
        # A folder of the database raises OSError; a file that is not a zone raises ValueError.
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            pass
    msg = "A time zone has to be a name in the IANA database, like Europe/Paris."
    raise InvalidInput(msg, code=ErrorCode.INVALID_TIME_ZONE)


def _invalid() -> InvalidInput:
    msg = (
        "A deferred date has to be in the form hhmmddMMYYYY, like 153024122026 for 15:30 on 24 December 2026."
    )
    return InvalidInput(msg, code=ErrorCode.INVALID_DATE)
