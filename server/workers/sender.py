"""Claims messages that are due, hands them to the operator, and records its answers."""

import asyncio

import structlog

from server.gateways.gateway import OperatorGateway, TryLater
from server.operations.services import Services
from server.operations.submission import Answer, Claim, claim_due, record_answers

BATCH = 200
PATIENCE_SECONDS = 1.0
MOST_UNDER_WAY = 16

log = structlog.get_logger()


class Sender:
    """One worker's way to the operator."""

    def __init__(self, services: Services, gateway: OperatorGateway) -> None:
        """Take the services and the link."""
        self._services = services
        self._gateway = gateway
        self._under_way: set[asyncio.Task[bool]] = set()

    async def step(self) -> bool:
        """Submit a batch, as large as the link has room for; return whether it is worth trying another at once.

        A batch that takes long is left under way, lest one link that does not answer hold up all others.
        """
        for task in [task for task in self._under_way if task.done()]:
            self._under_way.remove(task)
            task.result()
        room = self._gateway.room
        if not room or len(self._under_way) >= MOST_UNDER_WAY:
            return False
        claim = await claim_due(self._services, limit=min(BATCH, room))
        if not claim.submissions:
            return bool(claim.account_ids)
        task = asyncio.create_task(self._submit(claim), name="submission of a batch")
        self._under_way.add(task)
        await asyncio.wait([task], timeout=PATIENCE_SECONDS)
        if not task.done():
            return True
        self._under_way.remove(task)
        # Behind many that have to wait there may be others that need not.
        return task.result() or len(claim.account_ids) >= BATCH

    async def finish(self) -> None:
        """Wait for the answers to what is under way, and record them."""
        if self._under_way:
            await asyncio.gather(*self._under_way, return_exceptions=True)
        for task in self._under_way:
            if not task.cancelled() and task.exception() is not None:
                log.error("answers not recorded", exc_info=task.exception())
        self._under_way.clear()

    async def _submit(self, claim: Claim) -> bool:
        """Submit what was claimed and record the answers; return whether any of it was taken or refused."""
        outcomes = await self._gateway.submit(claim.submissions)
        answers = [
            Answer(submission, outcome)
            for submission, outcome in zip(claim.submissions, outcomes, strict=True)
        ]
        await record_answers(self._services, claim, self._gateway.name, answers)
        return not all(isinstance(outcome, TryLater) for outcome in outcomes)
