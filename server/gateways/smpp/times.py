"""Times in the form of SMPP: `YYMMDDhhmmsstnnp` (3.4 §7.1.1)."""

from server.rules.links.smpp import MAX_VALIDITY_SECONDS

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def relative_time(seconds: int) -> str:
    """Return a time relative to when the operator gets the message, for `validity_period`.

    It has days and no months, which operators count differently: at most a second less than 31 days.
    """
    days, rest = divmod(min(max(seconds, 1), MAX_VALIDITY_SECONDS), _DAY)
    hours, rest = divmod(rest, _HOUR)
    minutes, rest = divmod(rest, _MINUTE)
    return f"0000{days:02}{hours:02}{minutes:02}{rest:02}000R"
