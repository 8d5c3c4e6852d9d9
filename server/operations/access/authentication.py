"""Signing in, and finding out who a session or a token belongs to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from server.errors import AddressNotAllowed, Unauthenticated
from server.kit.clock import SECOND_US
from server.kit.ids import new_secret, secret_digest
from server.kit.ip_address import network_of
from server.operations.access.password_checks import Claim, check_claim
from server.operations.access.sessions import end_tokens, lock_accounts_of
from server.operations.audit import trail
from server.operations.core.principals import HOLDER_SCOPES, OPERATOR_SCOPES, USER_SCOPES, Principal, Scope
from server.operations.core.services import Services
from server.rules.core.free_texts import readable
from server.store.models import AccessToken, Account, Holder, User
from server.store.models.accounts import AccountStatus
from server.store.queries.access.holders import find_holder
from server.store.queries.access.tokens import TokensOf, find_token_owners, get_token, note_token_use
from server.store.queries.accounts import accounts_by_id, find_users, set_user
from server.store.writing import add

SESSION_PREFIX = "chs_"
MAX_USER_AGENT = 200
USED_RESOLUTION_US = 60 * SECOND_US


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session: its secret (shown only here), its end, and its owner."""

    secret: str
    expires_at_us: int
    principal: Principal


async def sign_in_holder(
    services: Services, *, email: str, password: str, address: str | None, user_agent: str | None = None
) -> SignedIn:
    """Begin a holder's session.

    Raises:
        Unauthenticated, Throttled: as `authenticate_holder`.
    """
    holder = await authenticate_holder(services, email=email, password=password, address=address)
    return await _begin_session(
        services, _holder_principal(holder), _Client(address, user_agent), holder=holder, user=None
    )


async def authenticate_holder(
    services: Services, *, email: str, password: str, address: str | None
) -> Holder:
    """Return the holder with these credentials.

    Raises:
        Unauthenticated: no such holder, a wrong password, or a disabled holder; the error does not say which.
        Throttled: too many failed tries from this address or with this e-mail address.
    """
    email = email.strip().lower()
    holder = await find_holder(email)
    claim = Claim(
        tenant=f"holder:{email}", login=email, owner=holder, password=password, network=network_of(address)
    )
    if not await check_claim(services, claim) or holder is None:
        raise Unauthenticated("The e-mail address or the password is wrong.")
    return holder


async def sign_in_user(
    services: Services,
    *,
    account: str,
    login: str,
    password: str,
    address: str | None,
    user_agent: str | None = None,
) -> SignedIn:
    """Begin an API user's session.

    Raises:
        Unauthenticated: no such user, a wrong password, or a disabled user; the error does not say which.
        AddressNotAllowed: the password is right, but the user may not act from this address.
        Throttled: too many failed tries from this address or with this login.
    """
    user = await authenticate_user(services, account=account, login=login, password=password, address=address)
    return await _begin_session(
        services, user_principal(user), _Client(address, user_agent), holder=None, user=user
    )


async def _find_users(names: Sequence[tuple[str, str]]) -> list[User | None]:
    """Return the users with these accounts and logins (in lower case), with accounts; None for no user."""
    users = await find_users(list(dict.fromkeys(names)))
    accounts = await accounts_by_id({user.account_id for user in users})
    by_name = {}
    for user in users:
        user.account = accounts[user.account_id]
        by_name[user.account.name, user.login_key] = user
    return [by_name.get(name) for name in names]


async def authenticate_user(
    services: Services, *, account: str, login: str, password: str, address: str | None
) -> User:
    """Return the user with these credentials, and its account.

    Raises:
        Unauthenticated, AddressNotAllowed, Throttled: as `sign_in_user`.
    """
    user = await services.look_ups.read("user", (account, login.lower()), _find_users)
    network = network_of(address)
    # A script whose password was right a while ago gets in even while somebody guesses at its login. This
    # holds only for the network where it was right: elsewhere it would tell a guesser that it is right.
    if user is None or not services.passwords.remembers(user.password_hash, password, network):
        name = f"{account}/{login}".lower()
        claim = Claim(tenant=f"account:{account}", login=name, owner=user, password=password, network=network)
        if not await check_claim(services, claim) or user is None:
            raise Unauthenticated("The account, the login or the password is wrong.")
        services.passwords.remember(user.password_hash, password, network)
    check_user_may_act(user, address, at_us=services.clock.now_us())
    await _note_use(services, user.id, user.last_used_at_us)
    return user


def check_user_may_act(user: User, address: str | None, *, at_us: int) -> None:
    """Check what can change between two uses: that the user is enabled, and its address.

    Raises:
        Unauthenticated: the user or its account is disabled, or the user was deleted or ended with its token.
        AddressNotAllowed: the user is restricted to other addresses.
    """
    if not user.may_act(at_us) or user.account.status is not AccountStatus.ENABLED:
        raise Unauthenticated("The account, the login or the password is wrong.")
    _check_address(user.ip_restrictions, address)


async def principal_of_secret(services: Services, secret: str, address: str | None) -> Principal:
    """Return the owner of a session's or token's secret.

    Raises:
        Unauthenticated: it is unknown, revoked or expired, or its owner is disabled.
        AddressNotAllowed: its user is restricted to other addresses.
    """
    now_us = services.clock.now_us()
    owner = await services.look_ups.read("token", secret_digest(secret), partial(_find_owners, services))
    if owner is None:
        raise Unauthenticated("The session or token is unknown, revoked or expired.")
    if _is_stale(owner["token_used_at_us"], now_us):
        await note_token_use(owner["id"], at_us=now_us, address=address)
    if owner["user_id"] is None:
        return _holder_with_token(owner)
    _check_address(owner["ip_restrictions"], address)
    await _note_use(services, owner["user_id"], owner["user_used_at_us"])
    return _user_with_token(owner)


async def _find_owners(services: Services, digests: Sequence[str]) -> list[dict[str, Any] | None]:
    """Return the owners of valid tokens by digest; None for each that is not valid."""
    found = await find_token_owners(
        list(dict.fromkeys(digests)), at_us=services.clock.now_us(), enabled=AccountStatus.ENABLED.value
    )
    by_digest = {owner["digest"]: owner for owner in found}
    return [by_digest.get(digest) for digest in digests]


async def sign_out(services: Services, principal: Principal) -> None:
    """End the session or revoke the token that the caller uses."""

    async def work() -> None:
        now_us, used = services.clock.now_us(), TokensOf(token_id=principal.token_id)
        token = await get_token(principal.token_id)
        if token is None or token.is_session:
            await end_tokens(used, at_us=now_us)
            return
        accounts = await lock_accounts_of(token)
        if await end_tokens(used, at_us=now_us):
            await trail.record_in_each(principal, "signOut", token.label, accounts, at_us=now_us)

    await services.transactions.run(work)


def user_principal(user: User) -> Principal:
    """Return an API user as a principal with all its rights."""
    return Principal(
        name=f"user:{user.login}",
        scopes=USER_SCOPES,
        user_id=user.id,
        user_account_id=user.account_id,
        # Only for the log, so it may be missing when the account was not loaded.
        user_account=user.account.name if isinstance(user.account, Account) else None,
        in_session=True,
    )


def _holder_principal(holder: Holder) -> Principal:
    return Principal(
        name=holder.email,
        scopes=OPERATOR_SCOPES if holder.is_operator else HOLDER_SCOPES,
        holder_id=holder.id,
        in_session=True,
    )


def _user_with_token(owner: Mapping[str, Any]) -> Principal:
    return Principal(
        name=f"user:{owner['login']}",
        scopes=USER_SCOPES & _scopes(owner["scopes"]),
        user_id=owner["user_id"],
        user_account_id=owner["account_id"],
        user_account=owner["account"],
        token_id=owner["id"],
        in_session=bool(owner["is_session"]),
    )


def _holder_with_token(owner: Mapping[str, Any]) -> Principal:
    scopes = OPERATOR_SCOPES if owner["is_operator"] else HOLDER_SCOPES
    return Principal(
        name=owner["email"],
        scopes=scopes & _scopes(owner["scopes"]),
        holder_id=owner["holder_id"],
        bound_account_ids=frozenset(map(int, owner["account_ids"].split())) or None,
        token_id=owner["id"],
        in_session=bool(owner["is_session"]),
    )


def token_scopes(token: AccessToken) -> frozenset[Scope]:
    """Return the scopes that a token was made with."""
    return _scopes(token.scopes)


def _scopes(words: str) -> frozenset[Scope]:
    return frozenset(map(Scope, words.split()))


@dataclass(frozen=True, slots=True)
class _Client:
    """The address and the program that begin a session."""

    address: str | None
    user_agent: str | None


async def _begin_session(
    services: Services, principal: Principal, client: _Client, *, holder: Holder | None, user: User | None
) -> SignedIn:
    secret = new_secret(SESSION_PREFIX)
    now_us = services.clock.now_us()
    expires_at_us = now_us + services.policy.session_seconds * SECOND_US
    await add(
        AccessToken(
            digest=secret_digest(secret),
            holder_id=holder.id if holder else None,
            user_id=user.id if user else None,
            is_session=True,
            label="session",
            scopes=" ".join(sorted(principal.scopes)),
            created_at_us=now_us,
            expires_at_us=expires_at_us,
            address=client.address,
            user_agent=readable(client.user_agent or "", MAX_USER_AGENT) or None,
        )
    )
    return SignedIn(secret, expires_at_us, principal)


async def _note_use(services: Services, user_id: int, last_used_at_us: int | None) -> None:
    """Store when a user acted, to the minute: a write for each request would cost too much."""
    now_us = services.clock.now_us()
    if _is_stale(last_used_at_us, now_us):
        await set_user(user_id, last_used_at_us=now_us)


def _is_stale(last_used_at_us: int | None, now_us: int) -> bool:
    return last_used_at_us is None or last_used_at_us < now_us - USED_RESOLUTION_US


def _check_address(restrictions: str, address: str | None) -> None:
    allowed = restrictions.split()
    if allowed and address not in allowed:
        raise AddressNotAllowed("This user may not act from this address.")
