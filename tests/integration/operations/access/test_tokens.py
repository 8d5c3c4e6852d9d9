"""Access tokens: never more rights than their maker, shown once, and ended at once."""

from typing import Any

import pytest

from server.errors import ErrorCode
from server.kit.clock import ManualClock
from server.kit.ids import secret_digest
from server.operations.access.authentication import principal_of_secret, sign_in_holder, sign_in_user
from server.operations.access.tokens import MAX_BOUND_ACCOUNTS, create_access_token, revoke_access_token
from server.operations.accounts.user_settings import set_user_ip_restrictions
from server.operations.accounts.users import delete_user
from server.operations.core.principals import HOLDER_SCOPES, Principal, Scope
from server.operations.core.services import Services
from server.store.models import AccessToken, AuditEntry, Holder, User
from tests.factories.accounts.accounts import HOLDER_PASSWORD, USER_PASSWORD, World
from tests.factories.core.refusals import refused


async def _session(services: Services, name: str = "holder") -> Principal:
    signed_in = await sign_in_holder(
        services, email=f"{name}@example.com", password=HOLDER_PASSWORD, address=None
    )
    return await principal_of_secret(services, signed_in.secret, None)


async def _user_session(services: Services, account: str, login: str = "script") -> Principal:
    signed_in = await sign_in_user(
        services, account=account, login=login, password=USER_PASSWORD, address=None
    )
    return signed_in.principal


async def _make(services: Services, by: Principal, **more: Any) -> tuple[int, str]:
    given = {"label": "deploy", "scopes": [Scope.READ, Scope.SEND], "lifetime_seconds": 3_600, **more}
    made = await create_access_token(services, by, **given)
    return made.token.id, made.secret


async def test_a_token_stands_for_its_maker_within_its_scopes(
    services: Services, world: World, clock: ManualClock
) -> None:
    """Until it expires; its secret is kept as a digest only, and said in no record."""
    holder = await _session(services)
    _, secret = await _make(services, holder, scopes=[Scope.SEND, Scope.READ, Scope.SEND])
    token = await AccessToken.get(is_session=False)
    assert (token.digest, token.label, token.scopes) == (secret_digest(secret), "deploy", "read send")
    assert (token.holder_id, token.user_id, token.account_ids) == (world.holder.holder_id, None, "")
    principal = await principal_of_secret(services, secret, None)
    assert principal.scopes == {Scope.READ, Scope.SEND}
    assert (principal.holder_id, principal.name) == (world.holder.holder_id, "holder@example.com")
    assert (principal.bound_account_ids, principal.in_session) == (None, False)
    entry = await AuditEntry.get(action="createAccessToken")
    assert (entry.subject, entry.account_id) == ("deploy", None)
    assert secret not in entry.detail
    clock.advance(3_599.999999)
    await principal_of_secret(services, secret, None)
    clock.advance(0.000001)
    async with refused(ErrorCode.UNAUTHENTICATED):
        await principal_of_secret(services, secret, None)


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"label": ""}, ErrorCode.INVALID_INPUT, ("label",)),
        ({"label": "x" * 101}, ErrorCode.INVALID_INPUT, ("label",)),
        ({"scopes": []}, ErrorCode.INVALID_INPUT, ("scopes",)),
        ({"scopes": [Scope.READ, Scope.OPERATE]}, ErrorCode.FORBIDDEN, ()),
        ({"lifetime_seconds": 0}, ErrorCode.INVALID_INPUT, ("lifetimeSeconds",)),
        ({"lifetime_seconds": 366 * 86_400 + 1}, ErrorCode.INVALID_INPUT, ("lifetimeSeconds",)),
        ({"accounts": ["sms-next-1"]}, ErrorCode.UNKNOWN_ACCOUNT, ("accounts", "0")),
        ({"accounts": ["sms-demo-1"] * (MAX_BOUND_ACCOUNTS + 1)}, ErrorCode.INVALID_INPUT, ("accounts",)),
        ({"user": ("sms-next-1", "script")}, ErrorCode.UNKNOWN_ACCOUNT, ("user", "account")),
        ({"user": ("sms-demo-1", "nobody")}, ErrorCode.UNKNOWN_USER, ("user", "login")),
        ({"user": ("sms-demo-1", "script"), "scopes": [Scope.MANAGE]}, ErrorCode.INVALID_INPUT, ("scopes",)),
    ],
)
async def test_a_wrong_token_is_not_made(
    world: World, given: dict[str, Any], code: ErrorCode, field: tuple[str, ...]
) -> None:
    """Wider than its maker, for ever, for nothing, and for what is a neighbour's."""
    await world.user(await world.account())
    await world.user(await world.account("sms-next-1", of=world.neighbour))
    holder = await _session(world.services)
    async with refused(code, *field):
        await _make(world.services, holder, **given)


async def test_the_widest_and_longest_token_is_made(services: Services, world: World) -> None:
    """A holder's own rights, a label of 100 characters, and 366 days."""
    holder = await _session(services)
    account = await world.account()
    _, secret = await _make(
        services, holder, label="x" * 100, scopes=sorted(HOLDER_SCOPES), lifetime_seconds=366 * 86_400,
        accounts=[account.name] * MAX_BOUND_ACCOUNTS,
    )  # fmt: skip
    principal = await principal_of_secret(services, secret, None)
    assert (principal.scopes, principal.bound_account_ids) == (HOLDER_SCOPES, frozenset({account.id}))


async def test_a_token_makes_no_token(services: Services, world: World) -> None:
    """A thief of one can't prolong it."""
    assert world
    _, secret = await _make(services, await _session(services))
    token = await principal_of_secret(services, secret, None)
    async with refused(ErrorCode.FORBIDDEN):
        await _make(services, token)


async def test_a_token_bound_to_accounts_acts_in_these(services: Services, world: World) -> None:
    """Its ids are kept in order, each once."""
    first, second = await world.account("sms-a-1"), await world.account("sms-b-1")
    await world.account("sms-c-1")
    _, secret = await _make(
        services, await _session(services), accounts=[second.name, first.name, second.name]
    )
    principal = await principal_of_secret(services, secret, None)
    assert principal.bound_account_ids == frozenset({first.id, second.id})
    assert (await AccessToken.get(is_session=False)).account_ids == f"{first.id} {second.id}"


async def test_a_token_of_a_user_acts_as_that_user(services: Services, world: World) -> None:
    """With the user's rights and addresses, until the user, or the holder who made it, is stopped."""
    account = await world.account()
    user = await world.user(account)
    _, secret = await _make(services, await _session(services), user=(account.name, "SCRIPT"))
    principal = await principal_of_secret(services, secret, None)
    assert (principal.user_id, principal.holder_id, principal.name) == (user.id, None, "user:script")
    assert (principal.user_account_id, principal.scopes) == (account.id, frozenset({Scope.READ, Scope.SEND}))
    assert (await User.get(id=user.id)).last_used_at_us == services.clock.now_us()
    await set_user_ip_restrictions(
        services, world.holder, account=account.name, login=user.login, addresses=["192.0.2.1"]
    )
    async with refused(ErrorCode.ADDRESS_NOT_ALLOWED):
        await principal_of_secret(services, secret, "192.0.2.2")
    await principal_of_secret(services, secret, "192.0.2.1")
    await Holder.filter(id=world.holder.holder_id).update(enabled=False)
    async with refused(ErrorCode.UNAUTHENTICATED):
        await principal_of_secret(services, secret, "192.0.2.1")


async def test_a_user_makes_tokens_for_itself_only(services: Services, world: World) -> None:
    """Whomever it names, the token is for itself, and no wider than it is."""
    account = await world.account()
    user, other = await world.user(account), await world.user(account, "other")
    session = await _user_session(services, account.name)
    _, secret = await _make(services, session, user=(account.name, other.login), scopes=[Scope.READ])
    principal = await principal_of_secret(services, secret, None)
    assert (principal.user_id, principal.scopes) == (user.id, frozenset({Scope.READ}))
    async with refused(ErrorCode.FORBIDDEN):
        await _make(services, session, scopes=[Scope.MANAGE])


async def test_making_a_users_token_is_managing_it(services: Services, world: World) -> None:
    """A session without that right makes none."""
    account = await world.account()
    await world.user(account)
    reader = Principal("r", frozenset({Scope.READ}), holder_id=world.holder.holder_id, in_session=True)
    async with refused(ErrorCode.FORBIDDEN):
        await _make(services, reader, scopes=[Scope.READ], user=(account.name, "script"))


async def test_a_revoked_token_is_worth_nothing(services: Services, world: World, clock: ManualClock) -> None:
    """From the moment on; a second revocation changes nothing."""
    assert world
    holder = await _session(services)
    token_id, secret = await _make(services, holder)
    revoked_at_us = clock.now_us()
    for _ in range(2):
        token = await revoke_access_token(services, holder, token_id=token_id)
        assert token.revoked_at_us == revoked_at_us
        clock.advance(1)
    assert await AuditEntry.filter(action="revokeAccessToken", subject="deploy").count() == 1
    async with refused(ErrorCode.UNAUTHENTICATED):
        await principal_of_secret(services, secret, None)


async def test_a_holder_revokes_its_own_tokens_and_its_users(services: Services, world: World) -> None:
    """Whoever made them; even those of a deleted user, if the holder made them."""
    account = await world.account()
    await world.user(account)
    session = await _user_session(services, account.name)
    holder = await _session(services)
    made_by_user, _ = await _make(services, session)
    made_for_user, _ = await _make(services, holder, user=(account.name, "script"))
    assert (await revoke_access_token(services, holder, token_id=made_by_user)).revoked_at_us
    await delete_user(services, world.holder, account=account.name, login="script")
    assert (await revoke_access_token(services, holder, token_id=made_for_user)).revoked_at_us


async def test_strangers_tokens_are_not_there(services: Services, world: World) -> None:
    """A neighbour, another user, a bound token and an unused number get the same answer."""
    account, other = await world.account(), await world.account("sms-other-1")
    for login in ("script", "colleague"):
        await world.user(account, login)
    holder, neighbour = await _session(services), await _session(services, "neighbour")
    session = await _user_session(services, account.name)
    colleague = await _user_session(services, account.name, "colleague")
    holders, _ = await _make(services, holder)
    users, _ = await _make(services, session)
    bound = Principal(
        "b", HOLDER_SCOPES, holder_id=world.holder.holder_id, bound_account_ids=frozenset({other.id})
    )
    for by, token_id in (
        (neighbour, holders),
        (neighbour, users),
        (session, holders),
        (colleague, users),
        (bound, holders),
        (bound, users),
        (holder, users + 1_000),
    ):
        async with refused(ErrorCode.UNKNOWN_TOKEN, "id"):
            await revoke_access_token(services, by, token_id=token_id)
    assert (await revoke_access_token(services, session, token_id=users)).revoked_at_us
