"""How often and when a message is handed over again: after a refusal for now, and after an unknown outcome."""

_FIRST_REFUSAL_SECONDS = 1.0
_MAX_REFUSAL_SECONDS = 1_800.0
_AFTER_UNKNOWN_SECONDS = (2.0, 300.0)


def after_refusal_seconds(times: int, chance: float) -> float:
    """Return how long a message waits that was refused so often: a second, twice that and so on, up to half an hour.

    `chance` (0 to 1) decides on the last quarter, so that what was refused together does not come together.
    """
    pause = min(_FIRST_REFUSAL_SECONDS * 2.0 ** min(times - 1, 30), _MAX_REFUSAL_SECONDS)
    return pause * (0.75 + 0.25 * chance)


def after_unknown_seconds(times: int, chance: float) -> float:
    """Return how long a message waits after so many unknown outcomes: a moment once, then minutes.

    Most were beside another that the operator ended the connection over, and go through the first time that
    they go alone. Who does not may have come upon trouble at the operator's, which should not use up all tries.
    `chance` (0 to 1) decides on half of it.
    """
    pause = _AFTER_UNKNOWN_SECONDS[min(times, len(_AFTER_UNKNOWN_SECONDS)) - 1]
    return pause * (0.5 + 0.5 * chance)
