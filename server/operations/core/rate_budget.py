"""What each caller may spend: a leaky bucket of points per caller, shared by all processes.

A process draws points in small leases, so that most requests need no statement. If a process dies, the
points that it had drawn are lost until the bucket has leaked as much.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from server.errors import Throttled
from server.kit.clock import SECOND_US
from server.operations.core.services import Services
from server.store.queries.core import draw_points, find_bucket

MAX_LEASES = 10_000
LEASES_IN_BUCKET = 20


@dataclass(slots=True)
class Lease:
    """Points that this process has drawn for one caller, and how full the caller's bucket was then."""

    points: int = 0
    level: int = 0
    at_us: int = 0
    drawing: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A caller's budget: its maximum of points, how many are left, and how many come back each second."""

    capacity: int
    available: int
    per_second: int


class RateBudget:
    """Charges callers, each under its own key."""

    def __init__(self, services: Services) -> None:
        self._clock = services.clock
        self._capacity = services.policy.rate_capacity
        self._per_second = services.policy.rate_per_second
        self._leases: OrderedDict[str, Lease] = OrderedDict()

    async def charge(self, key: str, points: int) -> None:
        """Take points from a caller's budget.

        Raises:
            Throttled: the budget has too few left; `retry_after` says for how long.
        """
        lease = self._leases.setdefault(key, Lease())
        self._leases.move_to_end(key)
        while len(self._leases) > MAX_LEASES:
            self._leases.popitem(last=False)
        # Requests that come together draw once: separate draws would empty the bucket without being spent.
        async with lease.drawing:
            if lease.points < 0:
                await self._fill(key, lease, -lease.points)
            if lease.points < points:
                await self._fill(key, lease, points - lease.points)
            lease.points -= points

    async def _fill(self, key: str, lease: Lease, needed: int) -> None:
        now_us = self._clock.now_us()
        # Only time lowers a level, so the last known one is enough to refuse without a statement.
        known = self._level(lease, now_us)
        if known + needed > self._capacity:
            raise self._throttled(known, needed)
        drawn = max(needed, self._capacity // LEASES_IN_BUCKET)
        level = await self._draw(key, drawn, now_us)
        if level is None and drawn > needed:
            drawn = needed
            level = await self._draw(key, drawn, now_us)
        if level is None:
            await self._look(key, lease)
            raise self._throttled(self._level(lease, now_us), needed)
        lease.points, lease.level, lease.at_us = lease.points + drawn, level, now_us

    def settle(self, key: str, points: int) -> None:
        """Return points that a request was charged but did not need, or (below 0) take what it owes.

        A debt is drawn with the next charge, and is never more than a full budget.
        """
        lease = self._leases.get(key)
        if lease is not None:
            lease.points = max(lease.points + points, -self._capacity)

    def limit(self, key: str) -> RateLimit:
        """Return what is left of a caller's budget, as far as this process knows."""
        lease = self._leases.get(key)
        available = self._capacity
        if lease is not None:
            available += lease.points - self._level(lease, self._clock.now_us())
        return RateLimit(self._capacity, min(max(available, 0), self._capacity), self._per_second)

    def _level(self, lease: Lease, now_us: int) -> int:
        """Return the least that a bucket contains, as far as this process knows."""
        return max(lease.level - (now_us - lease.at_us) * self._per_second // SECOND_US, 0)

    async def _draw(self, key: str, points: int, now_us: int) -> int | None:
        return await draw_points(
            key, points, at_us=now_us, capacity=self._capacity, per_second=self._per_second
        )

    async def _look(self, key: str, lease: Lease) -> None:
        bucket = await find_bucket(key)
        if bucket is not None:
            lease.level, lease.at_us = bucket.level, bucket.at_us

    def _throttled(self, level: int, points: int) -> Throttled:
        seconds = max(-(-(level + points - self._capacity) // self._per_second), 1)
        return Throttled(
            f"The budget for requests is used up; try again in {seconds} seconds.",
            retry_after=seconds,
        )
