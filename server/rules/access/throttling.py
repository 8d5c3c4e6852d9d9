"""How long failed sign-ins delay the next one, and how many are checked at once."""

from dataclasses import dataclass, replace

from server.kit.clock import SECOND_US

FREE_FAILURES_OF_LOGIN = 5
FREE_FAILURES_OF_ADDRESS = 20
FORGET_AFTER_US = 3_600 * SECOND_US
FIRST_BLOCK_US = 2 * SECOND_US
MAX_BLOCK_US = 900 * SECOND_US
LOOK_LEASE_US = 120 * SECOND_US
"""After how long a try without an outcome, because its process died, no longer counts."""


@dataclass(frozen=True, slots=True)
class Tries:
    """What is known about the tries with one login, or from one address.

    `looking` is how many are being checked: each of them may still fail. So no more are let in than if they
    all came one after the other and failed.
    """

    failures: int = 0
    failed_at_us: int = 0
    blocked_until_us: int = 0
    looking: int = 0
    looking_until_us: int = 0

    def at(self, now_us: int) -> "Tries":
        """Return what still counts at this time."""
        current = self
        if self.failed_at_us <= now_us - FORGET_AFTER_US:
            current = replace(current, failures=0)
        if self.looking_until_us <= now_us:
            current = replace(current, looking=0)
        return current

    def has_room(self, free_failures: int) -> bool:
        """Tell whether one more may be checked before the others have ended."""
        return self.looking < max(free_failures - self.failures, 1)

    def begun(self, now_us: int) -> "Tries":
        """Return the state when one more is being checked."""
        return replace(self, looking=self.looking + 1, looking_until_us=now_us + LOOK_LEASE_US)

    def ended(self) -> "Tries":
        """Return the state when the check of one has ended."""
        return replace(self, looking=max(self.looking - 1, 0))

    def failed(self, now_us: int, free_failures: int) -> "Tries":
        """Return the state after a failure."""
        failures = self.failures + 1
        blocked_until_us = now_us + blocked_for_us(failures, free_failures)
        return replace(self, failures=failures, failed_at_us=now_us, blocked_until_us=blocked_until_us)

    def forgiven(self) -> "Tries":
        """Return the state after a success that clears all failures."""
        return replace(self, failures=0, blocked_until_us=0)

    @property
    def is_blank(self) -> bool:
        """Whether nothing is known."""
        return not (self.failures or self.looking)


def blocked_for_us(failures: int, free_failures: int) -> int:
    """Return for how many microseconds the next try is refused unchecked after so many failures in a row.

    The first few are free. After them, each failure doubles the wait, from 2 seconds to 15 minutes.
    """
    excess = failures - free_failures
    if excess < 0:
        return 0
    return min(FIRST_BLOCK_US << min(excess, 16), MAX_BLOCK_US)
