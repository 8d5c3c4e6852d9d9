"""Counting what reaches outside at a caller's wish against bounds of its own, shared by all processes.

A bound's bucket is a row of `rate_buckets` whose `at_us` is the time, past or to come, at which it is
empty: each charge puts that off, and a charge that would put it off by more than a full burst is refused.
"""

from collections.abc import Iterable

from server.errors import RateLimited
from server.kit.clock import SECOND_US
from server.rules.core.outreach import Charge
from server.store.queries.core import charge_bound, find_bucket


async def charge(charges: Iterable[Charge], *, now_us: int, what: str) -> None:
    """Count charges, all or none, in the transaction that does what they are for; `what` names it in words.

    Raises:
        RateLimited: a bound has no room; `retry_after` says when it will. The transaction has to end with it.
    """
    for charge in sorted(charges, key=lambda charge: charge.key):
        wait_us = await _try(charge, now_us)
        if wait_us:
            seconds = -(-wait_us // SECOND_US)
            raise RateLimited(f"Too many {what}; try again in {seconds} seconds.", retry_after=seconds)


async def admit(charge: Charge, *, now_us: int) -> bool:
    """Count a charge where there is room for it, and tell whether there was."""
    return not await _try(charge, now_us)


async def _try(charge: Charge, now_us: int) -> int:
    """Count a charge and return 0, or return how many microseconds are missing until there is room."""
    cost_us = charge.count * charge.bound.interval_us
    if not cost_us or await charge_bound(
        charge.key, at_us=now_us, cost_us=cost_us, span_us=charge.bound.span_us
    ):
        return 0
    bucket = await find_bucket(charge.key)
    empty_us = now_us if bucket is None else max(bucket.at_us, now_us)
    return max(empty_us + cost_us - charge.bound.span_us - now_us, 1)
