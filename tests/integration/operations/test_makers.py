"""A token's creations: never more rights than the token, and ended with it unless a session keeps them."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from server.errors import ErrorCode, Unauthenticated
from server.kit.clock import ManualClock
from server.operations.access.authentication import (
    authenticate_user,
    principal_of_secret,
    sign_in_holder,
    sign_in_user,
    sign_out,
)
from server.operations.access.holders import create_holder, reset_holder_password, set_holder_enabled
from server.operations.access.sessions import keep_user
from server.operations.access.tokens import create_access_token, revoke_access_token
from server.operations.accounts.accounts import update_account
from server.operations.accounts.user_settings import set_user_callback
from server.operations.accounts.users import change_user_password, create_user, delete_user, set_user_enabled
from server.operations.callbacks.management import rotate_callback_key
from server.operations.callbacks.replays import Span, replay_message, replay_span
from server.operations.core.principals import Principal, Scope
from server.operations.core.services import Services
from server.operations.credits.limits import set_account_limit, set_user_limit
from server.operations.credits.quotas import set_user_quota
from server.operations.messages.sending import send_message
from server.rules.credits.thresholds import AlertChannel
from server.store.models import AccessToken, AuditEntry, User
from server.store.models.accounts import AccountStatus
from tests.factories.accounts.accounts import HOLDER_PASSWORD, USER_PASSWORD, World
from tests.factories.core.refusals import refused
from tests.factories.messages.messages import draft

HERE: dict[str, Any] = {"account": "sms-demo-1", "login": "script"}
MAKER = [Scope.MANAGE, Scope.READ, Scope.SEND]
URL = "https://example.org/hook"

Act = Callable[[Services, Principal], Awaitable[Any]]


async def token_of(services: Services, *scopes: Scope, name: str = "holder") -> tuple[Principal, Principal]:
    """Return a session of a holder, and a token that it made."""
    signed_in = await sign_in_holder(
        services, email=f"{name}@example.com", password=HOLDER_PASSWORD, address=None
    )
    session = await principal_of_secret(services, signed_in.secret, None)
    made = await create_access_token(services, session, label="ci", scopes=scopes, lifetime_seconds=3_600)
    return session, await principal_of_secret(services, made.secret, None)


async def may_sign_in(services: Services, login: str = "made") -> bool:
    try:
        await authenticate_user(
            services, account="sms-demo-1", login=login, password=USER_PASSWORD, address=None
        )
    except Unauthenticated:
        return False
    return True


async def make(services: Services, by: Principal, login: str = "made") -> User:
    made = await create_user(services, by, account="sms-demo-1", login=login, password=USER_PASSWORD)
    return made.user


def _limit(channel: AlertChannel) -> dict[str, Any]:
    return {
        "enabled": True, "threshold": 1_000, "channel": channel, "email": "a@example.org", "phone_number": "+33612345678",
    }  # fmt: skip


GIVES_MORE: dict[str, tuple[set[Scope], Act]] = {
    "a user": (set(MAKER), lambda s, p: create_user(s, p, account="sms-demo-1", login="made", password=None)),
    "a password": (set(MAKER), lambda s, p: change_user_password(s, p, **HERE, password=None)),
    "a user again": (set(MAKER), lambda s, p: set_user_enabled(s, p, **HERE, enabled=True)),
    "a callback": (
        {Scope.MANAGE, Scope.READ},
        lambda s, p: set_user_callback(s, p, **HERE, url=URL, stop_url=None),
    ),
    "a callback of STOP": (
        {Scope.MANAGE, Scope.READ},
        lambda s, p: set_user_callback(s, p, **HERE, url=None, stop_url=URL),
    ),
    "a callback of all": (
        {Scope.MANAGE, Scope.READ},
        lambda s, p: update_account(s, p, account="sms-demo-1", changes={"callback_url": URL}),
    ),
    "a key": (
        {Scope.MANAGE, Scope.READ},
        lambda s, p: rotate_callback_key(s, p, account="sms-demo-1", login=None),
    ),
    "callbacks again": (
        {Scope.MANAGE, Scope.READ},
        lambda s, p: replay_span(
            s, p, Span(account="sms-demo-1", login=None, from_us=0, to_us=1), delivered_too=True
        ),
    ),
    "an alert": (
        {Scope.MANAGE, Scope.READ},
        lambda s, p: set_user_limit(s, p, **HERE, **_limit(AlertChannel.MAIL)),
    ),
    "an SMS": (
        set(MAKER),
        lambda s, p: set_account_limit(s, p, account="sms-demo-1", **_limit(AlertChannel.BOTH)),
    ),
    "credits": (
        {Scope.MANAGE, Scope.CREDITS},
        lambda s, p: delete_user(s, p, **HERE),
    ),
}


@pytest.mark.parametrize("gives", GIVES_MORE)
async def test_nobody_gives_what_they_lack(services: Services, world: World, gives: str) -> None:
    """To themselves in another guise, that is: with one scope less it is refused, with all of them it is done."""
    await world.user(await world.account())
    await set_user_quota(services, world.holder, **HERE, enabled=True, credits=1_000)
    scopes, act = GIVES_MORE[gives]
    for lacking in sorted(scopes):
        _, token = await token_of(services, *(scopes - {lacking}))
        async with refused(ErrorCode.FORBIDDEN):
            await act(services, token)
    _, token = await token_of(services, *scopes)
    await act(services, token)


async def test_stopping_and_turning_off_takes_no_more_than_managing(services: Services, world: World) -> None:
    """A person who sees something wrong should be able to stop it."""
    await world.user(await world.account())
    _, token = await token_of(services, Scope.MANAGE)
    await set_user_enabled(services, token, **HERE, enabled=False)
    await set_user_callback(services, token, **HERE, url=None, stop_url=None)
    await set_user_limit(services, token, **HERE, enabled=False)
    await delete_user(services, token, **HERE)


async def test_a_message_is_called_back_again_for_readers_only(services: Services, world: World) -> None:
    """As a whole time is."""
    await world.account()
    _, token = await token_of(services, Scope.MANAGE)
    async with refused(ErrorCode.FORBIDDEN):
        await replay_message(services, token, message_id=1, delivered_too=True)


async def test_a_users_tokens_and_sessions_end_with_the_token_that_made_the_user(
    services: Services, world: World
) -> None:
    """Neither its password, nor its session, nor a year's token that it made itself goes on."""
    account = await world.account()
    session, token = await token_of(services, *MAKER)
    made = await make(services, token)
    assert (made.maker_token_id, made.ends_at_us) == (token.token_id, services.clock.now_us() + 3_600_000_000)
    signed_in = await sign_in_user(
        services, account="sms-demo-1", login="made", password=USER_PASSWORD, address=None
    )
    user = await principal_of_secret(services, signed_in.secret, None)
    year = await create_access_token(
        services, user, label="year", scopes=[Scope.SEND], lifetime_seconds=366 * 86_400
    )
    await send_message(services, user, draft(account), idempotency_key=None)
    await revoke_access_token(services, session, token_id=token.token_id or 0)
    for secret in (signed_in.secret, year.secret):
        async with refused(ErrorCode.UNAUTHENTICATED):
            await principal_of_secret(services, secret, None)
    async with refused(ErrorCode.UNAUTHENTICATED):
        await send_message(services, user, draft(account), idempotency_key=None)
    assert not await may_sign_in(services)
    kept = await keep_user(services, session, account="sms-demo-1", login="MADE")
    assert (kept.ends_at_us, kept.maker_token_id) == (None, token.token_id)
    assert await may_sign_in(services)
    await principal_of_secret(services, year.secret, None)
    entry = await AuditEntry.get(action="keepUser")
    assert (entry.subject, entry.account_id) == ("made", account.id)


async def test_what_a_token_made_ends_when_the_token_expires(
    services: Services, world: World, clock: ManualClock
) -> None:
    """To the microsecond, though nothing is written then, and when the token's own row is gone."""
    await world.account()
    session, token = await token_of(services, *MAKER)
    await make(services, token)
    await make(services, token, "kept")
    await keep_user(services, session, account="sms-demo-1", login="kept")
    clock.advance(3_599.999999)
    assert await may_sign_in(services)
    clock.advance(0.000001)
    assert not await may_sign_in(services)
    assert await may_sign_in(services, "kept")
    await AccessToken.filter(id=token.token_id).delete()
    assert not await may_sign_in(services)


@pytest.mark.parametrize("way", ["sign out", "stop the holder", "change the password", "keep first"])
async def test_a_token_that_ends_in_any_way_takes_along_what_it_made(
    services: Services, world: World, way: str
) -> None:
    """Whoever ended it; users kept by a session go on, and stay listed with it."""
    await world.account()
    session, token = await token_of(services, *MAKER)
    user = await make(services, token)
    if way == "keep first":
        await keep_user(services, session, account="sms-demo-1", login="made")
    if way == "stop the holder":
        await set_holder_enabled(services, world.operator, email="holder@example.com", enabled=False)
    elif way == "change the password":
        await reset_holder_password(
            services, world.operator, email="holder@example.com", password=None, revoke_tokens=True
        )
    else:
        await sign_out(services, token)
    assert await may_sign_in(services) is (way == "keep first")
    assert await User.filter(maker_token_id=token.token_id).values_list("id", flat=True) == [user.id]


async def test_a_user_whose_password_a_token_set_ends_with_it(services: Services, world: World) -> None:
    """Until a session sets another: the token's owner knows the password."""
    await world.user(await world.account())
    session, token = await token_of(services, *MAKER)
    await change_user_password(services, token, **HERE, password=USER_PASSWORD)
    assert await may_sign_in(services, "script")
    await revoke_access_token(services, session, token_id=token.token_id or 0)
    assert not await may_sign_in(services, "script")
    changed = await change_user_password(services, session, **HERE, password=USER_PASSWORD)
    assert (changed.user.maker_token_id, changed.user.ends_at_us) == (None, None)
    assert await may_sign_in(services, "script")


async def test_an_ended_token_makes_nothing_more(
    services: Services, world: World, clock: ManualClock
) -> None:
    """Not even if it was checked a moment before its end."""
    await world.account()
    session, token = await token_of(services, *MAKER)
    _, other = await token_of(services, *MAKER)
    await revoke_access_token(services, session, token_id=token.token_id or 0)
    async with refused(ErrorCode.UNAUTHENTICATED):
        await make(services, token)
    clock.advance(3_600)
    async with refused(ErrorCode.UNAUTHENTICATED):
        await make(services, other)


async def test_only_a_session_keeps_a_user(services: Services, world: World) -> None:
    """A token could have what it made outlive it otherwise."""
    await world.account()
    _, token = await token_of(services, *MAKER)
    await make(services, token)
    async with refused(ErrorCode.FORBIDDEN):
        await keep_user(services, token, account="sms-demo-1", login="made")


async def test_persons_are_made_and_given_passwords_in_a_session(services: Services, world: World) -> None:
    """The password lasts, and its owner can sign in any time."""
    assert world.operator
    _, token = await token_of(services, *Scope, name="operator")
    async with refused(ErrorCode.FORBIDDEN):
        await create_holder(
            services, token, email="a@example.org", name="A", password=HOLDER_PASSWORD, is_operator=True
        )
    async with refused(ErrorCode.FORBIDDEN):
        await reset_holder_password(
            services, token, email="holder@example.com", password=None, revoke_tokens=False
        )
    _, narrow = await token_of(services, Scope.OPERATE, name="operator")
    async with refused(ErrorCode.FORBIDDEN):
        await set_holder_enabled(services, narrow, email="holder@example.com", enabled=True)
    await set_holder_enabled(services, token, email="holder@example.com", enabled=True)


async def test_a_disabled_account_wakes_its_users(services: Services, world: World) -> None:
    """So that what they follow ends at once."""
    user = await world.user(await world.account())
    await sign_in_user(services, account="sms-demo-1", login="script", password=USER_PASSWORD, address=None)
    with services.bus.listen(f"caller:user:{user.id}") as ended:
        await update_account(
            services, world.operator, account="sms-demo-1", changes={"status": AccountStatus.DISABLED}
        )
        assert ended.is_set()
