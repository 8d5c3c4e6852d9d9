"""Receives receipts and messages from operators, stores them, and only then acknowledges them."""

from server.gateways.protocol import OperatorGateway, OperatorMessage, OperatorReceipt
from server.kit.clock import SECOND_US
from server.operations.core.account_turns import Pauses
from server.operations.core.services import Services
from server.operations.dispatch.doubtful_receipts import release_messages
from server.operations.dispatch.inbound import store_incoming
from server.operations.dispatch.receipts import apply_receipts, store_receipts

BATCH = 200
RELEASE_EVERY_US = 10 * SECOND_US


class Receiver:
    """Listens to the links of one worker."""

    def __init__(self, services: Services, gateway: OperatorGateway) -> None:
        self._services = services
        self._gateway = gateway
        self._pauses = Pauses(services.clock)
        self._release_at_us = 0

    async def receive(self) -> bool:
        """Wait for receipts and messages, and store them; the link bounds the wait.

        Items that could not be stored are not acknowledged, so that the operator sends them again. Return
        whether there were none of those, so that the caller may ask for more at once.
        """
        received = await self._gateway.receive(BATCH)
        receipts = [item for item in received if isinstance(item, OperatorReceipt)]
        messages = [item for item in received if isinstance(item, OperatorMessage)]
        if receipts:
            await store_receipts(self._services, self._gateway.name, receipts)
            await self._gateway.acknowledge(receipts)
        if not messages:
            return True
        left = await store_incoming(self._services, self._gateway.name, messages)
        await self._gateway.acknowledge([message for message in messages if message not in left])
        return not left

    async def apply(self) -> bool:
        """Apply a batch of stored receipts; return whether there was one.

        Now and then, turn texts that look like receipts but fit nothing into messages.
        """
        now_us = self._services.clock.now_us()
        if now_us >= self._release_at_us:
            self._release_at_us = now_us + RELEASE_EVERY_US
            await release_messages(self._services, limit=BATCH)
        return await apply_receipts(self._services, limit=BATCH, pauses=self._pauses) > 0
