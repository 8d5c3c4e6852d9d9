"""What an operator's link looks like from above: submissions go down, receipts and incoming messages come up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from server.rules.delivery_state import State
from server.rules.segments import Coding


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One message as it is handed to the operator, cut into the texts of its parts."""

    message_id: int
    sender: str
    receiver: str
    parts: tuple[str, ...]
    coding: Coding
    message_class: int | None


@dataclass(frozen=True, slots=True)
class Accepted:
    """The operator took a part, and will name it by this id in its receipts."""

    operator_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The operator refused a part for good, for the reason that this ptt code gives."""

    ptt: int


@dataclass(frozen=True, slots=True)
class Submitted:
    """The operator answered: accepted or refused, for each part in order."""

    parts: tuple[Accepted | Refused, ...]


@dataclass(frozen=True, slots=True)
class TryLater:
    """Nothing was handed over (throttled, not connected): safe to submit again after some seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class OperatorReceipt:
    """What the operator says became of one part (DLR). `handle` is the gateway's own, for the acknowledgement."""

    handle: object
    operator_id: str
    state: State


@dataclass(frozen=True, slots=True)
class OperatorMessage:
    """A message from a phone (MO): `sender` is its number, `receiver` the sender name that it answers.

    `id` tells a redelivery from another message.
    """

    handle: object
    id: str
    sender: str
    receiver: str
    text: str


class OperatorGateway(Protocol):
    """A link to an operator. It never loses what it has not been told is recorded."""

    @property
    def name(self) -> str:
        """The link's name, under which its ids are unique."""

    async def submit(self, submissions: Sequence[Submission]) -> Sequence[Submitted | TryLater]:
        """Hand messages over, and return what the operator answered to each, in their order."""

    async def receive(self, limit: int) -> Sequence[OperatorReceipt | OperatorMessage]:
        """Return what the operator has to say, unacknowledged; wait a second at most if that is nothing."""

    async def acknowledge(self, received: Sequence[OperatorReceipt | OperatorMessage]) -> None:
        """Tell the operator that these are recorded, and need not be sent again."""
