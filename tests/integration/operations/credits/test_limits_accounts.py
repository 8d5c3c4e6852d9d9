"""An account's own limit: exactly one alert for each fall of its credits to the threshold."""

import asyncio
import itertools
from typing import Any

import pytest

from server.errors import ErrorCode
from server.operations.accounts.users import delete_user
from server.operations.core.services import Services
from server.operations.credits.credits import correct_credits, grant_credits, transfer_credits
from server.operations.credits.limits import set_account_limit, set_user_limit
from server.operations.credits.quotas import set_user_quota
from server.operations.messages.cancellation import cancel_pending_messages
from server.rules.credits.thresholds import AlertChannel
from server.store.models import Account, AuditEntry, LedgerEntry, LimitAlert
from tests.factories.accounts.accounts import World
from tests.factories.core.refusals import refused
from tests.factories.messages.messages import answer, claim, numbers, refused_with, send
from tests.factories.notifications.alerts import EMAIL, alerts_of, watch


async def test_the_account_is_told_of_once_and_armed_again_above(services: Services, world: World) -> None:
    """The alert comes with the movement that reaches the threshold, and after a top-up with the next fall."""
    account = await world.account(credits=7_000)
    await watch(world, account)
    found = []
    for _ in range(4):
        await send(services, world.holder, account)
        found.append(await alerts_of(account))
    assert found == [[], [5_000], [5_000], [5_000]]
    stored = await Account.get(id=account.id)
    assert (stored.alert_armed, stored.last_alert_at_us) == (False, services.clock.now_us())
    await grant_credits(services, world.operator, account=account.name, credits=2_001, key="a")
    assert (await Account.get(id=account.id)).alert_armed
    await send(services, world.holder, account)
    assert await alerts_of(account) == [5_000, 4_001]
    alert = (await LimitAlert.filter(account_id=account.id).order_by("sequence"))[0]
    assert (alert.user_id, alert.user_login, alert.threshold, alert.email) == (None, None, 5_000, EMAIL)


async def test_every_movement_of_the_account_counts(services: Services, world: World) -> None:
    """Corrections, transfers, quotas, a user's messages: whatever takes the credits down."""
    other = await world.account("sms-other-1", credits=0)
    for number, movement in enumerate(("correct", "transfer", "quota", "send")):
        account = await world.account(f"sms-demo-{number}", credits=6_000)
        user = await world.user(account)
        await watch(world, account)
        calls: dict[str, Any] = {
            "correct": lambda name=account.name: correct_credits(
                services, world.operator, account=name, credits=1_000, reason="x"
            ),
            "transfer": lambda name=account.name: transfer_credits(
                services, world.holder, source=name, target=other.name, credits=1_000, key="k"
            ),
            "quota": lambda name=account.name: set_user_quota(
                services, world.holder, account=name, login="script", enabled=True, credits=1_000
            ),
            "send": lambda user=user, account=account: send(services, world.as_user(user), account),
        }
        await calls[movement]()
        assert await alerts_of(account) == [5_000], movement


async def test_what_comes_back_arms_again(services: Services, world: World) -> None:
    """Cancelled and unbilled messages, a deleted user's quota, and credits from another account."""
    account, other = await world.account(credits=6_000), await world.account("sms-other-1")
    await world.user(account)
    await watch(world, account)
    given = {"account": account.name, "login": "script"}

    async def cancel() -> None:
        await send(services, world.holder, account)
        await cancel_pending_messages(services, world.holder, account=account.name, login=None)

    async def be_refused() -> None:
        await send(services, world.holder, account)
        await answer(services, await claim(services), refused_with(20))

    async def delete() -> None:
        await set_user_quota(services, world.holder, **given, enabled=True, credits=1_000)
        await delete_user(services, world.holder, **given)

    async def transfer() -> None:
        await send(services, world.holder, account)
        await transfer_credits(
            services, world.holder, source=other.name, target=account.name, credits=1_000, key="k"
        )

    for round_, rise in enumerate((cancel, be_refused, delete, transfer), start=1):
        await rise()
        assert await alerts_of(account) == [5_000] * round_
        assert (await Account.get(id=account.id)).alert_armed, rise.__name__


async def test_the_accounts_limit_and_its_users_do_not_disturb_each_other(
    services: Services, world: World
) -> None:
    """One movement may raise both; a user's quota is none of the account's business."""
    account = await world.account(credits=20_000)
    user = await world.user(account)
    await watch(world, account, 19_000)
    await set_user_limit(
        services, world.holder, account=account.name, login="script", enabled=True, threshold=19_000,
        channel=AlertChannel.MAIL, email=EMAIL,
    )  # fmt: skip
    await send(services, world.holder, account)
    alerts = await LimitAlert.filter(account_id=account.id).order_by("sequence")
    assert [(alert.sequence, alert.user_login) for alert in alerts] == [(1, "script"), (2, None)]
    await grant_credits(services, world.operator, account=account.name, credits=10_000, key="a")
    await set_user_quota(
        services, world.holder, account=account.name, login="script", enabled=True, credits=9_500
    )
    await send(services, world.as_user(user), account)
    assert await alerts_of(account) == [19_000]


@pytest.mark.parametrize(("credits", "armed"), [(5_000, False), (5_001, True)])
async def test_a_limit_set_at_or_below_its_threshold_starts_disarmed(
    services: Services,
    world: World,
    credits: int,
    armed: bool,  # noqa: FBT001
) -> None:
    """It is silent until the credits have been above it, and the caller is informed."""
    account = await world.account(credits=credits)
    assert (await watch(world, account)).alert_armed is armed
    await send(services, world.holder, account)
    assert len(await alerts_of(account)) == int(armed)


async def test_turning_it_off_keeps_nothing_of_it(services: Services, world: World) -> None:
    """A limit that is off says nothing; both changes are in the audit trail."""
    account = await world.account(credits=6_000)
    await watch(world, account)
    off = await watch(world, account, enabled=False, threshold=None, channel=None, email=None)
    assert not off.alert_on
    assert [off.alert_threshold, off.alert_channel, off.alert_email] == [None] * 3
    await send(services, world.holder, account)
    assert await alerts_of(account) == []
    trail = await AuditEntry.filter(action="setAccountLimit").order_by("id")
    assert [(entry.subject, entry.detail) for entry in trail] == [
        (
            account.name,
            f'{{"enabled":true,"threshold":"5","channel":"MAIL","email":"{EMAIL}","phoneNumber":null}}',
        ),
        (account.name, '{"enabled":false,"threshold":null,"channel":null,"email":null,"phoneNumber":null}'),
    ]


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"threshold": 999}, ErrorCode.INVALID_THRESHOLD, "threshold"),
        ({"channel": None}, ErrorCode.INVALID_INPUT, "channel"),
        ({"email": None}, ErrorCode.INVALID_EMAIL, "email"),
        ({"email": "a@example.com\r\nBcc: b@example.com"}, ErrorCode.INVALID_EMAIL, "email"),
        ({"channel": AlertChannel.SMS}, ErrorCode.INVALID_PHONE_NUMBER, "phoneNumber"),
        ({"enabled": False}, ErrorCode.INVALID_INPUT, "threshold"),
    ],
)
async def test_a_wrong_limit_is_refused(
    world: World, given: dict[str, Any], code: ErrorCode, field: str
) -> None:
    """It takes what a user's limit takes."""
    account = await world.account()
    right = {"threshold": 5_000, "channel": AlertChannel.MAIL, "email": EMAIL}
    async with refused(code, field):
        await set_account_limit(
            world.services, world.holder, account=account.name, **{"enabled": True, **right, **given}
        )


async def test_only_its_holder_may_set_it(services: Services, world: World) -> None:
    """A neighbour sees no account, and an API user may not."""
    account = await world.account()
    user = world.as_user(await world.user(account))
    given: dict[str, Any] = {"account": account.name, "enabled": False}
    async with refused(ErrorCode.UNKNOWN_ACCOUNT, "account"):
        await set_account_limit(services, world.neighbour, **given)
    async with refused(ErrorCode.FORBIDDEN):
        await set_account_limit(services, user, **given)


async def test_crossings_up_and_down_at_once_are_told_once_each(services: Services, world: World) -> None:
    """However sends and top-ups mix, alerts are as many as the ledger shows falls to the threshold."""
    account = await world.account(credits=20_000)
    await watch(world, account, 16_500)
    await services.message_ids.take(1)
    sends = [send(services, world.holder, account, number) for number in numbers(8)]
    grants = [
        grant_credits(services, world.operator, account=account.name, credits=1_000, key=f"k{n}")
        for n in range(4)
    ]
    await asyncio.gather(*sends[:4], *grants, *sends[4:])
    entries = await LedgerEntry.filter(account_id=account.id).order_by("sequence")
    balances = [entry.account_balance for entry in entries]
    falls = [after for before, after in itertools.pairwise(balances) if before > 16_500 >= after]
    assert falls
    assert await alerts_of(account) == falls
