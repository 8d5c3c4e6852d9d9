"""When a callback that failed is tried again."""

from collections.abc import Sequence

from server.kit.clock import DAY_US, SECOND_US

JITTER = 0.1


def next_try_after_us(
    schedule: Sequence[int], tries: int, *, chance: float, retry_after_seconds: int | None
) -> int | None:
    """Return how long to wait after so many failed tries, in microseconds; None once it is given up.

    `schedule` has the seconds before each try, from the first on. `chance`, from 0 to 1, spreads what
    failed together over a tenth either way. The endpoint may ask for longer (`Retry-After`), up to a
    day, never for less.
    """
    if tries >= len(schedule):
        return None
    planned_us = round(schedule[tries] * SECOND_US * (1 - JITTER + 2 * JITTER * chance))
    return max(planned_us, min((retry_after_seconds or 0) * SECOND_US, DAY_US))
