"""A link as the rest of the server sees it: submissions go down, receipts and incoming messages come up."""

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

    `country` is the receiver's (ISO 3166-1 alpha-2). `attempts` counts how often it was claimed, including
    this time, `times_refused` how often an operator refused it for now, and `times_unknown` how often it was
    handed over with an unknown outcome. `age_seconds` tells how long ago it could first be handed over. If an
    operator already has parts of it, `link` is that operator's, and `open_parts` has the indexes, from 1, of
    the parts to hand over; empty means all.
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
    """The operator took a part, and uses this id for it in receipts.

    `raw_id` is the id as the operator wrote it, if that differs from the form that is compared.
    """

    operator_id: str
    raw_id: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The operator refused a part for good, with this ptt code as the reason."""

    ptt: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """A part was handed over, and no answer came: the operator may have it or not.

    Unless it may be handed over `again`, it ends like this.
    """

    again: bool = True


@dataclass(frozen=True, slots=True)
class NotSent:
    """A part was not taken, although others of its message were. It is safe to submit it again.

    `ptt` is the reason, if the operator refused it for now.
    """

    ptt: int | None = None


NO_NEWS = State(DeliveryStatus.CREATED, None)
"""The state of a receipt whose word is not known: it changes nothing."""

Tell = Callable[[Mapping[int, "Submitted"]], Awaitable[None]]
"""Takes the outcomes of some of a batch, by message, while the others are still awaited."""

Part = Accepted | Refused | Unknown | NotSent

UNTRIED_SECONDS = 1.0
"""How long a message waits if no operator has seen it."""

NO_LINK = ""
"""The link name of a message that no link was found for."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """The outcome of each part that was to be handed over, in order.

    `link` is the link that took them, if the gateway has several. A retry comes after `retry_seconds`.
    `max_resends` is the link's bound on submitting parts of unknown outcome again, if it has one.
    """

    parts: tuple[Part, ...]
    link: str | None = None
    retry_seconds: float = 0.0
    max_resends: int | None = None


@dataclass(frozen=True, slots=True)
class TryLater:
    """Nothing was taken (not connected, no room, refused for now). It is safe to submit again later.

    `ptt` is the reason, if an operator refused it for now.
    """

    seconds: float
    ptt: int | None = None


SubmitOutcome = Submitted | TryLater
"""The outcome of one submission."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """The messages that go one way at present, and how many of them are worth claiming.

    They are the messages for which the first fitting entry of `criteria` is the link's; with NO_LINK, those
    that fit no entry, which without criteria are all. Messages of unknown outcome are handed over `singly` if
    they could harm others, and up to `max_resends` times if the link has this bound.
    """

    capacity: int
    link: str = NO_LINK
    criteria: tuple[Criterion, ...] = ()
    singly: bool = False
    max_resends: int | None = None


@dataclass(frozen=True, slots=True)
class OperatorMessage:
    """A message from a phone (MO): `sender` is its number, `receiver` the sender name that it answers.

    `id` tells a redelivery from another message; `link` is the link that it came by, if the gateway has
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
    """The operator's receipt (DLR) for one part. `handle` is the gateway's own, for the acknowledgement.

    `operator_id` is in the form that is compared. If the operator may write the same number in two ways,
    `hex_id` and `decimal_id` are the other forms that the part's id may have. `raw_id` is the id as it came,
    and `link` the link that it came by, if the gateway has several. `receiver` is the phone's address as the
    operator wrote it. If its meaning is not known, its state is NO_NEWS, and `unread` has its words. If the
    operator does not say that it is a receipt, `as_message` is the message from a phone that it is taken for
    when it fits nothing sent by its link.
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
    """Takes messages and reports on them. It never loses a report that was not acknowledged as recorded."""

    @property
    def name(self) -> str:
        """The link's name, within which its ids are unique; used for items that name no link."""

    async def submit(
        self, submissions: Sequence[Submission], tell: Tell | None = None
    ) -> Sequence[SubmitOutcome]:
        """Hand messages over, and return the operator's answer to each, in their order.

        While some answers are slow, `tell` gets the others.
        """

    async def receive(self, limit: int) -> Sequence[OperatorReceipt | OperatorMessage]:
        """Return what the operator sent, unacknowledged; if there is nothing, wait at most a second."""

    async def acknowledge(self, received: Sequence[OperatorReceipt | OperatorMessage]) -> None:
        """Tell the operator that these are recorded, and need not be sent again."""


class OperatorGateway(Gateway, Protocol):
    """All links to operators, as workers see them."""

    @property
    def lanes(self) -> Sequence[Lane]:
        """The ways that messages may go at present; a message that fits none must not be claimed yet."""


class LinkSetup(Protocol):
    """The settings of one link of any kind. Another `version` with the same name replaces it."""

    @property
    def name(self) -> str:
        """The link's name."""

    @property
    def version(self) -> int:
        """A number that changes whenever anything else does."""


class PooledLink(Gateway, Protocol):
    """One of several links, of any kind."""

    @property
    def version(self) -> int:
        """The version of its settings."""

    @property
    def route(self) -> Route:
        """Which messages it takes."""

    @property
    def max_resends(self) -> int | None:
        """How often a message of unknown outcome is handed over again; None means the server's setting."""

    @property
    def is_open(self) -> bool:
        """Whether it takes messages at present."""

    @property
    def pauses(self) -> bool:
        """Whether it submits nothing at present because it was too fast. Other links are tried first."""

    @property
    def capacity(self) -> int:
        """How many messages it could take in the next second."""

    @property
    def unacknowledged(self) -> int:
        """How many items were handed up and are not acknowledged."""

    @property
    def state(self) -> LinkState:
        """Its state, for people."""

    def carries(self, submission: Submission) -> bool:
        """Tell whether a message takes no more parts on it than were charged."""

    def start(self) -> None:
        """Begin to open it. It is kept open, and reopened after breaks, until it is stopped."""

    async def stop(self) -> None:
        """Close it in bounded time, and hand back what waits."""


OpenLink = Callable[[Any, PooledLink | None], PooledLink]
"""Makes a link of one kind from its setup, given the link of its name that it replaces, of any kind."""
