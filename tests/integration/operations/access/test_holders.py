"""Holders: who may create them, set their passwords and disable them, and what is refused."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from server.errors import Conflict, ErrorCode, Forbidden, InvalidInput, Throttled, Unauthenticated
from server.operations.access.authentication import principal_of_secret, sign_in_holder, sign_in_user
from server.operations.access.holders import (
    change_password,
    create_holder,
    reset_holder_password,
    set_holder_enabled,
)
from server.operations.access.tokens import create_access_token
from server.operations.core.principals import Principal, Scope
from server.operations.core.services import Services
from server.rules.access.throttling import FREE_FAILURES_OF_LOGIN
from server.store.models import AccessToken, AuditEntry, Holder
from tests.factories.access.argon2_runs import Argon2Runs
from tests.factories.accounts.accounts import HOLDER_PASSWORD, USER_PASSWORD, World
from tests.factories.core.refusals import refused

PASSWORD = "twelve or more"


async def test_a_holder_signs_in_with_what_was_set(services: Services, world: World) -> None:
    """Address and name are tidied, and the password is the one that was given."""
    created = await create_holder(
        services, world.operator, email="Ada@Example.org", name=" Ada ", password=PASSWORD, is_operator=False
    )
    holder = created.holder
    assert created.generated_password is None
    assert (holder.email, holder.name) == ("ada@example.org", "Ada")
    signed_in = await sign_in_holder(services, email="ADA@example.org", password=PASSWORD, address=None)
    assert signed_in.principal.holder_id == holder.id


async def test_a_holder_signs_in_with_what_was_generated(services: Services, world: World) -> None:
    """Without a password one is made, long enough for the rule, another each time."""
    passwords = set()
    for name in ("ada", "grace"):
        email = f"{name}@example.org"
        created = await create_holder(
            services, world.operator, email=email, name=name, password=None, is_operator=False
        )
        assert created.generated_password
        passwords.add(created.generated_password)
        await sign_in_holder(services, email=email, password=created.generated_password, address=None)
    assert len(passwords) == 2


async def test_the_audit_trail_keeps_no_password(services: Services, world: World) -> None:
    """It records who was created by whom, without the password."""
    await create_holder(
        services, world.operator, email="ada@example.org", name="Ada", password=PASSWORD, is_operator=True
    )
    entry = await AuditEntry.get(action="createHolder")
    assert (entry.subject, entry.caused_by) == ("ada@example.org", world.operator.name)
    assert PASSWORD not in entry.detail


async def test_only_an_operator_creates_holders(services: Services, world: World) -> None:
    """A holder is refused."""
    with pytest.raises(Forbidden):
        await create_holder(
            services, world.holder, email="ada@example.org", name="Ada", password=PASSWORD, is_operator=False
        )


async def test_an_address_is_one_holders(services: Services, world: World) -> None:
    """The address of another holder is refused in any case, and the transaction leaves nothing behind."""
    with pytest.raises(Conflict) as refused:
        await create_holder(
            services,
            world.operator,
            email="HOLDER@example.com",
            name="Ada",
            password=PASSWORD,
            is_operator=True,
        )
    assert (refused.value.code, refused.value.field) == (ErrorCode.EMAIL_TAKEN, ("email",))
    assert not await AuditEntry.exists(action="createHolder")


@pytest.mark.parametrize(
    ("changed", "field"),
    [({"email": "ada"}, "email"), ({"password": "x" * 11}, "password"), ({"name": ""}, "name")],
)
async def test_what_is_malformed_points_at_its_field(
    services: Services, world: World, changed: dict[str, str], field: str
) -> None:
    """An error names the field that it is about."""
    given = {"email": "ada@example.org", "name": "Ada", "password": PASSWORD, **changed}
    with pytest.raises(InvalidInput) as refused:
        await create_holder(services, world.operator, is_operator=False, **given)
    assert refused.value.field == (field,)


async def test_an_address_that_is_taken_costs_no_hash(
    services: Services, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is checked first; an address that is taken meanwhile is still refused."""
    runs = Argon2Runs(monkeypatch)
    given: dict[str, Any] = {
        "email": "ada@example.org",
        "name": "Ada",
        "password": PASSWORD,
        "is_operator": False,
    }
    answers = await asyncio.gather(
        *(create_holder(services, world.operator, **given) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "HolderWithPassword"]
    hashed = runs.hashed
    for _ in range(20):
        with pytest.raises(Conflict):
            await create_holder(services, world.operator, **given)
    assert runs.hashed == hashed


async def _session(services: Services, name: str = "holder", password: str = HOLDER_PASSWORD) -> Principal:
    signed_in = await sign_in_holder(services, email=f"{name}@example.com", password=password, address=None)
    return await principal_of_secret(services, signed_in.secret, None)


async def _token(services: Services, session: Principal, **more: Any) -> Principal:
    made = await create_access_token(
        services, session, label="ci", scopes=[Scope.READ], lifetime_seconds=60, **more
    )
    return await principal_of_secret(services, made.secret, None)


async def _live(*principals: Principal) -> list[bool]:
    """Tell of each principal whether its session or token goes on."""
    rows = {row.id: row for row in await AccessToken.all()}
    return [rows[principal.token_id or 0].revoked_at_us is None for principal in principals]


@pytest.mark.parametrize("revoke_tokens", [False, True])
async def test_a_password_is_changed_with_the_current_one(
    services: Services, world: World, *, revoke_tokens: bool
) -> None:
    """The session in use goes on, all others end, and tokens if that is wanted."""
    assert world.holder
    here, elsewhere = await _session(services), await _session(services)
    token, neighbour = await _token(services, here), await _session(services, "neighbour")
    await change_password(
        services, here, current=HOLDER_PASSWORD, new=PASSWORD, revoke_tokens=revoke_tokens, address=None
    )
    assert await _live(here, elsewhere, token, neighbour) == [True, False, not revoke_tokens, True]
    with pytest.raises(Unauthenticated):
        await _session(services)
    await _session(services, password=PASSWORD)
    entry = await AuditEntry.get(action="changePassword")
    assert (entry.subject, entry.caused_by) == ("holder@example.com", "holder@example.com")
    assert PASSWORD not in entry.detail


async def test_a_wrong_current_password_is_a_failed_sign_in(services: Services, world: World) -> None:
    """It changes nothing, and is throttled together with those."""
    assert world.holder
    here = await _session(services)
    given: dict[str, Any] = {"new": PASSWORD, "revoke_tokens": False, "address": "192.0.2.1"}
    async with refused(ErrorCode.WRONG_PASSWORD, "currentPassword"):
        await change_password(services, here, current="wrong", **given)
    for _ in range(FREE_FAILURES_OF_LOGIN):
        with suppress(InvalidInput, Throttled):
            await change_password(services, here, current="wrong", **given)
    with pytest.raises(Throttled):
        await change_password(services, here, current=HOLDER_PASSWORD, **given)


async def test_who_may_not_change_a_password(services: Services, world: World) -> None:
    """A token, an API user, and anybody with a short one."""
    await world.user(await world.account())
    here = await _session(services)
    given: dict[str, Any] = {"current": HOLDER_PASSWORD, "revoke_tokens": False, "address": None}
    token = await _token(services, here)
    user = await sign_in_user(
        services, account="sms-demo-1", login="script", password=USER_PASSWORD, address=None
    )
    for principal in (token, user.principal):
        async with refused(ErrorCode.FORBIDDEN):
            await change_password(services, principal, new=PASSWORD, **given)
    async with refused(ErrorCode.INVALID_PASSWORD, "newPassword"):
        await change_password(services, here, new="short", **given)


@pytest.mark.parametrize("given", [None, PASSWORD])
async def test_an_operator_resets_a_password(services: Services, world: World, given: str | None) -> None:
    """To a given or a generated one, which is shown once; all the holder's sessions end."""
    here = await _session(services)
    token = await _token(services, here)
    changed = await reset_holder_password(
        services, world.operator, email="Holder@example.com", password=given, revoke_tokens=False
    )
    assert (changed.generated_password is None) is (given is not None)
    assert await _live(here, token) == [False, True]
    password = changed.generated_password or PASSWORD
    assert len(password) >= 12
    await _session(services, password=password)
    entry = await AuditEntry.get(action="resetHolderPassword")
    assert (entry.subject, entry.caused_by) == ("holder@example.com", "operator@example.com")
    assert password not in entry.detail


async def test_what_a_reset_refuses(services: Services, world: World) -> None:
    """Whom there is not, a short password, and a holder's wish."""
    given: dict[str, Any] = {"email": "holder@example.com", "password": None, "revoke_tokens": False}
    for changed, code, field in [
        ({"email": "nobody@example.com"}, ErrorCode.UNKNOWN_HOLDER, "email"),
        ({"password": "short"}, ErrorCode.INVALID_PASSWORD, "password"),
        ({"password": ""}, ErrorCode.INVALID_PASSWORD, "password"),
    ]:
        async with refused(code, field):
            await reset_holder_password(services, world.operator, **(given | changed))
    async with refused(ErrorCode.FORBIDDEN):
        await reset_holder_password(services, world.holder, **given)


async def test_a_stopped_holder_is_out_at_once_and_its_users_go_on(services: Services, world: World) -> None:
    """Its sessions and all tokens that it made end for good; what was not its own goes on."""
    await world.user(await world.account())
    here = await _session(services)
    tokens = [await _token(services, here), await _token(services, here, user=("sms-demo-1", "script"))]
    user = await sign_in_user(
        services, account="sms-demo-1", login="script", password=USER_PASSWORD, address=None
    )
    await set_holder_enabled(services, world.operator, email="HOLDER@example.com", enabled=False)
    with pytest.raises(Unauthenticated):
        await _session(services)
    assert await _live(here, *tokens) == [False, False, False]
    await principal_of_secret(services, user.secret, None)
    entry = await AuditEntry.get(action="setHolderEnabled")
    assert (entry.subject, entry.detail) == ("holder@example.com", '{"enabled":false,"endedTokens":3}')
    await set_holder_enabled(services, world.operator, email="holder@example.com", enabled=True)
    assert await _live(here, *tokens) == [False, False, False]
    await _session(services)
    async with refused(ErrorCode.FORBIDDEN):
        await set_holder_enabled(services, world.holder, email="neighbour@example.com", enabled=False)


async def test_the_last_operator_can_not_be_stopped(services: Services, world: World) -> None:
    """Not by two who stop each other at the same time either."""
    async with refused(ErrorCode.LAST_OPERATOR, "email"):
        await set_holder_enabled(services, world.operator, email="operator@example.com", enabled=False)
    await create_holder(
        services, world.operator, email="two@example.com", name="Two", password=PASSWORD, is_operator=True
    )
    outcomes = await asyncio.gather(
        *(
            set_holder_enabled(services, world.operator, email=f"{name}@example.com", enabled=False)
            for name in ("operator", "two")
        ),
        return_exceptions=True,
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "Holder"]
    assert await Holder.filter(is_operator=True, enabled=True).count() == 1
