"""Ends, every so often, what time alone puts an end to."""

from server.kit.clock import SECOND_US
from server.operations.expiry import expire_unconfirmed
from server.operations.per_account import Pauses
from server.operations.services import Services

BATCH = 200
INTERVAL_SECONDS = 10


class Scheduler:
    """One worker's look at what is overdue; several at once do no harm."""

    def __init__(self, services: Services) -> None:
        """Take the services."""
        self._services = services
        self._pauses = Pauses(services.clock)
        self._next_us = 0

    async def step(self) -> bool:
        """End a batch; return whether there was one. In between the looks nothing is done."""
        now_us = self._services.clock.now_us()
        if now_us < self._next_us:
            return False
        if await expire_unconfirmed(self._services, limit=BATCH, pauses=self._pauses):
            return True
        self._next_us = now_us + INTERVAL_SECONDS * SECOND_US
        return False
