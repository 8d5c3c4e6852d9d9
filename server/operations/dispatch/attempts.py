"""The bounds on trying again: how a message ends when it was tried too often."""

from dataclasses import replace

from server.gateways.protocol import (
    NotSent,
    Part,
    Refused,
    Submission,
    SubmitOutcome,
    Submitted,
    TryLater,
    Unknown,
)
from server.operations.core.services import Policy
from server.operations.dispatch.results import GivenUp
from server.rules.dispatch.delivery_state import State, no_final_receipt
from server.rules.messages.ptt import DeliveryStatus


def bounded(policy: Policy, submission: Submission, outcome: SubmitOutcome) -> SubmitOutcome | GivenUp:
    """Return an outcome as it is, or an end if the message was tried often enough.

    A message that was refused for now as often as allowed ends not billed. If the operator may have it from
    an earlier try, or if the last allowed try had an unknown outcome, it ends without a final status.
    """
    if isinstance(outcome, TryLater):
        if outcome.ptt is None or submission.times_refused + 1 < policy.max_refusals:
            return outcome
        if submission.times_unknown:
            return GivenUp(no_final_receipt())
        if submission.open_parts:
            return Submitted(tuple(Refused(outcome.ptt) for _ in submission.open_parts), submission.link)
        return GivenUp(State(DeliveryStatus.NOT_BILLED, outcome.ptt))
    return replace(outcome, parts=tuple(_part(policy, submission, outcome, part) for part in outcome.parts))


def may_resend(policy: Policy, max_resends: int | None, times_unknown: int) -> bool:
    """Tell whether a message with so many unknown outcomes may go again. A link's own bound goes first."""
    return times_unknown <= (policy.max_resends if max_resends is None else max_resends)


def _part(policy: Policy, submission: Submission, outcome: Submitted, part: Part) -> Part:
    if isinstance(part, Unknown):
        return Unknown(again=may_resend(policy, outcome.max_resends, submission.times_unknown + 1))
    if (
        isinstance(part, NotSent)
        and part.ptt is not None
        and submission.times_refused + 1 >= policy.max_refusals
    ):
        return Unknown(again=False) if submission.times_unknown else Refused(part.ptt)
    return part
