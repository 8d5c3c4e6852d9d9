"""Quotas: setting one moves credits."""

from typing import Any

import pytest

from server.errors import ErrorCode
from server.operations.accounts.users import set_user_enabled
from server.operations.core.principals import HOLDER_SCOPES, Principal, Scope
from server.operations.core.services import Services
from server.operations.credits.quotas import adjust_user_quota, set_user_quota
from server.store.models import Account, AuditEntry, LedgerEntry, User
from tests.factories.accounts.accounts import World
from tests.factories.core.refusals import refused
from tests.factories.credits.verification import check_books
from tests.factories.messages.messages import NOT_BILLED, receive, send, submit


async def _set(world: World, user: User, credits: int | None, *, by: Principal | None = None) -> User:
    account = await Account.get(id=user.account_id)
    return await set_user_quota(
        world.services,
        by or world.holder,
        account=account.name,
        login=user.login,
        enabled=credits is not None,
        credits=credits,
    )


async def _adjust(world: World, user: User, delta: int, *, by: Principal | None = None) -> User:
    account = await Account.get(id=user.account_id)
    return await adjust_user_quota(
        world.services, by or world.holder, account=account.name, login=user.login, delta=delta
    )


async def test_the_guides_example_leaves_50_and_holds_150(services: Services, world: World) -> None:
    """Of 200 credits a quota of 150 leaves 50 to the account and holds 150."""
    account = await world.account(credits=200_000)
    user = await world.user(account)
    await set_user_quota(
        services, world.holder, account=account.name, login=user.login, enabled=True, credits=150_000
    )
    assert (await Account.get(id=account.id)).credits_left == 50_000
    assert (await User.get(id=user.id)).quota_left == 150_000


@pytest.mark.parametrize(("quota", "account_left"), [(100_000, 100_000), (0, 200_000), (None, 200_000)])
async def test_a_smaller_quota_gives_back(world: World, quota: int | None, account_left: int) -> None:
    """Of the guide's 150 held, what the quota is lowered by comes back; turned off, all of it does."""
    account = await world.account(credits=200_000)
    user = await world.user(account)
    await _set(world, user, 150_000)
    changed = await _set(world, user, quota)
    assert (await check_books(account.id)).credits_left == account_left
    user = await User.get(id=user.id)
    assert (user.quota_on, user.quota_left, user.quota_assigned) == (
        quota is not None,
        quota or 0,
        quota or 0,
    )
    assert (changed.quota_on, changed.quota_left) == (user.quota_on, user.quota_left)


async def test_a_quota_is_what_is_left_not_what_was_given(services: Services, world: World) -> None:
    """After spending, setting a quota again counts from what is left of it."""
    account = await world.account(credits=20_000)
    user = await world.user(account)
    await _set(world, user, 10_000)
    await send(services, world.as_user(user), account)
    await _set(world, user, 10_000)
    assert (await check_books(account.id)).credits_left == 9_000
    assert [entry.quota_delta for entry in await LedgerEntry.filter(kind="QUOTA_SET")] == [10_000, 1_000]


async def test_each_movement_is_told_by_its_kind(world: World) -> None:
    """The ledger and the audit trail tell setting, adjusting and releasing apart, and who did it."""
    account = await world.account(credits=20_000)
    user = await world.user(account)
    await _set(world, user, 10_000)
    await _adjust(world, user, -1_000)
    await _set(world, user, None)
    entries = await LedgerEntry.filter(user_id=user.id).order_by("sequence")
    assert [(str(e.kind), e.quota_delta, e.quota_balance) for e in entries] == [
        ("QUOTA_SET", 10_000, 10_000),
        ("QUOTA_ADJUSTED", -1_000, 9_000),
        ("QUOTA_RELEASED", -9_000, 0),
    ]
    assert {(e.user_login, e.caused_by) for e in entries} == {("script", "holder@example.com")}
    trail = await AuditEntry.filter(
        account_id=account.id, subject="script", action__contains="Quota"
    ).order_by("id")
    assert [entry.action for entry in trail] == ["setUserQuota", "adjustUserQuota", "setUserQuota"]
    assert trail[1].detail == '{"delta":"-1","enabled":true,"credits":"9"}'
    assert trail[1].before == '{"enabled":true,"credits":"10"}'


async def test_a_quota_of_nothing_blocks_its_user(services: Services, world: World) -> None:
    """A quota on with 0 credits moves nothing, leaves no entry, and lets the user send nothing."""
    account = await world.account()
    user = await world.user(account)
    await _set(world, user, 0)
    assert (await User.get(id=user.id)).quota_on
    assert await LedgerEntry.filter(kind="QUOTA_SET").count() == 0
    async with refused(ErrorCode.INSUFFICIENT_CREDITS):
        await send(services, world.as_user(user), account)


async def test_a_quota_that_is_off_already_can_be_turned_off(world: World) -> None:
    """Turning off what is off changes nothing and is no error."""
    account = await world.account()
    user = await world.user(account)
    assert not (await _set(world, user, None)).quota_on
    assert (await check_books(account.id)).ledger_sequence == 1


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"enabled": True, "credits": 200_001}, ErrorCode.INSUFFICIENT_CREDITS),
        ({"enabled": True, "credits": -1}, ErrorCode.INVALID_AMOUNT),
        ({"enabled": True}, ErrorCode.INVALID_AMOUNT),
        ({"enabled": False, "credits": 0}, ErrorCode.INVALID_INPUT),
    ],
)
async def test_a_wrong_quota_moves_nothing(
    services: Services, world: World, given: dict[str, Any], code: ErrorCode
) -> None:
    """More than the account can fund, credits that are missing, negative or needless are refused."""
    account = await world.account(credits=200_000)
    user = await world.user(account)
    async with refused(code, "credits"):
        await set_user_quota(services, world.holder, account=account.name, login=user.login, **given)


async def test_all_that_the_account_has_can_be_set_aside(world: World) -> None:
    """A quota may take the last thousandth."""
    account = await world.account(credits=200_000)
    await _set(world, await world.user(account), 200_000)
    assert (await check_books(account.id)).credits_left == 0


@pytest.mark.parametrize(("delta", "left"), [(5_000, 15_000), (-10_000, 0), (190_000, 200_000)])
async def test_a_quota_is_adjusted(world: World, delta: int, left: int) -> None:
    """The delta moves between account and quota, and what was assigned follows it."""
    account = await world.account(credits=200_000)
    user = await world.user(account)
    await _set(world, user, 10_000)
    adjusted = await _adjust(world, user, delta)
    assert (adjusted.quota_left, adjusted.quota_assigned) == (left, left)
    assert (await check_books(account.id)).credits_left == 200_000 - left


@pytest.mark.parametrize("delta", [-10_001, 190_001])
async def test_an_adjustment_beyond_what_is_there_moves_nothing(world: World, delta: int) -> None:
    """Neither the quota nor the account falls below 0."""
    account = await world.account(credits=200_000)
    user = await world.user(account)
    await _set(world, user, 10_000)
    async with refused(ErrorCode.INSUFFICIENT_CREDITS, "delta"):
        await _adjust(world, user, delta)


async def test_only_a_quota_that_is_on_is_adjusted_and_by_something(world: World) -> None:
    """There is nothing to adjust where the quota is off, and 0 is no adjustment."""
    user = await world.user(await world.account())
    async with refused(ErrorCode.QUOTA_IS_OFF, "delta"):
        await _adjust(world, user, 1_000)
    async with refused(ErrorCode.INVALID_AMOUNT, "delta"):
        await _adjust(world, user, 0)


async def test_spending_and_refunds_leave_what_was_assigned(services: Services, world: World) -> None:
    """What was assigned tells what was given, not what became of it."""
    account = await world.account()
    user = await world.user(account)
    await _set(world, user, 10_000)
    await send(services, world.as_user(user), account)
    await send(services, world.as_user(user), account)
    await set_user_enabled(services, world.holder, account=account.name, login=user.login, enabled=False)
    user = await User.get(id=user.id)
    assert (user.quota_left, user.quota_assigned) == (10_000, 10_000)


@pytest.mark.parametrize(("then", "quota_left", "account_left"), [(None, 0, 10_000), (4_000, 5_000, 5_000)])
async def test_a_refund_goes_to_the_quota_only_while_it_is_on(
    services: Services, world: World, then: int | None, quota_left: int, account_left: int
) -> None:
    """The quota gets back what it paid, whatever it was set to meanwhile; otherwise the account does."""
    account = await world.account(credits=10_000)
    user = await world.user(account)
    await _set(world, user, 5_000)
    await send(services, world.as_user(user), account)
    await submit(services, "a")
    await _set(world, user, then)
    await receive(services, ("a", NOT_BILLED))
    assert (await User.get(id=user.id)).quota_left == quota_left
    assert (await check_books(account.id)).credits_left == account_left


async def test_what_the_account_paid_comes_back_to_it(services: Services, world: World) -> None:
    """A quota turned on since the sending gets no refund of what it did not pay."""
    account = await world.account(credits=10_000)
    user = await world.user(account)
    await send(services, world.as_user(user), account)
    await submit(services, "a")
    await _set(world, user, 1_000)
    await receive(services, ("a", NOT_BILLED))
    assert (await User.get(id=user.id)).quota_left == 1_000
    assert (await check_books(account.id)).credits_left == 9_000


async def test_only_the_holder_moves_credits(world: World) -> None:
    """A neighbour sees no account; an API user, and a token without the scope, may not."""
    account = await world.account()
    user = await world.user(account)
    manager = Principal("m", HOLDER_SCOPES - {Scope.CREDITS}, holder_id=world.holder.holder_id)
    for call in (_set, _adjust):
        async with refused(ErrorCode.UNKNOWN_ACCOUNT, "account"):
            await call(world, user, 1_000, by=world.neighbour)
        for by in (world.as_user(user), manager):
            async with refused(ErrorCode.FORBIDDEN):
                await call(world, user, 1_000, by=by)
    async with refused(ErrorCode.UNKNOWN_USER, "login"):
        await _set(world, User(account_id=account.id, login="nobody"), 1_000)
