"""Holding back those who guess passwords, by login and by address, over all processes."""

from ipaddress import ip_address, ip_network

from server.errors import Throttled
from server.kit.clock import SECOND_US
from server.models import Throttle
from server.models.sql import fetch
from server.operations.services import Services
from server.operations.transactions import Transaction
from server.rules.throttling import (
    FORGET_AFTER_US,
    FREE_FAILURES_OF_ADDRESS,
    FREE_FAILURES_OF_LOGIN,
    blocked_for_us,
)

IPV6 = 6

# In one statement: who signs in meanwhile forgets the failures, between a look and a lock too.
_LOCK = """
    INSERT INTO throttles (key, failures, blocked_until_us, updated_at_us) VALUES ($1, 0, 0, $2)
    ON CONFLICT (key) DO UPDATE SET failures = throttles.failures
    RETURNING failures, updated_at_us
"""


class SignInThrottle:
    """The failures of one login and of one address, for one try to sign in."""

    def __init__(self, services: Services, login: str, address: str | None) -> None:
        """Take what is tried (`login` names the account as well, for a user) and from where."""
        self._services = services
        self._login_key = f"login:{login.lower()}"[:200]
        self._free_failures = {self._login_key: FREE_FAILURES_OF_LOGIN}
        if address is not None:
            self._free_failures[f"address:{_guesser(address)}"] = FREE_FAILURES_OF_ADDRESS

    async def check(self) -> None:
        """Let the try pass.

        Raises:
            Throttled: there were too many failures; the password is not even looked at.
        """
        now_us = self._services.clock.now_us()
        blocked = await Throttle.filter(key__in=list(self._free_failures), blocked_until_us__gt=now_us)
        if blocked:
            until_us = max(throttle.blocked_until_us for throttle in blocked)
            seconds = -(-(until_us - now_us) // SECOND_US)
            raise Throttled(
                f"Too many failed tries; the next one is looked at in {seconds} seconds.", retry_after=seconds
            )

    async def failed(self) -> None:
        """Count a failure."""

        async def work(_: Transaction) -> None:
            now_us = self._services.clock.now_us()
            for key, free_failures in sorted(self._free_failures.items()):
                [throttle] = await fetch(_LOCK, key, now_us)
                recent = throttle["updated_at_us"] > now_us - FORGET_AFTER_US
                failures = throttle["failures"] + 1 if recent else 1
                await Throttle.filter(key=key).update(
                    failures=failures,
                    blocked_until_us=now_us + blocked_for_us(failures, free_failures),
                    updated_at_us=now_us,
                )

        await self._services.transactions.run(work)

    async def succeeded(self) -> None:
        """Forget the login's failures (not the address's: it may try many logins)."""
        await Throttle.filter(key=self._login_key).delete()


def _guesser(address: str) -> str:
    """Return what stands for whoever is behind an address: with IPv6, anybody has a whole /64 (RFC 4291 §2.5.4)."""
    parsed = ip_address(address)
    return str(ip_network(f"{address}/64", strict=False)) if parsed.version == IPV6 else address
