"""When a mail is tried again."""

from server.kit.clock import HOUR_US, MINUTE_US
from server.rules.notifications.mail_retries import mail_retry_after_us


def test_the_waits_grow_and_end_after_about_a_day() -> None:
    """The first retry comes after a minute, no wait is shorter than the last, and then it is given up."""
    waits: list[int] = []
    while (wait := mail_retry_after_us(len(waits) + 1)) is not None:
        waits.append(wait)
    assert waits[0] == MINUTE_US
    assert waits == sorted(waits)
    assert 20 * HOUR_US < sum(waits) < 28 * HOUR_US
    assert mail_retry_after_us(1_000) is None
