"""Setting a limit: its requirements, and who may."""

from typing import Any

import pytest

from server.errors import ErrorCode
from server.operations.core.services import Services
from server.operations.credits.limits import set_user_limit
from server.rules.credits.thresholds import AlertChannel
from server.store.models import Account, User
from tests.factories.accounts.accounts import World
from tests.factories.core.refusals import refused


async def _limit(world: World, user: User, threshold: int | None = 5_000, **more: Any) -> User:
    account = await Account.get(id=user.account_id)
    given = {"enabled": True, "threshold": threshold, "channel": AlertChannel.MAIL, "email": "a@example.com"}
    return await set_user_limit(
        world.services, world.holder, account=account.name, login=user.login, **{**given, **more}
    )


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"threshold": 999}, ErrorCode.INVALID_THRESHOLD, "threshold"),
        ({"threshold": None}, ErrorCode.INVALID_THRESHOLD, "threshold"),
        ({"channel": None}, ErrorCode.INVALID_INPUT, "channel"),
        ({"email": None}, ErrorCode.INVALID_EMAIL, "email"),
        ({"email": "a@b"}, ErrorCode.INVALID_EMAIL, "email"),
        ({"channel": AlertChannel.BOTH}, ErrorCode.INVALID_PHONE_NUMBER, "phoneNumber"),
        ({"channel": AlertChannel.SMS}, ErrorCode.INVALID_PHONE_NUMBER, "phoneNumber"),
        ({"phone_number": "0612345000"}, ErrorCode.INVALID_PHONE_NUMBER, "phoneNumber"),
        ({"enabled": False}, ErrorCode.INVALID_INPUT, "threshold"),
        ({"enabled": False, "threshold": None}, ErrorCode.INVALID_INPUT, "channel"),
        ({"enabled": False, "threshold": None, "channel": None}, ErrorCode.INVALID_INPUT, "email"),
        (
            {
                "enabled": False,
                "threshold": None,
                "channel": None,
                "email": None,
                "phone_number": "+33612345000",
            },
            ErrorCode.INVALID_INPUT,
            "phoneNumber",
        ),
    ],
)
async def test_a_wrong_limit_is_refused(
    world: World, given: dict[str, Any], code: ErrorCode, field: str
) -> None:
    """A limit needs 1 credit, a channel and what the channel needs; one that is off takes nothing."""
    user = await world.user(await world.account())
    async with refused(code, field):
        await _limit(world, user, **given)


@pytest.mark.parametrize(
    ("channel", "email", "number"),
    [
        (AlertChannel.MAIL, "a@example.com", None),
        (AlertChannel.SMS, None, "+33612345000"),
        (AlertChannel.BOTH, "a@example.com", "+33612345000"),
        (AlertChannel.SMS, "a@example.com", "+33612345000"),
    ],
)
async def test_each_channel_keeps_what_it_is_given(
    world: World, channel: AlertChannel, email: str | None, number: str | None
) -> None:
    """The smallest threshold is 1 credit; an address that the channel does not need may be there."""
    user = await world.user(await world.account())
    await _limit(world, user, 1_000, channel=channel, email=email, phone_number=number)
    user = await User.get(id=user.id)
    assert (user.limit_on, user.limit_threshold, user.limit_channel) == (True, 1_000, channel)
    assert (user.limit_email, user.limit_phone_number) == (email, number)


async def test_strangers_set_no_limits(services: Services, world: World) -> None:
    """A neighbour sees no account, nobody a login that is not there, and an API user may not."""
    account = await world.account()
    user = await world.user(account)
    for by, login, code, field in (
        (world.neighbour, user.login, ErrorCode.UNKNOWN_ACCOUNT, ("account",)),
        (world.holder, "nobody", ErrorCode.UNKNOWN_USER, ("login",)),
        (world.as_user(user), user.login, ErrorCode.FORBIDDEN, ()),
    ):
        async with refused(code, *field):
            await set_user_limit(services, by, account=account.name, login=login, enabled=False)
