"""Rate limits on what goes outside at a caller's request, shared by all processes.

A limit's bucket is a row of `rate_buckets`. Its `at_us` is the time, past or future, at which it is empty.
Each charge moves that time on, and a charge that would move it more than a full burst ahead is refused.
"""

from collections.abc import Iterable

from server.errors import RateLimited
from server.kit.clock import SECOND_US
from server.rules.core.outreach import Charge
from server.store.queries.core import charge_bound, find_bucket


async def charge(charges: Iterable[Charge], *, now_us: int, what: str) -> None:
    """Count charges, all or none, in the transaction that they are for; `what` names their cause in words.

    Raises:
        RateLimited: a limit is reached; `retry_after` says for how long. The transaction must end with it.
    """
    for charge in sorted(charges, key=lambda charge: charge.key):
        wait_us = await _try(charge, now_us)
        if wait_us:
            seconds = -(-wait_us // SECOND_US)
            raise RateLimited(f"Too many {what}; try again in {seconds} seconds.", retry_after=seconds)


async def admit(charge: Charge, *, now_us: int) -> bool:
    """Count a charge if there is room for it, and tell whether there was."""
    return not await _try(charge, now_us)


async def _try(charge: Charge, now_us: int) -> int:
    """Count a charge and return 0, or return how many microseconds remain until there is room."""
    cost_us = charge.count * charge.bound.interval_us
    if not cost_us or await charge_bound(
        charge.key, at_us=now_us, cost_us=cost_us, span_us=charge.bound.span_us
    ):
        return 0
    bucket = await find_bucket(charge.key)
    empty_us = now_us if bucket is None else max(bucket.at_us, now_us)
    return max(empty_us + cost_us - charge.bound.span_us - now_us, 1)
