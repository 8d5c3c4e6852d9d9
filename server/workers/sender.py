"""Claims messages that are due, hands them to the operator, and records its answers."""

from server.gateways.gateway import OperatorGateway, TryLater
from server.operations.services import Services
from server.operations.submission import Answer, claim_due, record_answers

BATCH = 200


class Sender:
    """One worker's way to the operator."""

    def __init__(self, services: Services, gateway: OperatorGateway) -> None:
        """Take the services and the link."""
        self._services = services
        self._gateway = gateway

    async def step(self) -> bool:
        """Submit a batch, as large as the link has room for; return whether it is worth trying another at once."""
        room = self._gateway.room
        if not room:
            return False
        claim = await claim_due(self._services, limit=min(BATCH, room))
        if not claim.submissions:
            return bool(claim.account_ids)
        outcomes = await self._gateway.submit(claim.submissions)
        answers = [
            Answer(submission, outcome)
            for submission, outcome in zip(claim.submissions, outcomes, strict=True)
        ]
        await record_answers(self._services, claim, self._gateway.name, answers)
        return not all(isinstance(outcome, TryLater) for outcome in outcomes)
