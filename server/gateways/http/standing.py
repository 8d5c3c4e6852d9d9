"""Whether a link without sessions takes messages: it stands back after a fault of its own, and then tries one.

Time is passed in, in seconds of any clock that never goes back.
"""

FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 1.0, 60.0
MAX_DOUBTS = 3
"""After so many unknown outcomes in a row a link stands back."""


class Standing:
    """How a link stands with its operator; `last_error` is kept while it is well again."""

    def __init__(self) -> None:
        self.failures = 0
        self.last_error: str | None = None
        self._doubts = 0
        self._down_until = 0.0

    def is_up(self, now: float) -> bool:
        """Tell whether messages may be sent, be it one to try."""
        return now >= self._down_until

    def fail(self, reason: str, now: float, chance: float) -> bool:
        """Stand back for a while, which doubles; return whether it did, as what was under way already counts once.

        `chance` (0 to 1) decides on a quarter of it, so that workers do not come together.
        """
        self.last_error = reason
        if not self.is_up(now):
            return False
        self.failures += 1
        pause = min(FIRST_PAUSE_SECONDS * 2.0 ** min(self.failures - 1, 10), MAX_PAUSE_SECONDS)
        self._down_until = now + pause * (0.75 + 0.25 * chance)
        return True

    def doubt(self, reason: str, now: float, chance: float) -> bool:
        """Note an unknown outcome; several in a row are the link's own, and are not to befall all that waits."""
        self.last_error = reason
        self._doubts += 1
        return self._doubts >= MAX_DOUBTS and self.fail(reason, now, chance)

    def recover(self) -> bool:
        """Note an answer that says what became of a message; return whether there were failures before."""
        failed = self.failures > 0
        self.failures = self._doubts = 0
        return failed
