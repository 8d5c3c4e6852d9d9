"""Setting, adjusting and turning off a user's quota; all amounts in millicredits."""

from dataclasses import dataclass

from server.errors import Conflict, ErrorCode, InvalidInput, Unfunded
from server.kit.credits import MAX_MILLICREDITS, format_credits


@dataclass(frozen=True, slots=True)
class QuotaChange:
    """The credits that move (the two deltas cancel out) and the new quota.

    `assigned` is the last value set plus the adjustments since. Spending and refunds do not change it.
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
    """Set a user's quota to `credits`, or turn it off if `enabled` is false.

    Turning it off returns what is left to the account.

    Raises:
        InvalidInput: INVALID_AMOUNT, if credits are missing or negative; INVALID_INPUT, if credits are given
        to turn it off. Unfunded: the account does not have enough left.
    """
    held = quota_left if quota_on else 0
    if not enabled:
        if credits is not None:
            msg = "Give no credits to turn a quota off."
            raise InvalidInput(msg)
        return QuotaChange(held, -held, quota_on=False, quota_left=0, assigned=0)
    if credits is None or not 0 <= credits <= MAX_MILLICREDITS:
        msg = "To turn a quota on, give its credits: 0 or more."
        raise InvalidInput(msg, code=ErrorCode.INVALID_AMOUNT)
    delta = credits - held
    _check_funded(account_left, delta)
    return QuotaChange(-delta, delta, quota_on=True, quota_left=credits, assigned=credits)


def adjust_quota(
    *, account_left: int, quota_left: int, assigned: int, quota_on: bool, delta: int
) -> QuotaChange:
    """Raise a quota that is on or, with a negative delta, lower it.

    Raises:
        Conflict: QUOTA_IS_OFF.
        Unfunded: the account does not have enough left, or the quota if it is lowered.
    """
    if not quota_on:
        msg = "The user's quota is off, so it can't be adjusted."
        raise Conflict(msg, code=ErrorCode.QUOTA_IS_OFF)
    if quota_left + delta < 0:
        msg = f"The quota has only {format_credits(quota_left)} credits left and can't fall below 0."
        raise Unfunded(msg)
    _check_funded(account_left, delta)
    return QuotaChange(-delta, delta, quota_on=True, quota_left=quota_left + delta, assigned=assigned + delta)


def _check_funded(account_left: int, needed: int) -> None:
    if needed > account_left:
        left = format_credits(account_left)
        msg = f"This takes {format_credits(needed)} credits, but the account has only {left} left."
        raise Unfunded(msg)
