"""Who is calling: signing in, and what a session or a token stands for."""

import ipaddress
from dataclasses import dataclass
from typing import cast

from server.errors import AddressNotAllowed, Unauthenticated
from server.kit.clock import SECOND_US
from server.kit.ids import new_secret, secret_digest
from server.models import AccessToken, Holder, User
from server.models.accounts import AccountStatus
from server.models.lookup import find_one
from server.operations.principals import HOLDER_SCOPES, OPERATOR_SCOPES, USER_SCOPES, Principal, Scope
from server.operations.services import Services
from server.operations.throttling import SignInThrottle

SESSION_PREFIX = "chs_"
USED_RESOLUTION_US = 60 * SECOND_US


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session: its secret (shown this once), when it ends, and who it is."""

    secret: str
    expires_at_us: int
    principal: Principal


async def sign_in_holder(services: Services, *, email: str, password: str, address: str | None) -> SignedIn:
    """Begin a holder's session.

    Raises:
        Unauthenticated: no such holder, another password, or the holder is disabled; never which.
        Throttled: too many tries failed from this address or with this e-mail address.
    """
    email = email.strip().lower()
    throttle = SignInThrottle(services, email, address)
    await throttle.check()
    holder = await find_one(Holder.all(), email=email)
    if not await _matches(services, holder, password) or holder is None or not holder.enabled:
        await throttle.failed()
        raise Unauthenticated("The e-mail address or the password is wrong.")
    await throttle.succeeded()
    return await _begin_session(services, _holder_principal(holder, None), holder=holder, user=None)


async def sign_in_user(
    services: Services, *, account: str, login: str, password: str, address: str | None
) -> SignedIn:
    """Begin an API user's session.

    Raises:
        Unauthenticated: no such user, another password, or it is disabled; never which.
        AddressNotAllowed: the password is right, and the user may not act from this address.
        Throttled: too many tries failed from this address or with this login.
    """
    user = await authenticate_user(services, account=account, login=login, password=password, address=address)
    return await _begin_session(services, user_principal(user), holder=None, user=user)


async def authenticate_user(
    services: Services, *, account: str, login: str, password: str, address: str | None
) -> User:
    """Return the user whose credentials these are, with its account.

    Raises:
        Unauthenticated, AddressNotAllowed, Throttled: as `sign_in_user`.
    """
    users = User.filter(deleted_at_us=None).select_related("account")
    user = await find_one(users, account__name=account, login_key=login.lower())
    # A script whose password was right a moment ago is let pass even while somebody guesses at its login.
    if user is None or not services.passwords.remembers(user.password_hash, password):
        throttle = SignInThrottle(services, f"{account}/{login}", address)
        await throttle.check()
        if not await _matches(services, user, password) or user is None:
            await throttle.failed()
            raise Unauthenticated("The account, the login or the password is wrong.")
        await throttle.succeeded()
    check_user_may_act(user, address)
    await _note_use(services, user)
    return user


def check_user_may_act(user: User, address: str | None) -> None:
    """Check at each use what can change meanwhile: that the user is enabled, and where it acts from.

    Raises:
        Unauthenticated: the user or its account is disabled, or the user deleted.
        AddressNotAllowed: the user is restricted to other addresses.
    """
    if not user.enabled or user.deleted_at_us is not None or user.account.status is not AccountStatus.ENABLED:
        raise Unauthenticated("The account, the login or the password is wrong.")
    allowed = user.ip_restrictions.split()
    if allowed and address not in allowed:
        raise AddressNotAllowed("This user may not act from this address.")


async def principal_of_secret(services: Services, secret: str, address: str | None) -> Principal:
    """Return who a session's or token's secret stands for.

    Raises:
        Unauthenticated: it is unknown, revoked or expired, or its owner is disabled.
        AddressNotAllowed: its user is restricted to other addresses.
    """
    now_us = services.clock.now_us()
    token = (
        await AccessToken.filter(digest=secret_digest(secret), revoked_at_us=None, expires_at_us__gt=now_us)
        .select_related("holder", "user", "user__account")
        .first()
    )
    if token is None:
        raise Unauthenticated("The session or token is unknown, revoked or expired.")
    if token.holder is not None and not token.holder.enabled:
        raise Unauthenticated("The session or token is unknown, revoked or expired.")
    if token.last_used_at_us is None or token.last_used_at_us < now_us - USED_RESOLUTION_US:
        await AccessToken.filter(id=token.id).update(last_used_at_us=now_us)
    if token.user is not None:
        check_user_may_act(token.user, address)
        await _note_use(services, token.user)
        return user_principal(token.user, token)
    return _holder_principal(cast("Holder", token.holder), token)  # a token has a user or a holder


async def sign_out(services: Services, principal: Principal) -> None:
    """End the session, or revoke the token, that the caller is using."""
    await AccessToken.filter(id=principal.token_id, revoked_at_us=None).update(
        revoked_at_us=services.clock.now_us()
    )


def user_principal(user: User, token: AccessToken | None = None) -> Principal:
    """Return an API user as a principal, within its token's scopes."""
    return Principal(
        name=f"user:{user.login}",
        scopes=USER_SCOPES & token_scopes(token) if token else USER_SCOPES,
        user_id=user.id,
        user_account_id=user.account_id,
        token_id=token.id if token else None,
        in_session=token.is_session if token else True,
    )


def _holder_principal(holder: Holder, token: AccessToken | None) -> Principal:
    scopes = OPERATOR_SCOPES if holder.is_operator else HOLDER_SCOPES
    return Principal(
        name=holder.email,
        scopes=scopes & token_scopes(token) if token else scopes,
        holder_id=holder.id,
        bound_account_ids=frozenset(map(int, token.account_ids.split())) or None if token else None,
        token_id=token.id if token else None,
        in_session=token.is_session if token else True,
    )


def token_scopes(token: AccessToken) -> frozenset[Scope]:
    """Return the scopes that a token was made with."""
    return frozenset(map(Scope, token.scopes.split()))


async def _matches(services: Services, owner: Holder | User | None, password: str) -> bool:
    if owner is None:
        return await services.passwords.verify_absent(password)
    return await services.passwords.verify(owner.password_hash, password)


async def _begin_session(
    services: Services, principal: Principal, *, holder: Holder | None, user: User | None
) -> SignedIn:
    secret = new_secret(SESSION_PREFIX)
    now_us = services.clock.now_us()
    expires_at_us = now_us + services.policy.session_seconds * SECOND_US
    await AccessToken.create(
        digest=secret_digest(secret),
        holder_id=holder.id if holder else None,
        user_id=user.id if user else None,
        is_session=True,
        label="session",
        scopes=" ".join(sorted(principal.scopes)),
        created_at_us=now_us,
        expires_at_us=expires_at_us,
    )
    return SignedIn(secret, expires_at_us, principal)


async def _note_use(services: Services, user: User) -> None:
    """Remember when a user acted, to the minute: a write for each request would cost more than it tells."""
    now_us = services.clock.now_us()
    if user.last_used_at_us is None or user.last_used_at_us < now_us - USED_RESOLUTION_US:
        await User.filter(id=user.id).update(last_used_at_us=now_us)


def address_text(host: str | None) -> str | None:
    """Return a peer's address in the canonical form of the restrictions, or None for what is no address."""
    try:
        parsed = ipaddress.ip_address(host or "")
    except ValueError:
        return None
    mapped = getattr(parsed, "ipv4_mapped", None)
    return str(mapped or parsed)
