"""Deletes expired data once an hour."""

import secrets

from server.kit.clock import HOUR_US
from server.operations.core.services import Services
from server.operations.maintenance.retention import purge


class Housekeeper:
    """One worker's purge. Several workers may purge at once; they begin at different times."""

    def __init__(self, services: Services) -> None:
        """The first purge is at a random time within the hour."""
        self._services = services
        self._next_us = services.clock.now_us() + secrets.randbelow(HOUR_US)

    async def step(self) -> bool:
        """Purge if it is time; return False: there is never more to do at once."""
        now_us = self._services.clock.now_us()
        if now_us >= self._next_us:
            await purge(self._services)
            self._next_us = now_us + HOUR_US
        return False
