"""What an operator's link looks like from above: submissions go down, receipts and incoming messages come up."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from server.gateways.link_state import LinkState
from server.rules.dispatch.delivery_state import State
from server.rules.dispatch.routing import Criterion, Route
from server.rules.messages.ptt import DeliveryStatus
from server.rules.messages.segments import Coding


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """One message as it is handed to the operator, cut into the texts of its parts.

    `country` is the receiver's (ISO 3166-1 alpha-2). `attempts` counts how often it was claimed, this time
    included, `times_refused` how often an operator refused it for the time being, and `times_unknown` how often
    it was handed over and nobody knows what became of it. `age_seconds` tells how long ago it could first be
    handed over. Where an operator has parts of it already, `link` is that operator's, and `open_parts` has the
    indexes, from 1, of the parts to hand over; none stands for all.
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

UNTRIED_SECONDS = 1.0
"""How long a message waits that no operator has seen."""

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


SubmitOutcome = Submitted | TryLater
"""What became of one submission."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """The messages that go one way at present, and how many of them it is worth to claim.

    They are those of which the first of the `criteria` that they fit is the link's; with NO_LINK, those
    that fit none, which without criteria are all. What has an unknown outcome is handed over `singly`, where
    others could come to harm by it, and as often as the link has it, where that says so.
    """

    capacity: int
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


class Gateway(Protocol):
    """What takes messages and hears of them. It never loses what it has not been told is recorded."""

    @property
    def name(self) -> str:
        """The link's name, under which its ids are unique, for whatever bears none itself."""

    async def submit(
        self, submissions: Sequence[Submission], tell: Tell | None = None
    ) -> Sequence[SubmitOutcome]:
        """Hand messages over, and return what the operator answered to each, in their order.

        While some answers are slow to come, `tell` hears of the others.
        """

    async def receive(self, limit: int) -> Sequence[OperatorReceipt | OperatorMessage]:
        """Return what the operator has to say, unacknowledged; wait a second at most if that is nothing."""

    async def acknowledge(self, received: Sequence[OperatorReceipt | OperatorMessage]) -> None:
        """Tell the operator that these are recorded, and need not be sent again."""


class OperatorGateway(Gateway, Protocol):
    """All that leads to operators, as workers see it."""

    @property
    def lanes(self) -> Sequence[Lane]:
        """The ways that messages may go at present; what goes none of them is not to be claimed yet."""


class LinkSetup(Protocol):
    """What is set for one link, of whatever kind; another `version` of the same name replaces it."""

    @property
    def name(self) -> str:
        """The link's name."""

    @property
    def version(self) -> int:
        """A number that differs whenever anything else does."""


class PooledLink(Gateway, Protocol):
    """One link of several, of whatever kind."""

    @property
    def version(self) -> int:
        """The version of what is set for it."""

    @property
    def route(self) -> Route:
        """Which messages fit it."""

    @property
    def max_resends(self) -> int | None:
        """How often what has an unknown outcome is handed over again; None leaves it to the server."""

    @property
    def is_open(self) -> bool:
        """Whether it takes messages at present."""

    @property
    def pauses(self) -> bool:
        """Whether it submits nothing at present, for it was too fast: others go first."""

    @property
    def capacity(self) -> int:
        """How many messages it could take in the next second."""

    @property
    def unacknowledged(self) -> int:
        """How much was handed up and is not acknowledged."""

    @property
    def state(self) -> LinkState:
        """How it is, for people."""

    def carries(self, submission: Submission) -> bool:
        """Tell whether it can take a message in no more parts than were charged."""

    def start(self) -> None:
        """Begin to open it; it stays so until it is stopped, whatever breaks."""

    async def stop(self) -> None:
        """Close it, within bounds; what waits is handed back."""


OpenLink = Callable[[Any, PooledLink | None], PooledLink]
"""Makes a link of one kind from what is set for it, given the one of its name that it replaces, of whatever kind."""
