"""How the state of a message moves: forward only, part by part."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.rules.messages.ptt import DeliveryStatus

_ACCEPTED_PTT = 3
_NO_FINAL_RECEIPT_PTT = 6
_EXPIRED_PTT = 8
_BARRED_PTT = 23


@dataclass(frozen=True, slots=True)
class State:
    """A delivery status and the ptt code that explains it, if one was given."""

    status: DeliveryStatus
    ptt: int | None


def accepted() -> State:
    """Return the state of a part that the operator has accepted."""
    return State(DeliveryStatus.PENDING, _ACCEPTED_PTT)


def no_final_receipt() -> State:
    """Return the state of a part whose final receipt did not come in time."""
    return State(DeliveryStatus.FAILED, _NO_FINAL_RECEIPT_PTT)


def expired_here() -> State:
    """Return the state of a message that no operator accepted while it was worth sending: not billed."""
    return State(DeliveryStatus.NOT_BILLED, _EXPIRED_PTT)


def stopped_here() -> State:
    """Return the state of a message whose receiver asked to stop before it was handed over: not billed."""
    return State(DeliveryStatus.NOT_BILLED, _BARRED_PTT)


def advance(current: State, receipt: State) -> State | None:
    """Return the state that a receipt leads to, or None when it changes nothing.

    A status moves from 0 to 4 to 8 to a final one, may skip some, and never returns. Within 8 another
    ptt is news too: the reason for the delay has changed; a missing ptt is none. All else is a late or
    doubled receipt.
    """
    step = _rank(receipt.status) - _rank(current.status)
    if step > 0:
        return receipt
    another_reason = receipt.ptt is not None and receipt.ptt != current.ptt
    if step == 0 and current.status is DeliveryStatus.BUFFERED and another_reason:
        return receipt
    return None


def combine(parts: Sequence[State]) -> State:
    """Return the state of a message from the states of its parts, which are in their order of sending.

    While any part is open, it is that of the first of the least advanced parts. Once all are final, a
    failed part makes the message failed, and so does a mixture of delivered and refused parts, since
    something was billed and something is missing.

    Raises:
        ValueError: there are no parts.
    """
    least = min(parts, key=lambda part: _rank(part.status))
    statuses = {part.status for part in parts}
    if not least.status.final or len(statuses) == 1:
        return least
    decisive = DeliveryStatus.FAILED if DeliveryStatus.FAILED in statuses else DeliveryStatus.NOT_BILLED
    return State(DeliveryStatus.FAILED, next(part.ptt for part in parts if part.status is decisive))


def _rank(status: DeliveryStatus) -> int:
    """Return how far a status has come; the final ones have come equally far."""
    return DeliveryStatus.NOT_BILLED if status.final else status
