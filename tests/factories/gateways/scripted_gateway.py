"""An operator that misbehaves at random, from a seed, and remembers its final word on each part."""

import random
from collections.abc import Sequence

from server.gateways.protocol import (
    Accepted,
    Lane,
    OperatorMessage,
    OperatorReceipt,
    Refused,
    Submission,
    SubmitOutcome,
    Submitted,
    Tell,
    TryLater,
)
from server.rules.dispatch.delivery_state import State, combine
from server.rules.messages.ptt import DeliveryStatus
from server.store.models import Message, MessagePart

NAME = "scripted"

_FINAL = (
    State(DeliveryStatus.SUCCESS, 4),
    State(DeliveryStatus.FAILED, 24),
    State(DeliveryStatus.NOT_BILLED, 25),
)
_ON_THE_WAY = (
    State(DeliveryStatus.PENDING, 3),
    State(DeliveryStatus.BUFFERED, 1),
    State(DeliveryStatus.BUFFERED, 2),
)


class ScriptedGateway:
    """A link that throttles, refuses, fails before and after taking a batch, and shuffles its receipts.

    Each accepted part has one final state. The link reports it once or twice, among outdated states, at any
    time, even before the answer to the submission. Unacknowledged receipts are sent again.
    """

    def __init__(self, chance: random.Random) -> None:
        """Take the source of randomness."""
        self._chance = chance
        self._attempts = 0
        self._untold: list[OperatorReceipt] = []
        self.failures = 0.1
        self.finals: dict[str, State] = {}

    @property
    def name(self) -> str:
        """The link's name."""
        return NAME

    @property
    def lanes(self) -> Sequence[Lane]:
        """All messages, as many as a worker claims at once."""
        return (Lane(capacity=1_000),)

    @property
    def exhausted(self) -> bool:
        """Whether all its receipts are acknowledged."""
        return not self._untold

    async def submit(
        self,
        submissions: Sequence[Submission],
        tell: Tell | None = None,  # noqa: ARG002 all answers come together
    ) -> list[SubmitOutcome]:
        """Answer each submission at random.

        Raises:
            ConnectionError: the link broke; the operator keeps the parts that it has by then.
        """
        answers: list[SubmitOutcome] = []
        for submission in submissions:
            if self._chance.random() < self.failures / 10:
                raise ConnectionError
            answers.append(self._answer(submission))
        return answers

    async def receive(self, limit: int) -> list[OperatorReceipt | OperatorMessage]:
        """Return a few unacknowledged receipts, oldest first."""
        return list(self._untold[: self._chance.randint(0, min(limit, 7))])

    async def acknowledge(self, received: Sequence[OperatorReceipt | OperatorMessage]) -> None:
        """Forget recorded receipts, unless the acknowledgement is lost.

        Raises:
            ConnectionError: it is lost.
        """
        if self._chance.random() < self.failures:
            raise ConnectionError
        handles = {item.handle for item in received}
        self._untold = [receipt for receipt in self._untold if receipt.handle not in handles]

    def _answer(self, submission: Submission) -> SubmitOutcome:
        if self._chance.random() < self.failures:
            return TryLater(self._chance.choice((0, 0.5, 30)))
        self._attempts += 1
        return Submitted(
            tuple(
                Refused(self._chance.choice((20, 23)))
                if self._chance.random() < 0.2
                else self._accept(f"{submission.message_id}.{self._attempts}.{number}")
                for number in range(len(submission.parts))
            )
        )

    def _accept(self, operator_id: str) -> Accepted:
        final = self.finals[operator_id] = self._chance.choice(_FINAL)
        told = [final, *self._chance.sample([final, *_ON_THE_WAY], self._chance.randint(0, 4))]
        self._chance.shuffle(told)
        for state in told:
            handle = (operator_id, len(self._untold), self._chance.random())
            position = self._chance.randint(0, len(self._untold))
            self._untold.insert(position, OperatorReceipt(handle, operator_id, state))
        if self._chance.random() < 0.1:
            self._untold.append(OperatorReceipt(operator_id, f"unknown to {operator_id}", final))
        return Accepted(operator_id)

    async def check(self, message: Message) -> None:
        """Fail unless a message ended according to the final states of its recorded parts."""
        parts = await MessagePart.filter(message_id=message.id).order_by("part")
        refused = [State(DeliveryStatus(part.status), part.ptt) for part in parts]
        due = combine(
            [self.finals.get(part.operator_id, state) for part, state in zip(parts, refused, strict=True)]
        )
        assert State(DeliveryStatus(message.status), message.ptt).status is due.status
        if due.status is not DeliveryStatus.NOT_BILLED:
            assert message.ptt == due.ptt
