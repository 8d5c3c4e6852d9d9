"""When to submit a message again, after a temporary refusal or an unknown outcome."""

_FIRST_REFUSAL_SECONDS = 1.0
_MAX_REFUSAL_SECONDS = 1_800.0
_AFTER_UNKNOWN_SECONDS = (2.0, 300.0)


def after_refusal_seconds(times: int, chance: float) -> float:
    """Return how long a message waits after so many refusals: 1 second, doubled each time up to 30 minutes.

    `chance` (0 to 1) varies the last quarter, so that messages refused together do not come back together.
    """
    pause = min(_FIRST_REFUSAL_SECONDS * 2.0 ** min(times - 1, 30), _MAX_REFUSAL_SECONDS)
    return pause * (0.75 + 0.25 * chance)


def after_unknown_seconds(times: int, chance: float) -> float:
    """Return how long a message waits after so many unknown outcomes: seconds at first, then minutes.

    Most of them went together with a message that made the operator close the connection, and succeed alone.
    For the others, the operator may have a problem, which should not use up all tries. `chance` (0 to 1)
    varies half of the wait.
    """
    pause = _AFTER_UNKNOWN_SECONDS[min(times, len(_AFTER_UNKNOWN_SECONDS)) - 1]
    return pause * (0.5 + 0.5 * chance)
