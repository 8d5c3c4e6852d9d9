"""A worker's heartbeat: renews its claims while it lives, and checks that its secret key is still valid."""

import asyncio
import signal
from collections.abc import Sequence
from typing import Protocol

import structlog

from server.operations.core.leases import Claims, renew_leases
from server.operations.core.services import Services
from server.operations.links.secret_key import is_key_changed
from server.store.outages import outage_of
from server.store.queries.core import Claimable

BEATS_A_LEASE = 3

log = structlog.get_logger()


class Holder(Protocol):
    """A loop that claims rows of one table."""

    @property
    def claimable(self) -> Claimable:
        """The table."""

    @property
    def claims(self) -> Claims:
        """Its current claims."""


class Heartbeat:
    """Renews the leases of all loops of a worker."""

    def __init__(self, services: Services, holders: Sequence[Holder]) -> None:
        self._services = services
        self._holders = holders

    async def run(self) -> None:
        """Beat until cancelled. A failed beat is logged: the next one may be in time."""
        while True:
            await asyncio.sleep(self._services.policy.claim_lease_seconds / BEATS_A_LEASE)
            try:
                await self.beat()
            except Exception as error:
                outage = outage_of(error)
                if outage is None:
                    log.exception("leases not renewed")
                else:
                    log.warning("leases not renewed", cause=outage, error=repr(error))

    async def beat(self) -> None:
        """Renew every lease, and end the process as SIGTERM does if the secret key was changed."""
        for holder in self._holders:
            await renew_leases(self._services, holder.claimable, holder.claims)
        if await is_key_changed(self._services):
            log.error("ending: the secret key of this database is no longer CHAPPE_SECRET_KEY")
            signal.raise_signal(signal.SIGTERM)
