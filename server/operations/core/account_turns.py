"""Work done account by account, so that one account's trouble does not hold up the others."""

from collections.abc import Awaitable, Callable, Collection, Mapping

import structlog

from server.kit.clock import SECOND_US, Clock
from server.operations.core.services import Services

FIRST_PAUSE_US = SECOND_US
MAX_PAUSE_US = 60 * SECOND_US

log = structlog.get_logger()

Work = Callable[[], Awaitable[None]]


class Pauses:
    """The accounts that a worker skips for a while because their work failed; longer after each failure."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pauses: dict[int, tuple[int, int]] = {}

    def under_way(self) -> list[int]:
        """Return the accounts to skip now."""
        now_us = self._clock.now_us()
        return [account_id for account_id, (until_us, _) in self._pauses.items() if until_us > now_us]

    def note(self, worked: Collection[int], failed: Collection[int]) -> None:
        """Record the accounts whose work was done, and those whose work failed."""
        for account_id in worked:
            self._pauses.pop(account_id, None)
        for account_id in failed:
            _, last_us = self._pauses.get(account_id, (0, 0))
            pause_us = min(last_us * 2 or FIRST_PAUSE_US, MAX_PAUSE_US)
            self._pauses[account_id] = (self._clock.now_us() + pause_us, pause_us)


async def run_each(services: Services, works: Mapping[int, Work], pauses: Pauses | None = None) -> set[int]:
    """Run each account's work in its own transaction; return the accounts whose work failed.

    A failure is logged, and its transaction rolled back.
    """
    failed: set[int] = set()
    for account_id, work in works.items():
        try:
            await services.transactions.run(work)
        except Exception:
            # Whatever it is, it concerns this account only.
            log.exception("an account's work failed", account_id=account_id)
            failed.add(account_id)
    if pauses is not None:
        pauses.note(works.keys() - failed, failed)
    return failed
