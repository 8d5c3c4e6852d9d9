"""When to try again to send a mail."""

from server.kit.clock import HOUR_US, MINUTE_US

# About a day in total: a mail server that is down longer is noticed in other ways.
_WAITS_US = (
    MINUTE_US, 5 * MINUTE_US, 15 * MINUTE_US, HOUR_US, 2 * HOUR_US, 4 * HOUR_US, 8 * HOUR_US, 8 * HOUR_US,
)  # fmt: skip


def mail_retry_after_us(attempts: int) -> int | None:
    """Return how long to wait after so many failed tries, in microseconds; None to give up."""
    return _WAITS_US[attempts - 1] if attempts <= len(_WAITS_US) else None
