"""The wait that an HTTP response asks for (RFC 9110 §10.2.3)."""

import re
from datetime import UTC
from email.utils import parsedate_to_datetime

from server.kit.clock import SECOND_US, from_datetime

MAX_WAIT_SECONDS = 86_400
_SECONDS = re.compile(r"[0-9]+")
_MAX_DIGITS = 9


def parse_retry_after(text: str, now_us: int) -> int | None:
    """Return a `Retry-After` header in seconds from now, 0 to `MAX_WAIT_SECONDS`; None if malformed.

    It is a number of seconds or an HTTP date; `now_us` is in microseconds since the Unix epoch.
    """
    text = text.strip()
    if _SECONDS.fullmatch(text):
        digits = text.lstrip("0") or "0"
        return MAX_WAIT_SECONDS if len(digits) > _MAX_DIGITS else _clamped(int(digits))
    try:
        at = parsedate_to_datetime(text)
        # The oldest of the three forms has no zone, and means GMT like the others.
        at_us = from_datetime(at if at.tzinfo else at.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None
    # Rounded up, so that nobody is called before the time that they named.
    return _clamped(-((now_us - at_us) // SECOND_US))


def _clamped(seconds: int) -> int:
    return max(0, min(seconds, MAX_WAIT_SECONDS))
