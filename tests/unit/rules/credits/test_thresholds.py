"""Limit alerts."""

import pytest

from server.errors import ErrorCode, InvalidInput
from server.rules.credits.thresholds import (
    AlertChannel,
    Limit,
    Outcome,
    check_threshold,
    evaluate,
    initial_armed,
)


@pytest.mark.parametrize(
    ("armed", "remaining_m", "outcome"),
    [
        (True, 5_001, Outcome(falls=(), armed=True)),
        (True, 5_000, Outcome(falls=(5_000,), armed=False)),
        (True, 4_999, Outcome(falls=(4_999,), armed=False)),
        (True, 0, Outcome(falls=(0,), armed=False)),
        (False, 5_001, Outcome(falls=(), armed=True)),
        (False, 5_000, Outcome(falls=(), armed=False)),
        (False, 4_999, Outcome(falls=(), armed=False)),
    ],
)
def test_an_armed_limit_fires_once_at_the_threshold(
    *, armed: bool, remaining_m: int, outcome: Outcome
) -> None:
    """It fires when the credits reach the threshold, and arms again only above it."""
    assert evaluate(Limit(enabled=True, threshold_m=5_000, armed=armed), [remaining_m]) == outcome


@pytest.mark.parametrize("armed", [True, False])
@pytest.mark.parametrize("remaining_m", [0, 5_000, 9_000])
def test_a_limit_that_is_off_stays_as_it_is(*, armed: bool, remaining_m: int) -> None:
    """Turned off, a limit neither fires nor changes."""
    outcome = evaluate(Limit(enabled=False, threshold_m=5_000, armed=armed), [remaining_m])
    assert outcome == Outcome(falls=(), armed=armed)


def test_a_limit_set_below_the_credits_starts_armed() -> None:
    """Only a fall that is still to come can be told."""
    assert initial_armed(5_000, 5_001) is True
    assert initial_armed(5_000, 5_000) is False
    assert initial_armed(5_000, 4_999) is False


@pytest.mark.parametrize("threshold_m", [1_000, 1_001, 10**15])
def test_a_threshold_of_one_credit_or_more_passes(threshold_m: int) -> None:
    """One credit is the least threshold, and an account's most the largest."""
    assert check_threshold(threshold_m) == threshold_m


@pytest.mark.parametrize("threshold_m", [999, 0, -1_000, 10**15 + 1])
def test_any_other_threshold_is_refused(threshold_m: int) -> None:
    """A threshold that could never be reached, or always is, is refused."""
    with pytest.raises(InvalidInput, match=r"^A threshold is at least 1 credit") as refusal:
        check_threshold(threshold_m)
    assert refusal.value.code is ErrorCode.INVALID_THRESHOLD


def test_channels_are_described() -> None:
    """Each channel says what it does."""
    assert {channel.value: channel.description for channel in AlertChannel} == {
        "MAIL": "By e-mail.",
        "SMS": "By SMS, debited to the account.",
        "BOTH": "By e-mail and by SMS.",
    }
