"""What a session tells whoever has its socket: its state, and what happens to submissions and to it."""

from dataclasses import dataclass
from typing import Protocol

from server.gateways.smpp.pdu import FromOperator, SubmitSmResponse
from server.gateways.smpp.statuses import Status
from server.kit.described_enums import DescribedStr


class SessionState(DescribedStr):
    """How far a session has come."""

    BINDING = "BINDING", "The operator has not answered the bind yet."
    BOUND = "BOUND", "Messages flow."
    UNBINDING = "UNBINDING", "What is under way is waited for; nothing new is submitted."
    ENDED = "ENDED", "Over; another session takes another connection."


class Ending(DescribedStr):
    """Why a session is over."""

    BIND_REFUSED = "BIND_REFUSED", "The operator refused the bind."
    SILENT = "SILENT", "The operator did not answer in time."
    GARBAGE = "GARBAGE", "The operator sent what is no SMPP."
    UNBOUND_BY_OPERATOR = "UNBOUND_BY_OPERATOR", "The operator closed the session."
    UNBOUND = "UNBOUND", "This side closed the session."
    CUT = "CUT", "The connection broke."


class Ticket(Protocol):
    """What a caller recognises its submission by; a future is one."""

    def cancelled(self) -> bool:
        """Tell whether nobody wants it submitted any more."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The operator answered a submission: taken, or not, as the status says."""

    ticket: Ticket
    response: SubmitSmResponse


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No answer will come. If it was `written`, whether the operator took it can't be told; else it did not."""

    ticket: Ticket
    written: bool


@dataclass(frozen=True, slots=True)
class Bound:
    """The operator took the bind."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """The operator sent this, and wants an answer once it is recorded: see `Session.answer`."""

    pdu: FromOperator


@dataclass(frozen=True, slots=True)
class Ended:
    """The session is over: write what is left, and close the connection."""

    ending: Ending
    status: int = Status.ESME_ROK


Event = Answered | Unanswered | Bound | Incoming | Ended


class NotBound(Exception):
    """The session takes no submissions: not bound (yet or any more), or bound for receiving only."""


class Full(Exception):
    """As many submissions wait as may wait."""
