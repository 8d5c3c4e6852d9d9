"""A session's state, and its events for the owner of the socket."""

from dataclasses import dataclass
from typing import Protocol

from server.gateways.smpp.pdu import FromOperator, SubmitSmResponse
from server.gateways.smpp.statuses import Status
from server.kit.described_enums import DescribedStr


class SessionState(DescribedStr):
    """The state of a session."""

    BINDING = "BINDING", "The operator has not answered the bind yet."
    BOUND = "BOUND", "Messages flow."
    UNBINDING = "UNBINDING", "Nothing new is submitted; answers to what is under way are awaited."
    ENDED = "ENDED", "Over; a new session needs a new connection."


class Ending(DescribedStr):
    """Why a session is over."""

    BIND_REFUSED = "BIND_REFUSED", "The operator refused the bind."
    SILENT = "SILENT", "The operator did not answer in time."
    GARBAGE = "GARBAGE", "The operator sent something that is not SMPP."
    UNBOUND_BY_OPERATOR = "UNBOUND_BY_OPERATOR", "The operator closed the session."
    UNBOUND = "UNBOUND", "This side closed the session."
    CUT = "CUT", "The connection broke."


class Ticket(Protocol):
    """What a caller recognises its submission by, for example a future."""

    def cancelled(self) -> bool:
        """Tell whether the submission is no longer wanted."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The operator answered a submission; the status tells whether it was taken."""

    ticket: Ticket
    response: SubmitSmResponse


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No answer will come. If it was `written`, the operator may have it or not; otherwise it does not."""

    ticket: Ticket
    written: bool


@dataclass(frozen=True, slots=True)
class Bound:
    """The operator accepted the bind."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A PDU from the operator, to be answered once it is recorded: see `Session.answer`."""

    pdu: FromOperator


@dataclass(frozen=True, slots=True)
class Ended:
    """The session is over. Write what is left, and close the connection."""

    ending: Ending
    status: int = Status.ESME_ROK


Event = Answered | Unanswered | Bound | Incoming | Ended


class NotBound(Exception):
    """The session takes no submissions: it is not (or no longer) bound, or bound only for receiving."""


class Full(Exception):
    """The maximum of submissions already waits."""
