"""What an operator's link looks like from above: submissions go down, receipts and incoming messages come up."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from server.rules.dispatch.delivery_state import State
from server.rules.dispatch.routing import Criterion
from server.rules.messages.ptt import DeliveryStatus
from server.rules.messages.segments import Coding


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One message as it is handed to the operator, cut into the texts of its parts.

    `country` is the receiver's (ISO 3166-1 alpha-2). `attempts` counts how often it was claimed, this time
    included, `times_refused` how often an operator refused it for the time being, and `times_unknown` how often
    it was handed over and nobody knows what became of it. `age_seconds` tells how long ago it could first be
    handed over. Where an operator has parts of it already, `link` is that operator's, and `open_parts` has the
    numbers, from 1, of the parts to hand over; none stands for all.
    """

    message_id: int
    sender: str
    receiver: str
    parts: tuple[str, ...]
    coding: Coding
    message_class: int | None
    country: str = ""
    attempts: int = 1
    times_refused: int = 0
    times_unknown: int = 0
    age_seconds: int = 0
    link: str | None = None
    open_parts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Accepted:
    """The operator took a part, and will name it by this id in its receipts.

    `raw_id` is the id as the operator wrote it, where that differs from the form that is compared.
    """

    operator_id: str
    raw_id: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The operator refused a part for good, for the reason that this ptt code gives."""

    ptt: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """A part was handed over, and no answer came: whether the operator has it can't be told.

    Unless it may be handed over `again`, that is its end.
    """

    again: bool = True


@dataclass(frozen=True, slots=True)
class NotSent:
    """A part was not taken, though others of its message were: safe to submit again.

    `ptt` is the reason, where the operator refused it for the time being.
    """

    ptt: int | None = None


NO_NEWS = State(DeliveryStatus.CREATED, None)
"""The state that a receipt tells of whose word nobody knows: it moves nothing."""

Tell = Callable[[Mapping[int, "Submitted"]], Awaitable[None]]
"""Takes, by message, what became of some of a batch while the others are waited for."""

Part = Accepted | Refused | Unknown | NotSent

NO_LINK = ""
"""Stands for the link of what no link was found for."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of each part that was to be handed over, in order.

    `link` is the link that took them, where the gateway has several. What is to be submitted again is so
    after `retry_seconds`, what has an unknown outcome as often as the link has it, where that says so.
    """

    parts: tuple[Part, ...]
    link: str | None = None
    retry_seconds: float = 0.0
    max_resends: int | None = None


@dataclass(frozen=True, slots=True)
class TryLater:
    """Nothing was taken (not connected, no room, refused for now): safe to submit again after some seconds.

    `ptt` is the reason, where an operator refused it for the time being.
    """

    seconds: float
    ptt: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """The messages that go one way at present, and how many of them it is worth to claim.

    They are those of which the first of the `criteria` that they fit is the link's; with NO_LINK, those
    that fit none, which without criteria are all. What has an unknown outcome is handed over `singly`, where
    others could come to harm by it, and as often as the link has it, where that says so.
    """

    room: int
    link: str = NO_LINK
    criteria: tuple[Criterion, ...] = ()
    singly: bool = False
    max_resends: int | None = None


@dataclass(frozen=True, slots=True)
class OperatorMessage:
    """A message from a phone (MO): `sender` is its number, `receiver` the sender name that it answers.

    `id` tells a redelivery from another message; `link` is the link that it came by, where the gateway has
    several.
    """

    handle: object
    id: str
    sender: str
    receiver: str
    text: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class OperatorReceipt:
    """What the operator says became of one part (DLR). `handle` is the gateway's own, for the acknowledgement.

    `operator_id` is in the form that is compared. Where it is not known whether the operator writes the
    same number in two ways, `hex_id` and `decimal_id` are what else the part's id may be. `raw_id` is the id
    as it came, and `link` the link that it came by, where the gateway has several. `receiver` is the address
    that it came from, as the operator wrote it: the phone's. Where nobody knows what it says, its state is
    NO_NEWS, and `unread` has its words. `as_message` is the message from a phone that it is if it fits nothing
    that was sent by its link: where the operator does not say that it is a receipt.
    """

    handle: object
    operator_id: str
    state: State
    hex_id: str | None = None
    decimal_id: str | None = None
    raw_id: str | None = None
    receiver: str = ""
    unread: str | None = None
    link: str | None = None
    as_message: OperatorMessage | None = None


class OperatorGateway(Protocol):
    """A link to an operator. It never loses what it has not been told is recorded."""

    @property
    def name(self) -> str:
        """The link's name, under which its ids are unique, for whatever bears none itself."""

    @property
    def lanes(self) -> Sequence[Lane]:
        """The ways that messages may go at present; what goes none of them is not to be claimed yet."""

    async def submit(
        self, submissions: Sequence[Submission], tell: Tell | None = None
    ) -> Sequence[Submitted | TryLater]:
        """Hand messages over, and return what the operator answered to each, in their order.

        While some answers are slow to come, `tell` hears of the others.
        """

    async def receive(self, limit: int) -> Sequence[OperatorReceipt | OperatorMessage]:
        """Return what the operator has to say, unacknowledged; wait a second at most if that is nothing."""

    async def acknowledge(self, received: Sequence[OperatorReceipt | OperatorMessage]) -> None:
        """Tell the operator that these are recorded, and need not be sent again."""
