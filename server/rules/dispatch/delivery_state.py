"""How the state of a message moves: only forward, part by part."""

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
    """Return the state of a part that the operator accepted."""
    return State(DeliveryStatus.PENDING, _ACCEPTED_PTT)


def no_final_receipt() -> State:
    """Return the state of a part whose final receipt did not come in time."""
    return State(DeliveryStatus.FAILED, _NO_FINAL_RECEIPT_PTT)


def expired_here() -> State:
    """Return the state of a message that no operator accepted before it expired: not billed."""
    return State(DeliveryStatus.NOT_BILLED, _EXPIRED_PTT)


def stopped_here() -> State:
    """Return the state of a message whose receiver asked to stop before it was handed over: not billed."""
    return State(DeliveryStatus.NOT_BILLED, _BARRED_PTT)


def advance(current: State, receipt: State) -> State | None:
    """Return the state that a receipt leads to, or None if it changes nothing.

    A status moves from 0 to 4 to 8 to a final one. It may skip some, but never goes back. Within 8, a new ptt
    is a change too, because the reason for the delay is new; a missing ptt is not. Anything else is a late or
    duplicate receipt.
    """
    step = _rank(receipt.status) - _rank(current.status)
    if step > 0:
        return receipt
    another_reason = receipt.ptt is not None and receipt.ptt != current.ptt
    if step == 0 and current.status is DeliveryStatus.BUFFERED and another_reason:
        return receipt
    return None


def combine(parts: Sequence[State]) -> State:
    """Return the state of a message from the states of its parts, in their order of sending.

    While a part is open, it is the state of the first of the least advanced parts. When all are final, a
    failed part makes the message failed. So does a mixture of delivered and refused parts, because something
    was billed and something is missing.

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
    """Return how far a status has come; all final ones rank equally."""
    return DeliveryStatus.NOT_BILLED if status.final else status
