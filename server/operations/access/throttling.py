"""Slowing down password guessing, by login and by address, across all processes."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import TypeVar

from server.errors import Overloaded, Throttled
from server.kit.clock import SECOND_US
from server.operations.core.services import Services
from server.rules.access.throttling import FREE_FAILURES_OF_ADDRESS, FREE_FAILURES_OF_LOGIN, Tries
from server.store.queries.access.tries import (
    blocks_of,
    delete_throttle,
    lock_throttle,
    write_throttle,
)

T = TypeVar("T")

RETRY_SECONDS = 0.1
MAX_RETRIES = 100


@dataclass(frozen=True, slots=True)
class Counter:
    """One count of tries.

    `bounds_looks` tells whether it bounds how many passwords are checked at the same time, `is_forgiven`
    whether a success clears its failures.
    """

    key: str
    free_failures: int
    bounds_looks: bool
    is_forgiven: bool


class SignInThrottle:
    """The failed sign-ins of one login and of one network.

    A caller is known if its login has succeeded from its network before. It has its own count for the login,
    so strangers who guess elsewhere don't hold it back.
    """

    def __init__(self, services: Services, login: str, network: str, *, is_known: bool) -> None:
        """For a user, `login` names the account too."""
        self._services = services
        name = f"{login.lower()}@{network}" if is_known else login.lower()
        self._address_key = f"address:{network}"
        self._counters = {
            counter.key: counter
            for counter in (
                Counter(f"login:{name}"[:200], FREE_FAILURES_OF_LOGIN, bounds_looks=True, is_forgiven=True),
                # Not forgiven: an attacker there may try many logins.
                Counter(
                    self._address_key, FREE_FAILURES_OF_ADDRESS, bounds_looks=not is_known, is_forgiven=False
                ),
            )
        }

    async def attempt(
        self, take_turn: Callable[[], AbstractAsyncContextManager[T]], look: Callable[[T], Awaitable[bool]]
    ) -> bool:
        """Return whether the password is right. The try is counted before the check, and corrected after it.

        Nothing is written before its turn at the check has come: of a flood, only what is checked costs the database
        something. Tries that come together wait for each other if one after the other some might be refused.

        Raises:
            Throttled: there were too many failures; the password is not checked.
            Overloaded: the tries before this one take too long.
        """
        bounded = self._counters[self._address_key].bounds_looks
        async with self._services.turns.of(self._address_key) if bounded else nullcontext():
            for _ in range(MAX_RETRIES):
                await self.check()  # this locks nothing: refused tries may be many
                async with take_turn() as turn:
                    if await self._begin():
                        matches = None
                        try:
                            matches = await look(turn)
                        finally:
                            await self._end(matches)
                        return matches
                await asyncio.sleep(RETRY_SECONDS)
            raise Overloaded("Too many tries at once; try again in a second.", retry_after=1)

    async def check(self) -> None:
        """Check that a try is allowed now.

        Raises:
            Throttled: there were too many failures.
        """
        now_us = self._services.clock.now_us()
        blocked_until_us = await self._services.look_ups.read(
            "throttle", tuple(self._counters), _blocked_until
        )
        if blocked_until_us > now_us:
            raise self._throttled(blocked_until_us - now_us)

    async def _begin(self) -> bool:
        """Count a try as under way; return False if too many are."""

        async def work() -> bool:
            now_us = self._services.clock.now_us()
            tries_of = {key: (await _lock(key, now_us)).at(now_us) for key in sorted(self._counters)}
            blocked_until_us = max(tries.blocked_until_us for tries in tries_of.values())
            if blocked_until_us > now_us:
                raise self._throttled(blocked_until_us - now_us)
            bounding = [counter for counter in self._counters.values() if counter.bounds_looks]
            if not all(tries_of[counter.key].has_room(counter.free_failures) for counter in bounding):
                return False
            for counter in bounding:
                await _write(counter.key, tries_of[counter.key].begun(now_us))
            return True

        return await self._services.transactions.run(work)

    async def _end(self, matches: bool | None) -> None:  # noqa: FBT001 the result
        """Count a try by its result; None: the password was not checked."""

        async def work() -> None:
            now_us = self._services.clock.now_us()
            for key, counter in sorted(self._counters.items()):
                tries = (await _lock(key, now_us)).at(now_us)
                if counter.bounds_looks:
                    tries = tries.ended()
                if matches is False:
                    tries = tries.failed(now_us, counter.free_failures)
                elif matches and counter.is_forgiven:
                    tries = tries.forgiven()
                await _write(key, tries)

        await self._services.transactions.run(work)

    def _throttled(self, for_us: int) -> Throttled:
        self._services.meters.sign_ins_throttled.inc()
        seconds = -(-for_us // SECOND_US)
        return Throttled(f"Too many failed tries; try again in {seconds} seconds.", retry_after=seconds)


async def _blocked_until(keys: Sequence[tuple[str, ...]]) -> list[int]:
    """Return until when tries are blocked that count under each of these groups of keys; 0 for never blocked."""
    blocked = await blocks_of({key for group in keys for key in group})
    return [max(blocked.get(key, 0) for key in group) for group in keys]


async def _lock(key: str, now_us: int) -> Tries:
    row = await lock_throttle(key, at_us=now_us)
    return Tries(
        failures=row["failures"],
        failed_at_us=row["updated_at_us"],
        blocked_until_us=row["blocked_until_us"],
        looking=row["looking"],
        looking_until_us=row["looking_until_us"],
    )


async def _write(key: str, tries: Tries) -> None:
    if tries.is_blank:
        await delete_throttle(key)
        return
    await write_throttle(
        key,
        failures=tries.failures,
        failed_at_us=tries.failed_at_us,
        blocked_until_us=tries.blocked_until_us,
        looking=tries.looking,
        looking_until_us=tries.looking_until_us,
    )
