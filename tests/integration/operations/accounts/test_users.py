"""API users: who may create and change them; their passwords."""

import asyncio
import re
from typing import Any

import pytest

from server.errors import Conflict, DomainError, ErrorCode
from server.kit.clock import ManualClock
from server.operations.access.authentication import sign_in_user
from server.operations.accounts import user_settings, users
from server.operations.core.services import Services
from server.store.models import AccessToken, AuditEntry, User
from tests.factories.access.argon2_runs import Argon2Runs
from tests.factories.accounts.accounts import USER_PASSWORD, World
from tests.factories.core.refusals import refused


async def test_a_user_is_created_with_the_given_password(services: Services, world: World) -> None:
    """The user can act with the password, which is nowhere to be read again."""
    account = await world.account()
    created = await users.create_user(
        services, world.holder, account=account.name, login="Script.1", password="Abcd1234"
    )
    assert created.generated_password is None
    user = await User.get(account_id=account.id)
    assert (user.login, user.enabled, user.quota_on, user.limit_on) == ("Script.1", True, False, False)
    assert user.created_at_us == services.clock.now_us()
    assert await services.passwords.verify(user.password_hash, "Abcd1234")
    entry = await AuditEntry.filter(action="createUser").get()
    assert (entry.subject, entry.caused_by, entry.detail) == (
        "Script.1", "holder@example.com", '{"login":"Script.1","password":"[redacted]"}',
    )  # fmt: skip


async def test_a_password_can_be_generated(services: Services, world: World) -> None:
    """Without a password the server draws one, returns it once, and it is the one that works."""
    account = await world.account()
    created = await users.create_user(
        services, world.holder, account=account.name, login="script", password=None
    )
    assert re.fullmatch("[A-Za-z0-9]{8}", created.generated_password or "")
    assert await services.passwords.verify(created.user.password_hash, created.generated_password or "")


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"login": "no spaces"}, ErrorCode.INVALID_LOGIN, "login"),
        ({"password": "abcd123"}, ErrorCode.INVALID_PASSWORD, "password"),
        ({"password": ""}, ErrorCode.INVALID_PASSWORD, "password"),
        ({"login": "TAKEN"}, ErrorCode.LOGIN_TAKEN, "login"),
        ({"account": "sms-never-1"}, ErrorCode.UNKNOWN_ACCOUNT, "account"),
    ],
)
async def test_a_wrong_user_is_not_created(
    services: Services, world: World, given: dict[str, Any], code: ErrorCode, field: str
) -> None:
    """A login that is malformed or taken in whatever case, and a password of another form, are refused."""
    account = await world.account()
    await world.user(account, "taken")
    async with refused(code, field):
        await users.create_user(
            services,
            world.holder,
            **{"account": account.name, "login": "script", "password": "abcd1234", **given},
        )


async def test_of_two_users_created_at_once_one_gets_the_login(services: Services, world: World) -> None:
    """A race for a login leaves one user, and a refusal with a reason."""
    account = await world.account()
    tries = [
        users.create_user(services, world.holder, account=account.name, login=login, password=None)
        for login in ("script", "Script", "SCRIPT")
    ]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert [r.code for r in results if isinstance(r, Conflict)] == [ErrorCode.LOGIN_TAKEN] * 2
    assert await User.all().count() == 1


async def test_two_accounts_may_have_the_same_login(world: World) -> None:
    """A login is unique in its account only."""
    first = await world.user(await world.account("sms-a-1"))
    second = await world.user(await world.account("sms-b-1"))
    assert first.login == second.login


CALLS: dict[str, dict[str, Any]] = {
    "change_user_password": {"password": "abcd1234"},
    "set_user_enabled": {"enabled": False},
    "delete_user": {},
    "set_user_ip_restrictions": {"addresses": ["192.0.2.1"]},
    "set_user_callback": {"url": "https://example.com", "stop_url": None},
}


@pytest.mark.parametrize("name", CALLS)
async def test_a_stranger_finds_no_user_to_change(services: Services, world: World, name: str) -> None:
    """For a neighbour there is no account, for the holder no such login, and an API user may not."""
    account = await world.account()
    user = await world.user(account)
    call = getattr(users if hasattr(users, name) else user_settings, name)

    async def try_it(by: Any, login: str = user.login) -> None:
        await call(services, by, account=account.name, login=login, **CALLS[name])

    async with refused(ErrorCode.UNKNOWN_ACCOUNT, "account"):
        await try_it(world.neighbour)
    async with refused(ErrorCode.UNKNOWN_USER, "login"):
        await try_it(world.holder, "nobody")
    async with refused(ErrorCode.FORBIDDEN):
        await try_it(world.as_user(user))


async def test_a_stranger_creates_no_user(services: Services, world: World) -> None:
    """A neighbour and an API user can't add users to an account."""
    account = await world.account()
    user = world.as_user(await world.user(account))
    for by, code, field in (
        (world.neighbour, ErrorCode.UNKNOWN_ACCOUNT, ("account",)),
        (user, ErrorCode.FORBIDDEN, ()),
    ):
        async with refused(code, *field):
            await users.create_user(services, by, account=account.name, login="spy", password=None)


async def test_a_changed_password_ends_sessions(services: Services, world: World, clock: ManualClock) -> None:
    """The new password works, the old one does not, and what was signed in is signed out."""
    account = await world.account()
    user, other = await world.user(account), await world.user(account, "other")
    for login in (user.login, other.login):
        await sign_in_user(services, account=account.name, login=login, password=USER_PASSWORD, address=None)
    changed = await users.change_user_password(
        services, world.holder, account=account.name, login="SCRIPT", password="Zyxw9876"
    )
    assert changed.generated_password is None
    user = await User.get(id=user.id)
    assert await services.passwords.verify(user.password_hash, "Zyxw9876")
    assert not await services.passwords.verify(user.password_hash, USER_PASSWORD)
    ended_at_us = clock.now_us()
    clock.advance(1)
    await users.change_user_password(
        services, world.holder, account=account.name, login=user.login, password=None
    )
    assert (await AccessToken.get(user_id=user.id)).revoked_at_us == ended_at_us
    assert (await AccessToken.get(user_id=other.id)).revoked_at_us is None
    trail = await AuditEntry.filter(action="changeUserPassword")
    assert {entry.detail for entry in trail} == {'{"password":"[redacted]"}'}


async def test_a_new_password_has_the_rules_form_too(services: Services, world: World) -> None:
    """A password that is no 8 letters or digits is refused, and the old one stays."""
    account = await world.account()
    user = await world.user(account)
    async with refused(ErrorCode.INVALID_PASSWORD, "password"):
        await users.change_user_password(
            services, world.holder, account=account.name, login=user.login, password="far too long"
        )


async def test_nothing_is_hashed_in_vain(
    services: Services, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A taken login and a missing user or account are refused before any hashing."""
    account = await world.account()
    await world.user(account)
    runs = Argon2Runs(monkeypatch)
    given = {"account": account.name, "login": "SCRIPT", "password": USER_PASSWORD}
    for _ in range(90):
        async with refused(ErrorCode.LOGIN_TAKEN, "login"):
            await users.create_user(services, world.holder, **given)
    for changed in ({"account": "sms-never-1"}, {"login": "two words"}, {"password": "short"}):
        with pytest.raises(DomainError):
            await users.create_user(services, world.holder, **{**given, "login": "new", **changed})
    for changed in ({"account": "sms-never-1"}, {"login": "nobody"}):
        with pytest.raises(DomainError):
            await users.change_user_password(services, world.holder, **{**given, **changed})
    assert runs.hashed == 0
