"""When a callback that failed is tried again."""

from collections.abc import Sequence

from server.kit.clock import DAY_US, SECOND_US

JITTER = 0.1


def next_try_after_us(
    schedule: Sequence[int], tries: int, *, chance: float, retry_after_seconds: int | None
) -> int | None:
    """Return how long to wait after so many failed tries, in microseconds; None to give up.

    `schedule` has the seconds before each try, from the first on. `chance` (0 to 1) spreads callbacks that
    failed together by up to a tenth either way. The endpoint may ask for a longer wait (`Retry-After`), up to
    a day, but not for a shorter one.
    """
    if tries >= len(schedule):
        return None
    planned_us = round(schedule[tries] * SECOND_US * (1 - JITTER + 2 * JITTER * chance))
    return max(planned_us, min((retry_after_seconds or 0) * SECOND_US, DAY_US))
