"""Limit alerts: exactly one for each time that the remaining credits fall to the threshold."""

from collections.abc import Iterable
from dataclasses import dataclass

from server.errors import ErrorCode, InvalidInput
from server.kit.credits import MAX_MILLICREDITS, MILLICREDITS_PER_CREDIT
from server.kit.described import DescribedStr

MIN_THRESHOLD_M = MILLICREDITS_PER_CREDIT


class AlertChannel(DescribedStr):
    """How an alert is sent."""

    MAIL = "MAIL", "By e-mail."
    SMS = "SMS", "By SMS, debited to the account."
    BOTH = "BOTH", "By e-mail and by SMS."


@dataclass(frozen=True, slots=True)
class Limit:
    """A user's limit: on or off, its threshold in millicredits, and whether the next fall is told."""

    enabled: bool
    threshold_m: int
    armed: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was left (millicredits) at each fall that is to be told, and whether the limit is armed from now on."""

    falls: tuple[int, ...]
    armed: bool


def evaluate(limit: Limit, balances_m: Iterable[int]) -> Outcome:
    """Decide on a limit after movements that each left some millicredits; one that is off stays as it is."""
    if not limit.enabled:
        return Outcome(falls=(), armed=limit.armed)
    falls, armed = [], limit.armed
    for remaining_m in balances_m:
        above = remaining_m > limit.threshold_m
        if armed and not above:
            falls.append(remaining_m)
        armed = above
    return Outcome(tuple(falls), armed)


def initial_armed(threshold_m: int, remaining_m: int) -> bool:
    """Tell whether a limit set now starts armed: only when the remaining credits can still fall to it."""
    return remaining_m > threshold_m


def check_threshold(threshold_m: int) -> int:
    """Return a threshold in millicredits that is at least 1 credit.

    Raises:
        InvalidInput: INVALID_THRESHOLD.
    """
    if not MIN_THRESHOLD_M <= threshold_m <= MAX_MILLICREDITS:
        msg = "A threshold is at least 1 credit, and no more than an account can hold."
        raise InvalidInput(msg, code=ErrorCode.INVALID_THRESHOLD)
    return threshold_m
