"""What it means to set, adjust or turn off a user's quota; all amounts in millicredits."""

from dataclasses import dataclass

from server.errors import Conflict, ErrorCode, InvalidInput, Unfunded
from server.kit.credits import MAX_MILLICREDITS, format_credits


@dataclass(frozen=True, slots=True)
class QuotaChange:
    """The credits that move (the two deltas cancel out) and the quota as it is from then on.

    `assigned` is the last value set plus the adjustments since; spending and refunds leave it alone.
    """

    account_delta: int
    quota_delta: int
    quota_on: bool
    quota_left: int
    assigned: int


def set_quota(
    *,
    account_left: int,
    quota_on: bool,
    quota_left: int,
    enabled: bool,
    credits: int | None,
) -> QuotaChange:
    """Decide how a user's quota becomes `credits` left, or, with `enabled` false, off.

    Turning it off gives back to the account what is left of it.

    Raises:
        InvalidInput: INVALID_AMOUNT, when credits are missing or negative; INVALID_INPUT, when credits
            are given to a quota that is turned off.
        Unfunded: the account has not enough left.
    """
    held = quota_left if quota_on else 0
    if not enabled:
        if credits is not None:
            msg = "Turning a quota off takes no credits."
            raise InvalidInput(msg)
        return QuotaChange(held, -held, quota_on=False, quota_left=0, assigned=0)
    if credits is None or not 0 <= credits <= MAX_MILLICREDITS:
        msg = "Turning a quota on needs its credits: 0 or more."
        raise InvalidInput(msg, code=ErrorCode.INVALID_AMOUNT)
    delta = credits - held
    _check_funded(account_left, delta)
    return QuotaChange(-delta, delta, quota_on=True, quota_left=credits, assigned=credits)


def adjust_quota(
    *, account_left: int, quota_left: int, assigned: int, quota_on: bool, delta: int
) -> QuotaChange:
    """Decide how a quota that is on grows or, with a negative delta, shrinks.

    Raises:
        Conflict: QUOTA_IS_OFF.
        Unfunded: the account, or the quota when it shrinks, has not enough left.
    """
    if not quota_on:
        msg = "The user's quota is off, so there is nothing to adjust."
        raise Conflict(msg, code=ErrorCode.QUOTA_IS_OFF)
    if quota_left + delta < 0:
        msg = f"The quota has {format_credits(quota_left)} credits left, and can't fall below 0."
        raise Unfunded(msg)
    _check_funded(account_left, delta)
    return QuotaChange(-delta, delta, quota_on=True, quota_left=quota_left + delta, assigned=assigned + delta)


def _check_funded(account_left: int, needed: int) -> None:
    if needed > account_left:
        left = format_credits(account_left)
        msg = f"This takes {format_credits(needed)} credits, and the account has {left} left."
        raise Unfunded(msg)
