"""Properties of every change of a quota."""

from hypothesis import given
from hypothesis import strategies as st

from server.errors import Conflict, Refusal, Unfunded
from server.rules.credits.quota import QuotaChange, adjust_quota, set_quota

amounts = st.integers(0, 1_000)
deltas = st.integers(-1_500, 1_500)


def check_conserved(account_left: int, held: int, change: QuotaChange) -> None:
    """Assert that credits moved, and none were created, lost or lent."""
    assert change.account_delta + change.quota_delta == 0
    assert account_left + change.account_delta >= 0
    assert held + change.quota_delta == change.quota_left >= 0
    assert change.quota_on or change.quota_left == change.assigned == 0


@given(account=amounts, on=st.booleans(), left=amounts, credits=st.integers(0, 1_500))
def test_setting_a_quota_conserves_or_is_refused(*, account: int, on: bool, left: int, credits: int) -> None:
    """A quota gets exactly the requested credits, exactly when the account can fund it."""
    held = left if on else 0
    try:
        change = set_quota(account_left=account, quota_on=on, quota_left=held, enabled=True, credits=credits)
    except Unfunded:
        assert credits > account + held
        return
    assert credits <= account + held
    check_conserved(account, held, change)
    assert change.quota_left == change.assigned == credits


@given(account=amounts, on=st.booleans(), left=amounts)
def test_turning_a_quota_off_conserves(*, account: int, on: bool, left: int) -> None:
    """All remaining credits return."""
    held = left if on else 0
    change = set_quota(account_left=account, quota_on=on, quota_left=held, enabled=False, credits=None)
    check_conserved(account, held, change)
    assert change.account_delta == held


@given(amounts, amounts, amounts, deltas)
def test_adjusting_a_quota_conserves_or_is_refused(
    account: int, left: int, assigned: int, delta: int
) -> None:
    """An adjustment happens exactly when both sides stay at zero or more."""
    try:
        change = adjust_quota(
            account_left=account, quota_left=left, assigned=assigned, quota_on=True, delta=delta
        )
    except Unfunded:
        assert left + delta < 0 or delta > account
        return
    check_conserved(account, left, change)
    assert change.quota_delta == change.assigned - assigned == delta


@given(amounts, st.lists(st.tuples(st.sampled_from(["set", "off", "adjust"]), deltas), max_size=30))
def test_any_run_of_changes_conserves(account: int, steps: list[tuple[str, int]]) -> None:
    """Account and quota together keep their sum after any number of changes, including refused ones."""
    total, on, left, assigned = account, False, 0, 0
    for step, number in steps:
        try:
            if step == "adjust":
                change = adjust_quota(
                    account_left=account, quota_left=left, assigned=assigned, quota_on=on, delta=number
                )
            else:
                enabled = step == "set"
                change = set_quota(
                    account_left=account,
                    quota_on=on,
                    quota_left=left,
                    enabled=enabled,
                    credits=number if enabled else None,
                )
        except Conflict:
            assert not on
        except Refusal:
            assert step != "off"
        else:
            account, on, left, assigned = (
                account + change.account_delta, change.quota_on, change.quota_left, change.assigned,
            )  # fmt: skip
        assert account + left == total
        assert min(account, left) >= 0
