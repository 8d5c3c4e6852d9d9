"""Rebuilding statistics from the messages, while everybody goes on."""

from collections.abc import Callable

from server.kit.clock import DAY_US
from server.operations.core.services import Services
from server.store.queries.accounts import lock_account_id
from server.store.queries.statistics.rebuilding import next_counted_day, recount_day

_BEFORE_ALL = -(2**62)


async def rebuild_statistics(services: Services, account_id: int, *, progress: Callable[[int], None]) -> int:
    """Count an account's messages anew, and return for how many days there was something to count.

    Each day is a transaction of its own under the account's lock, so that who sends meanwhile waits for one day at
    most. `progress` hears how many days are done.
    """
    days, from_us = 0, _BEFORE_ALL
    while (day_us := await next_counted_day(account_id, from_us=from_us)) is not None:

        async def work(day_us: int = day_us) -> None:
            await lock_account_id(account_id)
            await recount_day(account_id, day_us)

        await services.transactions.run(work)
        days, from_us = days + 1, day_us + DAY_US
        progress(days)
    return days
