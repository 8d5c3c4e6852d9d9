"""Signing in, and the rights of a session or a token at each use."""

from dataclasses import replace
from typing import Any

import pytest

from server.errors import DomainError, ErrorCode, Unauthenticated
from server.kit.clock import ManualClock
from server.kit.ids import secret_digest
from server.kit.ip_address import address_text
from server.kit.passwords import SERVER_FLOW, Flow, PasswordHasher, Turn
from server.operations.access.authentication import (
    SignedIn,
    authenticate_user,
    principal_of_secret,
    sign_in_holder,
    sign_in_user,
    sign_out,
)
from server.operations.accounts.user_settings import set_user_ip_restrictions
from server.operations.accounts.users import create_user, delete_user
from server.operations.core.principals import HOLDER_SCOPES, OPERATOR_SCOPES, USER_SCOPES
from server.operations.core.services import Services
from server.store.models import AccessToken, Account, Holder, Throttle, User
from server.store.models.accounts import AccountStatus
from tests.factories.accounts.accounts import HOLDER_PASSWORD, USER_PASSWORD, World
from tests.factories.core.refusals import refused

HOME = "192.0.2.1"


async def _holder(services: Services, email: str = "holder@example.com", **more: Any) -> SignedIn:
    given = {"email": email, "password": HOLDER_PASSWORD, "address": HOME, **more}
    return await sign_in_holder(services, **given)


async def _user(services: Services, user: User, **more: Any) -> SignedIn:
    account = await Account.get(id=user.account_id)
    given = {"account": account.name, "login": user.login, "password": USER_PASSWORD, "address": HOME, **more}
    return await sign_in_user(services, **given)


@pytest.mark.parametrize(("name", "scopes"), [("holder", HOLDER_SCOPES), ("operator", OPERATOR_SCOPES)])
async def test_a_holder_signs_in(services: Services, world: World, name: str, scopes: frozenset[str]) -> None:
    """The session stands for the holder with all its rights until it ends; only a digest is kept."""
    signed_in = await _holder(services, f" {name.upper()}@Example.com ")
    assert signed_in.expires_at_us == services.clock.now_us() + services.policy.session_seconds * 1_000_000
    principal = await principal_of_secret(services, signed_in.secret, HOME)
    assert (principal.name, principal.scopes) == (f"{name}@example.com", scopes)
    assert (principal.holder_id, principal.user_id) == (getattr(world, name).holder_id, None)
    assert (principal.is_user, principal.bound_account_ids, principal.in_session) == (False, None, True)
    assert (signed_in.principal.holder_id, signed_in.principal.scopes) == (principal.holder_id, scopes)
    token = await AccessToken.get()
    assert (token.digest, token.is_session) == (secret_digest(signed_in.secret), True)
    assert (token.holder_id, token.user_id, token.id) == (principal.holder_id, None, principal.token_id)


async def test_an_api_user_signs_in(services: Services, world: World) -> None:
    """The session stands for the user alone, with the right to read and to send, in whatever case its login."""
    account = await world.account()
    other, user = await world.user(account, "other"), await world.user(account)
    signed_in = await _user(services, user, login="SCRIPT")
    assert (await User.get(id=user.id)).last_used_at_us == services.clock.now_us()
    principal = await principal_of_secret(services, signed_in.secret, HOME)
    assert (principal.name, principal.scopes, principal.is_user) == ("user:script", USER_SCOPES, True)
    assert (principal.user_id, principal.user_account_id, principal.holder_id) == (user.id, account.id, None)
    assert principal.in_session
    assert (await User.get(id=other.id)).last_used_at_us is None


async def test_nobody_is_told_what_was_wrong(services: Services, world: World) -> None:
    """A wrong name, a wrong password, a disabled and a deleted person get the same message."""
    account = await world.account()
    user, disabled, deleted = [
        await world.user(account, login) for login in ("script", "disabled", "deleted")
    ]
    await User.filter(id=disabled.id).update(enabled=False)
    await delete_user(services, world.holder, account=account.name, login=deleted.login)
    words = set()
    for given in (
        {"password": "wrong123"},
        {"login": "nobody"},
        {"account": "sms-never-1"},
        {"login": "disabled"},
        {"login": "deleted"},
        {"password": "x" * 5_000},
        {"password": "\ud800"},
    ):
        with pytest.raises(DomainError) as caught:
            await _user(services, user, **given)
        words.add((caught.value.code, caught.value.message))
    assert words == {(ErrorCode.UNAUTHENTICATED, "The account, the login or the password is wrong.")}
    await Holder.filter(email="neighbour@example.com").update(enabled=False)
    words = set()
    for more in ({"email": "nobody@example.com"}, {"password": "wrong"}, {"email": "neighbour@example.com"}):
        with pytest.raises(DomainError) as caught:
            await _holder(services, **more)
        words.add((caught.value.code, caught.value.message))
    assert words == {(ErrorCode.UNAUTHENTICATED, "The e-mail address or the password is wrong.")}
    assert await AccessToken.all().count() == 0


async def test_a_login_used_again_is_its_new_users(services: Services, world: World) -> None:
    """The old one's password is worth nothing, and the new one's signs the new user in."""
    account = await world.account()
    old = await world.user(account)
    await delete_user(services, world.holder, account=account.name, login=old.login)
    created = await create_user(
        services, world.holder, account=account.name, login=old.login, password="Zyxw9876"
    )
    signed_in = await _user(services, old, password="Zyxw9876")
    assert signed_in.principal.user_id == created.user.id
    async with refused(ErrorCode.UNAUTHENTICATED):
        await _user(services, old)


async def test_nobody_signs_in_to_a_disabled_account(services: Services, world: World) -> None:
    """Its users only learn that something is wrong."""
    account = await world.account()
    user = await world.user(account)
    signed_in = await _user(services, user)
    await Account.filter(id=account.id).update(status=AccountStatus.DISABLED)
    async with refused(ErrorCode.UNAUTHENTICATED):
        await _user(services, user)
    async with refused(ErrorCode.UNAUTHENTICATED):
        await authenticate_user(
            services, account=account.name, login=user.login, password=USER_PASSWORD, address=HOME
        )
    with pytest.raises(DomainError):
        await principal_of_secret(services, signed_in.secret, HOME)


async def test_a_restricted_user_acts_from_its_addresses_only(services: Services, world: World) -> None:
    """With its password and with its session, and from no address that is not known."""
    account = await world.account()
    user = await world.user(account)
    signed_in = await _user(services, user)
    await set_user_ip_restrictions(
        services, world.holder, account=account.name, login=user.login, addresses=[HOME, "2001:db8::1"]
    )
    await _user(services, user, address="2001:db8::1")
    await principal_of_secret(services, signed_in.secret, HOME)
    for address in ("192.0.2.11", "2001:db8::", None):
        with pytest.raises(DomainError) as caught:
            await _user(services, user, address=address)
        assert caught.value.code is ErrorCode.ADDRESS_NOT_ALLOWED
        with pytest.raises(DomainError) as caught:
            await principal_of_secret(services, signed_in.secret, address)
        assert caught.value.code is ErrorCode.ADDRESS_NOT_ALLOWED
    async with refused(ErrorCode.UNAUTHENTICATED):
        await _user(services, user, password="wrong123", address="192.0.2.11")


async def test_a_session_ends(services: Services, world: World, clock: ManualClock) -> None:
    """By its time, by signing out, by a disabled holder; an unknown secret never began."""
    secrets = [
        (await _holder(services, email)).secret for email in ("holder@example.com", "neighbour@example.com")
    ]
    await sign_out(services, await principal_of_secret(services, secrets[0], HOME))
    expiring = (await _holder(services)).secret
    await Holder.filter(email="neighbour@example.com").update(enabled=False)
    for secret in (*secrets, "chs_never"):
        async with refused(ErrorCode.UNAUTHENTICATED):
            await principal_of_secret(services, secret, HOME)
    clock.advance(services.policy.session_seconds - 0.000001)
    assert (await principal_of_secret(services, expiring, HOME)).holder_id == world.holder.holder_id
    clock.advance(0.000001)
    async with refused(ErrorCode.UNAUTHENTICATED):
        await principal_of_secret(services, expiring, HOME)


async def test_signing_out_ends_one_session(services: Services, world: World, clock: ManualClock) -> None:
    """The holder's other sessions go on, and a past end does not change."""
    first, second = [(await _holder(services)).secret for _ in range(2)]
    principal = await principal_of_secret(services, first, HOME)
    for _ in range(2):
        await sign_out(services, principal)
        clock.advance(60)
    assert (await AccessToken.get(id=principal.token_id)).revoked_at_us == clock.now_us() - 120 * 1_000_000
    assert (await principal_of_secret(services, second, HOME)).name == world.holder.name


async def test_whoever_uses_no_token_signs_nobody_out(services: Services, world: World) -> None:
    """It means no session, rather than everybody's."""
    secret = (await _holder(services)).secret
    principal = await principal_of_secret(services, secret, HOME)
    await sign_out(services, replace(principal, token_id=None))
    assert (await principal_of_secret(services, secret, HOME)).name == world.holder.name


async def test_the_sessions_of_a_stopped_user_are_worth_nothing(services: Services, world: World) -> None:
    """What changes meanwhile is checked at each use."""
    account = await world.account()
    user = await world.user(account)
    secret = (await _user(services, user)).secret
    await User.filter(id=user.id).update(enabled=False)
    with pytest.raises(DomainError) as caught:
        await principal_of_secret(services, secret, HOME)
    assert caught.value.code is ErrorCode.UNAUTHENTICATED
    await User.filter(id=user.id).update(enabled=True, deleted_at_us=services.clock.now_us())
    with pytest.raises(DomainError):
        await principal_of_secret(services, secret, HOME)


async def test_use_is_noted_to_the_minute(services: Services, world: World, clock: ManualClock) -> None:
    """A second use within a minute writes nothing; one after it does, for the token and its user."""
    account = await world.account()
    user = await world.user(account)
    secret, idle = [(await _user(services, user)).secret for _ in range(2)]
    start_us = clock.now_us()
    for seconds, noted in ((0, 0), (60, 0), (0.000001, 60.000001)):
        clock.advance(seconds)
        await principal_of_secret(services, secret, HOME)
        noted_us = start_us + round(noted * 1_000_000)
        assert (await AccessToken.get(digest=secret_digest(secret))).last_used_at_us == noted_us
        assert (await AccessToken.get(digest=secret_digest(idle))).last_used_at_us is None
        assert (await User.get(id=user.id)).last_used_at_us == noted_us


async def test_a_script_that_was_right_a_moment_ago_is_let_pass(services: Services, world: World) -> None:
    """Even while somebody guesses at its login, whom the throttle holds back."""
    account = await world.account()
    user = await world.user(account)
    await _user(services, user)
    for _ in range(6):
        with pytest.raises(DomainError):
            await _user(services, user, password="wrong123", address="198.51.100.1")
    assert (await Throttle.filter(key__startswith="login").get()).blocked_until_us > 0
    await _user(services, user)


@pytest.mark.parametrize(
    ("host", "text"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("testclient", None),
        (None, None),
    ],
)
def test_a_peers_address_has_the_form_of_the_restrictions(host: str | None, text: str | None) -> None:
    """IPv4 in IPv6 is IPv4, IPv6 is canonical, and what is no address is none."""
    assert address_text(host) == text


async def test_a_sign_in_renews_a_hash_of_other_parameters(services: Services, world: World) -> None:
    """For holders and API users, once: the password stays, and a wrong one renews nothing."""
    user = await world.user(await world.account())
    stronger = PasswordHasher(clock=services.clock, memory_cost_kib=64, time_cost=2)
    server = replace(services, passwords=stronger)
    with pytest.raises(Unauthenticated):
        await _user(server, user, password="wrong123")
    assert await _hash_parameters() == ["$m=32,t=1,p=4$"] * 2
    for _ in range(2):
        await _holder(server)
        await _user(server, user)
        assert await _hash_parameters() == ["$m=64,t=2,p=4$"] * 2
    assert (await Holder.get(email="neighbour@example.com")).password_hash.count("m=32") == 1
    stronger.close()


async def _hash_parameters() -> list[str]:
    """Return with which parameters the holder's and the user's passwords are hashed."""
    owners = (await Holder.get(email="holder@example.com"), await User.get(login="script"))
    return ["$" + owner.password_hash.split("$")[3] + "$" for owner in owners]


class _Overtaken(PasswordHasher):
    """Is slow to hash: the password is changed before it is done."""

    async def hash(self, password: str, flow: Flow = SERVER_FLOW, turn: Turn | None = None) -> str:
        """Hash the password, while somebody changes all that are stored."""
        await User.all().update(password_hash="changed")
        return await super().hash(password, flow, turn)


async def test_a_password_that_is_changed_meanwhile_stays_changed(services: Services, world: World) -> None:
    """Renewing its hash never brings an old password back."""
    user = await world.user(await world.account())
    overtaken = _Overtaken(clock=services.clock, memory_cost_kib=64, time_cost=1)
    assert (await _user(replace(services, passwords=overtaken), user)).secret
    assert (await User.get(id=user.id)).password_hash == "changed"
    overtaken.close()
