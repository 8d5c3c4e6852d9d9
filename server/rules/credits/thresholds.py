"""Limit alerts: exactly one each time that the remaining credits fall to the threshold."""

from collections.abc import Iterable
from dataclasses import dataclass

from server.errors import ErrorCode, InvalidInput
from server.kit.credits import MAX_MILLICREDITS, MILLICREDITS_PER_CREDIT
from server.kit.described_enums import DescribedStr

MIN_THRESHOLD_MC = MILLICREDITS_PER_CREDIT


class AlertChannel(DescribedStr):
    """How an alert is sent."""

    MAIL = "MAIL", "By e-mail."
    SMS = "SMS", "By SMS, debited to the account."
    BOTH = "BOTH", "By e-mail and by SMS."


@dataclass(frozen=True, slots=True)
class Limit:
    """A user's limit: on or off, its threshold in millicredits, and whether the next fall raises an alert."""

    enabled: bool
    threshold_mc: int
    armed: bool


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The millicredits left at each fall that raises an alert, and whether the limit is armed afterwards."""

    falls: tuple[int, ...]
    armed: bool


def evaluate(limit: Limit, balances_mc: Iterable[int]) -> Evaluation:
    """Evaluate a limit after movements, given the millicredits that each left; one that is off stays as is."""
    if not limit.enabled:
        return Evaluation(falls=(), armed=limit.armed)
    falls, armed = [], limit.armed
    for remaining_mc in balances_mc:
        above = remaining_mc > limit.threshold_mc
        if armed and not above:
            falls.append(remaining_mc)
        armed = above
    return Evaluation(tuple(falls), armed)


def initial_armed(threshold_mc: int, remaining_mc: int) -> bool:
    """Tell whether a limit set now starts armed: only if the remaining credits can still fall to it."""
    return remaining_mc > threshold_mc


def check_threshold(threshold_mc: int) -> int:
    """Return a threshold in millicredits if it is at least 1 credit.

    Raises:
        InvalidInput: INVALID_THRESHOLD.
    """
    if not MIN_THRESHOLD_MC <= threshold_mc <= MAX_MILLICREDITS:
        msg = "A threshold has to be at least 1 credit, and no more than an account can hold."
        raise InvalidInput(msg, code=ErrorCode.INVALID_THRESHOLD)
    return threshold_mc
