"""Ends overdue messages from time to time, and continues sweeps whose callers are gone."""

from collections.abc import Mapping
from types import MappingProxyType

from server.kit.clock import SECOND_US
from server.operations.callbacks.rerouting import move_batch
from server.operations.core.account_turns import Pauses
from server.operations.core.services import Services
from server.operations.dispatch.expiry import expire_unconfirmed
from server.operations.messages.cancellation import cancel_batch
from server.operations.sweeps.sweeps import Batch, take_up_sweeps
from server.store.models.sweeps import SweepKind

BATCH = 200
INTERVAL_SECONDS = 10

BATCHES: Mapping[SweepKind, Batch] = MappingProxyType(
    {SweepKind.MESSAGES: cancel_batch, SweepKind.CALLBACKS: move_batch}
)


class Scheduler:
    """One worker's check for overdue messages; several workers may check at once."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._pauses = Pauses(services.clock)
        self._sweep_pauses = Pauses(services.clock)
        self._next_us = 0

    async def step(self) -> bool:
        """End a batch if a check is due; return whether there was one."""
        now_us = self._services.clock.now_us()
        if now_us < self._next_us:
            return False
        if await expire_unconfirmed(self._services, limit=BATCH, pauses=self._pauses):
            return True
        self._next_us = now_us + INTERVAL_SECONDS * SECOND_US
        return False

    async def sweep(self) -> bool:
        """Continue abandoned sweeps; return whether there was one."""
        return await take_up_sweeps(self._services, BATCHES, pauses=self._sweep_pauses) > 0
