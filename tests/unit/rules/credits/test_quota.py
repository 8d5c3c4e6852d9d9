"""Setting, adjusting and turning off quotas."""

import pytest

from server.errors import Conflict, ErrorCode, InvalidInput, Unfunded
from server.rules.credits.quota import QuotaChange, adjust_quota, set_quota


def on(account_left: int, quota_left: int | None, credits: int | None) -> QuotaChange:
    """Set a quota to some credits; the remaining credits are None if it is off."""
    return set_quota(
        account_left=account_left,
        quota_on=quota_left is not None,
        quota_left=quota_left or 0,
        enabled=True,
        credits=credits,
    )


def off(quota_left: int | None, credits: int | None = None) -> QuotaChange:
    """Turn a quota off."""
    return set_quota(
        account_left=7,
        quota_on=quota_left is not None,
        quota_left=quota_left or 0,
        enabled=False,
        credits=credits,
    )


def adjust(
    delta: int, *, account_left: int = 50, quota_left: int = 100, quota_on: bool = True
) -> QuotaChange:
    """Adjust a quota of which 300 were assigned."""
    return adjust_quota(
        account_left=account_left, quota_left=quota_left, assigned=300, quota_on=quota_on, delta=delta
    )


def change(quota_delta: int, quota_left: int, assigned: int) -> QuotaChange:
    """Return the change that moves some credits into a quota."""
    return QuotaChange(-quota_delta, quota_delta, quota_on=True, quota_left=quota_left, assigned=assigned)


def test_setting_a_quota_takes_its_credits_from_the_account() -> None:
    """Of 200 credits, a quota of 150 leaves 50."""
    assert on(200_000, None, 150_000) == change(150_000, 150_000, 150_000)


def test_a_change_moves_the_difference_only() -> None:
    """From 150 to 100 gives 50 back, from 100 to 150 takes 50, whatever was spent before."""
    assert on(50_000, 150_000, 100_000) == change(-50_000, 100_000, 100_000)
    assert on(50_000, 100_000, 150_000) == change(50_000, 150_000, 150_000)
    assert on(0, 100_000, 100_000) == change(0, 100_000, 100_000)


def test_the_account_funds_to_its_last_thousandth() -> None:
    """At most the whole account may be set aside."""
    assert on(200, None, 200) == change(200, 200, 200)
    assert on(200, 100, 300) == change(200, 300, 300)
    with pytest.raises(
        Unfunded, match=r"^This takes 0.201 credits, but the account has only 0.2 left.$"
    ) as refusal:
        on(200, None, 201)
    assert refusal.value.code is ErrorCode.INSUFFICIENT_CREDITS
    with pytest.raises(Unfunded):
        on(200, 100, 301)


def test_a_quota_can_be_lowered_when_the_account_is_empty() -> None:
    """Giving credits back needs no funds."""
    assert on(0, 100, 0) == change(-100, 0, 0)


def test_a_quota_of_nothing_blocks() -> None:
    """A quota of zero credits is on."""
    assert on(10, None, 0) == change(0, 0, 0)


@pytest.mark.parametrize("credits", [None, -1, 10**15 + 1])
def test_turning_on_needs_an_amount(credits: int | None) -> None:
    """Missing, negative and absurd credits are refused as an amount, before funds are checked."""
    with pytest.raises(InvalidInput, match=r"^To turn a quota on, give its credits: 0 or more.$") as refusal:
        on(10, 5, credits)
    assert refusal.value.code is ErrorCode.INVALID_AMOUNT


def test_the_largest_amount_is_a_question_of_funds() -> None:
    """The bound on amounts is exact."""
    assert on(10**15, None, 10**15) == change(10**15, 10**15, 10**15)


def test_turning_off_gives_all_back() -> None:
    """The remaining credits return to the account, and nothing stays assigned."""
    assert off(100) == QuotaChange(100, -100, quota_on=False, quota_left=0, assigned=0)
    assert off(0) == QuotaChange(0, 0, quota_on=False, quota_left=0, assigned=0)


def test_turning_off_what_is_off_moves_nothing() -> None:
    """A quota that is off holds nothing, even if a stale number says so."""
    assert off(None) == QuotaChange(0, 0, quota_on=False, quota_left=0, assigned=0)
    stale = set_quota(account_left=0, quota_on=False, quota_left=9, enabled=False, credits=None)
    assert stale.account_delta == 0


@pytest.mark.parametrize("credits", [0, 5])
def test_turning_off_takes_no_credits(credits: int) -> None:
    """Credits for a quota that is turned off are a misunderstanding, and refused."""
    with pytest.raises(InvalidInput, match=r"^Give no credits to turn a quota off.$") as refusal:
        off(100, credits)
    assert refusal.value.code is ErrorCode.INVALID_INPUT


def test_an_adjustment_is_relative() -> None:
    """It moves both the remaining and the assigned credits, up to everything on either side."""
    assert adjust(20) == change(20, 120, 320)
    assert adjust(-20) == change(-20, 80, 280)
    assert adjust(0) == change(0, 100, 300)
    assert adjust(50) == change(50, 150, 350)
    assert adjust(-100) == change(-100, 0, 200)


def test_an_adjustment_needs_funds_on_the_side_that_gives() -> None:
    """Neither the account nor the quota falls below nothing."""
    with pytest.raises(Unfunded, match=r"^This takes 0.051 credits, but the account has only 0.05 left.$"):
        adjust(51)
    with pytest.raises(Unfunded, match=r"^The quota has only 0.1 credits left and can't fall below 0.$"):
        adjust(-101)
    assert adjust(-10, account_left=0) == change(-10, 90, 290)


def test_a_quota_that_is_off_can_not_be_adjusted() -> None:
    """There is nothing to be relative to."""
    with pytest.raises(Conflict, match=r"^The user's quota is off") as refusal:
        adjust(1, quota_left=0, quota_on=False)
    assert refusal.value.code is ErrorCode.QUOTA_IS_OFF
