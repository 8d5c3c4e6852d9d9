"""Limit alerts."""

import pytest

from server.errors import ErrorCode, InvalidInput
from server.rules.credits.thresholds import (
    AlertChannel,
    Evaluation,
    Limit,
    check_threshold,
    evaluate,
    initial_armed,
)


@pytest.mark.parametrize(
    ("armed", "remaining_mc", "outcome"),
    [
        (True, 5_001, Evaluation(falls=(), armed=True)),
        (True, 5_000, Evaluation(falls=(5_000,), armed=False)),
        (True, 4_999, Evaluation(falls=(4_999,), armed=False)),
        (True, 0, Evaluation(falls=(0,), armed=False)),
        (False, 5_001, Evaluation(falls=(), armed=True)),
        (False, 5_000, Evaluation(falls=(), armed=False)),
        (False, 4_999, Evaluation(falls=(), armed=False)),
    ],
)
def test_an_armed_limit_fires_once_at_the_threshold(
    *, armed: bool, remaining_mc: int, outcome: Evaluation
) -> None:
    """It fires when the credits reach the threshold, and arms again only above it."""
    assert evaluate(Limit(enabled=True, threshold_mc=5_000, armed=armed), [remaining_mc]) == outcome


@pytest.mark.parametrize("armed", [True, False])
@pytest.mark.parametrize("remaining_mc", [0, 5_000, 9_000])
def test_a_limit_that_is_off_stays_as_it_is(*, armed: bool, remaining_mc: int) -> None:
    """Turned off, a limit neither fires nor changes."""
    outcome = evaluate(Limit(enabled=False, threshold_mc=5_000, armed=armed), [remaining_mc])
    assert outcome == Evaluation(falls=(), armed=armed)


def test_a_limit_set_below_the_credits_starts_armed() -> None:
    """Only a future fall causes an alert."""
    assert initial_armed(5_000, 5_001) is True
    assert initial_armed(5_000, 5_000) is False
    assert initial_armed(5_000, 4_999) is False


@pytest.mark.parametrize("threshold_mc", [1_000, 1_001, 10**15])
def test_a_threshold_of_one_credit_or_more_passes(threshold_mc: int) -> None:
    """The smallest threshold is one credit, the largest is an account's maximum."""
    assert check_threshold(threshold_mc) == threshold_mc


@pytest.mark.parametrize("threshold_mc", [999, 0, -1_000, 10**15 + 1])
def test_any_other_threshold_is_refused(threshold_mc: int) -> None:
    """A threshold that could never be reached, or always is, is refused."""
    with pytest.raises(InvalidInput, match=r"^A threshold has to be at least 1 credit") as refusal:
        check_threshold(threshold_mc)
    assert refusal.value.code is ErrorCode.INVALID_THRESHOLD


def test_channels_are_described() -> None:
    """Each channel has a description."""
    assert {channel.value: channel.description for channel in AlertChannel} == {
        "MAIL": "By e-mail.",
        "SMS": "By SMS, debited to the account.",
        "BOTH": "By e-mail and by SMS.",
    }
