"""The last attempt: when an operator's answer ends a message."""

from dataclasses import replace

import pytest

from server.gateways.protocol import (
    Accepted,
    NotSent,
    Part,
    Refused,
    Submission,
    SubmitOutcome,
    Submitted,
    TryLater,
    Unknown,
)
from server.operations.dispatch.attempts import bounded, may_resend
from server.operations.dispatch.results import GivenUp
from server.rules.dispatch.delivery_state import State, no_final_receipt
from server.rules.messages.ptt import DeliveryStatus
from server.rules.messages.segments import Coding
from server.settings import Settings
from server.wiring import build_policy

POLICY = replace(build_policy(Settings()), max_resends=2, max_refusals=4)
FRESH = Submission(
    message_id=1, sender="Chappe", receiver="+447700900004", parts=("a", "b"), coding=Coding.GSM_7BIT,
    message_class=None,
)  # fmt: skip
LAST = replace(FRESH, times_refused=3)
IN_DOUBT = replace(LAST, times_unknown=1)


@pytest.mark.parametrize("outcome", [TryLater(1), TryLater(1, 25), Submitted((Accepted("a"), NotSent(25)))])
def test_there_is_a_next_time_until_it_was_the_last(outcome: SubmitOutcome) -> None:
    """Before the last attempt nothing changes."""
    assert bounded(POLICY, replace(FRESH, times_refused=2), outcome) == outcome


def test_who_was_not_looked_at_was_not_refused() -> None:
    """However often an operator has refused it before."""
    assert bounded(POLICY, LAST, TryLater(1)) == TryLater(1)


def test_the_last_refusal_ends_it_not_billed() -> None:
    """With its reason; if the operator has some parts, only the others end so."""
    assert bounded(POLICY, LAST, TryLater(1, 25)) == GivenUp(State(DeliveryStatus.NOT_BILLED, 25))
    rest = replace(LAST, link="a", open_parts=(2,))
    assert bounded(POLICY, rest, TryLater(1, 26)) == Submitted((Refused(26),), "a")
    partly = Submitted((Accepted("a"), NotSent(26)), "a", 9.0)
    assert bounded(POLICY, LAST, partly) == Submitted((Accepted("a"), Refused(26)), "a", 9.0)


def test_what_an_operator_may_have_from_an_earlier_try_is_not_refunded() -> None:
    """It may have billed it."""
    assert bounded(POLICY, IN_DOUBT, TryLater(1, 25)) == GivenUp(no_final_receipt())
    partly = Submitted((Accepted("a"), NotSent(26)))
    assert bounded(POLICY, IN_DOUBT, partly) == Submitted((Accepted("a"), Unknown(again=False)))


@pytest.mark.parametrize(
    ("times", "of_link", "again"),
    [(0, None, True), (1, None, True), (2, None, False), (0, 0, False), (2, 3, True), (3, 3, False)],
)
def test_an_unknown_outcome_is_the_last_after_so_many(
    times: int, of_link: int | None, *, again: bool
) -> None:
    """According to the link, otherwise to the server."""
    parts: tuple[Part, ...] = (Unknown(), NotSent())
    outcome = Submitted(parts, "a", max_resends=of_link)
    expected = replace(outcome, parts=(Unknown(again=again), NotSent()))
    assert bounded(POLICY, replace(FRESH, times_unknown=times), outcome) == expected


def test_none_is_resent_where_none_is_to_be() -> None:
    """According to the server's setting or the link's."""
    assert not may_resend(replace(POLICY, max_resends=0), None, 1)
    assert not may_resend(POLICY, 0, 1)
    assert may_resend(replace(POLICY, max_resends=0), 1, 1)
