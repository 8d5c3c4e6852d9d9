"""Whether a link without sessions takes messages: after a fault of its own it stands back, then tries one.

Time is passed in, in seconds of any monotonic clock.
"""

FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 1.0, 60.0
MAX_DOUBTS = 3
"""How many unknown outcomes in a row make a link stand back."""


class Standing:
    """How well a link works; `last_error` is kept after it works again."""

    def __init__(self) -> None:
        self.failures = 0
        self.last_error: str | None = None
        self._doubts = 0
        self._down_until = 0.0

    def is_up(self, now: float) -> bool:
        """Tell whether messages may be sent, even if only one as a test."""
        return now >= self._down_until

    def fail(self, reason: str, now: float, chance: float) -> bool:
        """Stand back for a while, which doubles; return whether it did. Failures under way count only once.

        `chance` (0 to 1) varies it by a quarter, so that workers do not try at the same time.
        """
        self.last_error = reason
        if not self.is_up(now):
            return False
        self.failures += 1
        pause = min(FIRST_PAUSE_SECONDS * 2.0 ** min(self.failures - 1, 10), MAX_PAUSE_SECONDS)
        self._down_until = now + pause * (0.75 + 0.25 * chance)
        return True

    def doubt(self, reason: str, now: float, chance: float) -> bool:
        """Note an unknown outcome. Several in a row are the link's fault, and must not hit all messages."""
        self.last_error = reason
        self._doubts += 1
        return self._doubts >= MAX_DOUBTS and self.fail(reason, now, chance)

    def recover(self) -> bool:
        """Note an answer with a known outcome; return whether there were failures before."""
        failed = self.failures > 0
        self.failures = self._doubts = 0
        return failed
