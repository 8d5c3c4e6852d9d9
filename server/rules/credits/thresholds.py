"""Limit alerts: exactly one for each time that the remaining credits fall to the threshold."""

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
    """A user's limit: on or off, its threshold in millicredits, and whether the next fall is told."""

    enabled: bool
    threshold_mc: int
    armed: bool


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was left (millicredits) at each fall that is to be told, and whether the limit is armed from now on."""

    falls: tuple[int, ...]
    armed: bool


def evaluate(limit: Limit, balances_mc: Iterable[int]) -> Evaluation:
    """Decide on a limit after movements that each left some millicredits; one that is off stays as it is."""
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
    """Tell whether a limit set now starts armed: only when the remaining credits can still fall to it."""
    return remaining_mc > threshold_mc


def check_threshold(threshold_mc: int) -> int:
    """Return a threshold in millicredits that is at least 1 credit.

    Raises:
        InvalidInput: INVALID_THRESHOLD.
    """
    if not MIN_THRESHOLD_MC <= threshold_mc <= MAX_MILLICREDITS:
        msg = "A threshold is at least 1 credit, and no more than an account can hold."
        raise InvalidInput(msg, code=ErrorCode.INVALID_THRESHOLD)
    return threshold_mc
