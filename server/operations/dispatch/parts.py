"""Applying an operator's answer to the parts of a message, including those from earlier tries."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.gateways.protocol import Accepted, NotSent, Part, Refused, Submitted, Unknown
from server.rules.dispatch.delivery_state import State, accepted, combine, no_final_receipt
from server.rules.messages.ptt import DeliveryStatus
from server.store.models import MessagePart

OPEN = State(DeliveryStatus.CREATED, None)
"""The state of a part that is not handed over yet."""


@dataclass(frozen=True, slots=True)
class Progress:
    """A message after an answer: the `states` of all parts, in order, and the answered parts' `indexes`."""

    outcome: Submitted
    indexes: tuple[int, ...]
    states: tuple[State, ...]

    @property
    def unknown(self) -> bool:
        """Whether the operator may or may not have some part."""
        return any(isinstance(part, Unknown) for part in self.outcome.parts)

    @property
    def complete(self) -> bool:
        """Whether nothing is left to hand over."""
        return OPEN not in self.states

    @property
    def refused_for_now(self) -> bool:
        """Whether an operator refused some part for now."""
        return any(isinstance(part, NotSent) and part.ptt is not None for part in self.outcome.parts)

    @property
    def partly(self) -> bool:
        """Whether the operator certainly has some parts, and others still have to go."""
        return not self.complete and any(state != OPEN for state in self.states)

    @property
    def state(self) -> State:
        """The state of the message."""
        return combine(self.states)


def apply_outcome(outcome: Submitted, earlier: Sequence[MessagePart]) -> Progress | None:
    """Return the progress of a message after an answer; `earlier` are its parts from earlier tries.

    A message that lacks a part for good is not worth completing: its unsent parts are never sent. An answer
    that does not fit the open parts, because another worker has had the message since, gives None.
    """
    known = {part.part: State(DeliveryStatus(part.status), part.ptt) for part in earlier}
    open_indexes = tuple(index for index, state in known.items() if state == OPEN)
    indexes = open_indexes or tuple(range(1, len(outcome.parts) + 1))
    if len(indexes) != len(outcome.parts):
        return None
    refused = next((part.ptt for part in outcome.parts if isinstance(part, Refused)), None)
    lost = any(isinstance(part, Unknown) and not part.again for part in outcome.parts)
    for index, part in zip(indexes, outcome.parts, strict=True):
        known[index] = _state(part, refused=refused, spoilt=refused is not None or lost, lost=lost)
    return Progress(outcome, indexes, tuple(known[index] for index in sorted(known)))


def _state(part: Part, *, refused: int | None, spoilt: bool, lost: bool) -> State:
    if isinstance(part, Accepted):
        return accepted()
    if isinstance(part, Refused):
        return State(DeliveryStatus.NOT_BILLED, part.ptt)
    if not spoilt:
        return OPEN
    if isinstance(part, NotSent) and not lost:
        return State(DeliveryStatus.NOT_BILLED, refused)
    return no_final_receipt()
