"""How long failed sign-ins hold the next one back."""

from server.kit.clock import SECOND_US

FREE_FAILURES_OF_LOGIN = 5
FREE_FAILURES_OF_ADDRESS = 20
FORGET_AFTER_US = 3_600 * SECOND_US
FIRST_BLOCK_US = 2 * SECOND_US
LONGEST_BLOCK_US = 900 * SECOND_US


def blocked_for_us(failures: int, free_failures: int) -> int:
    """Return for how many microseconds the next try is refused unseen, after that many failures in a row.

    The first few are free; from then on each failure doubles the wait, from 2 seconds to 15 minutes.
    """
    excess = failures - free_failures
    if excess < 0:
        return 0
    return min(FIRST_BLOCK_US << min(excess, 16), LONGEST_BLOCK_US)
