"""Limits: exactly one alert for each time that the remaining credits fall to the threshold."""

import asyncio
import itertools
from typing import Any

import pytest

from server.operations.accounts.users import delete_user, set_user_enabled
from server.operations.core.services import Services
from server.operations.credits.credits import correct_credits, grant_credits, transfer_credits
from server.operations.credits.limits import set_user_limit
from server.operations.credits.quotas import adjust_user_quota, set_user_quota
from server.operations.messages.cancellation import cancel_pending_messages
from server.rules.credits.thresholds import AlertChannel
from server.store.models import Account, AuditEntry, LedgerEntry, LimitAlert, User
from tests.factories.accounts.accounts import World
from tests.factories.credits.verification import check_books
from tests.factories.messages.messages import numbers, send


async def _limit(world: World, user: User, threshold: int | None = 5_000, **more: Any) -> User:
    account = await Account.get(id=user.account_id)
    given = {"enabled": True, "threshold": threshold, "channel": AlertChannel.MAIL, "email": "a@example.com"}
    return await set_user_limit(
        world.services, world.holder, account=account.name, login=user.login, **{**given, **more}
    )


async def _quota(world: World, user: User, credits: int | None) -> None:
    account = await Account.get(id=user.account_id)
    await set_user_quota(
        world.services, world.holder, account=account.name, login=user.login,
        enabled=credits is not None, credits=credits,
    )  # fmt: skip


async def _alerts(user: User) -> list[int]:
    """Return the remaining credits of each alert of a user, in order, after checking the books."""
    await check_books(user.account_id)
    found = await LimitAlert.filter(user_id=user.id).order_by("sequence")
    return [alert.remaining for alert in found]


async def test_falling_to_the_threshold_is_told_once(services: Services, world: World) -> None:
    """The alert comes with the movement that reaches the threshold, and not again below it."""
    account = await world.account(credits=7_000)
    user = await world.user(account)
    await _limit(world, user)
    told = []
    for _ in range(4):
        await send(services, world.as_user(user), account)
        told.append(await _alerts(user))
    assert told == [[], [5_000], [5_000], [5_000]]
    user = await User.get(id=user.id)
    assert (user.limit_armed, user.last_alert_at_us) == (False, services.clock.now_us())


async def test_an_alert_says_whom_and_what_it_is_about(services: Services, world: World) -> None:
    """The row keeps the limit's values of that moment, whatever changes before delivery."""
    account = await world.account(credits=6_000)
    user = await world.user(account)
    await _limit(world, user, channel=AlertChannel.BOTH, phone_number="+33 6 12 34 50 00")
    await send(services, world.holder, account)
    alert = await LimitAlert.get()
    assert (alert.account_id, alert.user_id, alert.user_login) == (account.id, user.id, "script")
    assert (alert.remaining, alert.threshold, alert.at_us) == (5_000, 5_000, services.clock.now_us())
    assert (alert.channel, alert.email, alert.phone_number) == ("BOTH", "a@example.com", "+33612345000")


async def test_rising_above_the_threshold_arms_again(services: Services, world: World) -> None:
    """After a top-up the next fall causes an alert again."""
    account = await world.account(credits=6_000)
    user = await world.user(account)
    await _limit(world, user)
    await send(services, world.holder, account)
    await grant_credits(services, world.operator, account=account.name, credits=1, key="a")
    assert (await User.get(id=user.id)).limit_armed
    await send(services, world.holder, account)
    assert await _alerts(user) == [5_000, 4_001]


@pytest.mark.parametrize(("credits", "armed"), [(5_000, False), (5_001, True)])
async def test_a_limit_set_at_or_below_its_threshold_starts_disarmed(
    services: Services,
    world: World,
    credits: int,
    armed: bool,  # noqa: FBT001
) -> None:
    """It is silent until the credits have been above it, and the caller is informed."""
    account = await world.account(credits=credits)
    user = await world.user(account)
    assert (await _limit(world, user)).limit_armed is armed
    assert (await User.get(id=user.id)).limit_armed is armed
    await send(services, world.holder, account)
    assert len(await _alerts(user)) == int(armed)


async def test_every_movement_of_the_account_is_seen_by_its_users_without_quota(
    services: Services, world: World
) -> None:
    """Corrections, transfers, quotas of others and others' messages all bring the account down."""
    other = await world.account("sms-other-1", credits=0)
    for number, movement in enumerate(("correct", "transfer", "quota", "send")):
        account = await world.account(f"sms-demo-{number}", credits=6_000)
        user, busy = await world.user(account), await world.user(account, "busy")
        await _limit(world, user)
        if movement == "correct":
            await correct_credits(services, world.operator, account=account.name, credits=1_000, reason="x")
        elif movement == "transfer":
            await transfer_credits(
                services, world.holder, source=account.name, target=other.name, credits=1_000, key="k"
            )
        elif movement == "quota":
            await _quota(world, busy, 1_000)
        else:
            await send(services, world.as_user(busy), account)
        assert await _alerts(user) == [5_000], movement
        assert await _alerts(busy) == []


async def test_a_user_with_quota_sees_its_quota_alone(services: Services, world: World) -> None:
    """Falls of the account don't count; falls of the quota do, by spending and by adjusting."""
    account = await world.account(credits=20_000)
    user = await world.user(account)
    await _quota(world, user, 6_000)
    await _limit(world, user)
    await correct_credits(services, world.operator, account=account.name, credits=13_000, reason="x")
    assert await _alerts(user) == []
    await send(services, world.as_user(user), account)
    await _quota(world, user, 6_000)
    await adjust_user_quota(services, world.holder, account=account.name, login=user.login, delta=-2_000)
    assert await _alerts(user) == [5_000, 4_000]


@pytest.mark.parametrize(
    ("quota", "then", "alerts"),
    [(None, 5_000, [5_000]), (None, 0, [0]), (20_000, None, []), (3_000, None, []), (7_000, 3_000, [3_000])],
)
async def test_turning_the_quota_on_or_off_is_a_movement_too(
    world: World, quota: int | None, then: int | None, alerts: list[int]
) -> None:
    """What is left to the user jumps from the account's credits to the quota's, or back."""
    account = await world.account(credits=20_000)
    user = await world.user(account)
    await _quota(world, user, quota)
    await _limit(world, user)
    await _quota(world, user, then)
    assert await _alerts(user) == alerts
    assert (await User.get(id=user.id)).limit_armed is not bool(alerts)


async def test_a_quota_turned_off_onto_a_poor_account_is_told(services: Services, world: World) -> None:
    """If the account's credits with the returned quota are at the threshold, there is an alert."""
    account = await world.account(credits=10_000)
    user = await world.user(account)
    await _quota(world, user, 10_000)
    await _limit(world, user, 9_999)
    await send(services, world.as_user(user), account)
    assert await _alerts(user) == [9_000]
    await grant_credits(services, world.operator, account=account.name, credits=1_000, key="a")
    await _quota(world, user, None)
    assert await _alerts(user) == [9_000]
    assert (await User.get(id=user.id)).limit_armed


async def test_refunds_arm_again(services: Services, world: World) -> None:
    """A cancelled message brings the user above its threshold, and the next fall causes an alert."""
    account = await world.account(credits=6_000)
    user = await world.user(account)
    await _limit(world, user)
    await send(services, world.as_user(user), account)
    await cancel_pending_messages(services, world.holder, account=account.name, login=None)
    await send(services, world.as_user(user), account)
    assert await _alerts(user) == [5_000, 5_000]


async def test_a_limit_that_is_off_says_nothing(services: Services, world: World) -> None:
    """Turning a limit off forgets its state, and turning it on starts over."""
    account = await world.account(credits=6_000)
    user = await world.user(account)
    await _limit(world, user)
    off = await _limit(world, user, enabled=False, threshold=None, channel=None, email=None)
    assert not off.limit_on
    assert [off.limit_threshold, off.limit_channel, off.limit_email, off.limit_phone_number] == [None] * 4
    await send(services, world.as_user(user), account)
    assert await _alerts(user) == []
    trail = await AuditEntry.filter(action="setUserLimit").order_by("id")
    on = '{"enabled":true,"threshold":"5","channel":"MAIL","email":"a@example.com","phoneNumber":null}'
    assert [entry.detail for entry in trail] == [
        on,
        '{"enabled":false,"threshold":null,"channel":null,"email":null,"phoneNumber":null}',
    ]
    assert trail[1].before == on


@pytest.mark.parametrize("stop", [set_user_enabled, delete_user])
async def test_other_users_hear_of_what_a_deletion_frees(services: Services, world: World, stop: Any) -> None:
    """The returned credits arm the limits of others, and a later fall alerts them."""
    account = await world.account(credits=6_000)
    user, leaving = await world.user(account), await world.user(account, "leaving")
    await _limit(world, user)
    await send(services, world.as_user(leaving), account)
    more = {"enabled": False} if stop is set_user_enabled else {}
    await stop(services, world.holder, account=account.name, login="leaving", **more)
    assert (await User.get(id=user.id)).limit_armed
    await send(services, world.as_user(user), account)
    assert await _alerts(user) == [5_000, 5_000]


async def test_a_fall_of_many_senders_at_once_is_told_once(services: Services, world: World) -> None:
    """Twenty sends race through the threshold of three users: one alert for each of these."""
    account = await world.account(credits=30_000)
    watching = [await world.user(account, f"user-{n}") for n in range(3)]
    for user in watching:
        await _limit(world, user, 20_000)
    await asyncio.gather(
        *(send(services, world.as_user(user), account, number) for number in numbers(7) for user in watching)
    )
    for user in watching:
        assert await _alerts(user) == [20_000]
    assert (await Account.get(id=account.id)).alert_sequence == 3


async def test_crossings_up_and_down_at_once_are_told_once_each(services: Services, world: World) -> None:
    """However sends and top-ups mix, alerts are as many as the ledger shows falls to the threshold."""
    account = await world.account(credits=6_000)
    user = await world.user(account)
    await _limit(world, user, 5_500)
    sends = [send(services, world.holder, account, number) for number in numbers(5)]
    grants = [
        grant_credits(services, world.operator, account=account.name, credits=1_000, key=f"k{n}")
        for n in range(5)
    ]
    await asyncio.gather(*(call for pair in zip(sends, grants, strict=True) for call in pair))
    entries = await LedgerEntry.filter(account_id=account.id).order_by("sequence")
    balances = [entry.account_balance for entry in entries]
    falls = [after for before, after in itertools.pairwise(balances) if before > 5_500 >= after]
    assert await _alerts(user) == falls
