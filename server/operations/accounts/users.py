"""API users: creating, enabling, disabling and deleting them, and their passwords."""

from dataclasses import dataclass

from server.bus.bus import account_topic, caller_topic
from server.errors import Conflict, ErrorCode, about
from server.operations.access.sessions import end_tokens, maker_of
from server.operations.audit import trail
from server.operations.callbacks.rerouting import begin_rerouting_user, finish_rerouting
from server.operations.core.principals import USER_SCOPES, Principal, Scope
from server.operations.core.services import Services
from server.operations.core.transactions import wake
from server.operations.core.visibility import find_account, find_user, lock_account
from server.operations.credits.ledger import Movement, move
from server.operations.messages.cancellation import begin_cancelling, finish_cancelling
from server.rules.access.password_policy import check_user_password, generate_user_password
from server.rules.accounts.logins import check_login, login_key
from server.rules.credits.ledger import EntryKind
from server.store.models import Account, Sweep, User
from server.store.queries.access.tokens import TokensOf
from server.store.queries.accounts import get_account, get_user, is_login_taken, set_user
from server.store.writing import add, update


@dataclass(frozen=True, slots=True)
class UserWithPassword:
    """A user and its generated password, shown only here; None if the password was given."""

    user: User
    generated_password: str | None


async def create_user(
    services: Services, principal: Principal, *, account: str, login: str, password: str | None
) -> UserWithPassword:
    """Create a user of an account, with a given or a generated password.

    A user that a token makes ends with the token, unless a session keeps it (`keep_user`).

    Raises:
        NotFound: UNKNOWN_ACCOUNT.
        InvalidInput: INVALID_LOGIN, INVALID_PASSWORD.
        Conflict: LOGIN_TAKEN; case makes no difference.
        Forbidden: the caller lacks a right that a user has.
    """
    principal.require(Scope.MANAGE)
    principal.require_to_give(USER_SCOPES)
    with about("login"):
        check_login(login)
    key = login_key(login)
    # Checked before hashing, so that repeated requests for a taken login cost next to nothing.
    await _check_free(await find_account(principal, account), key)
    chosen, password_hash = await _hash_password(services, principal, password)

    async def work() -> User:
        locked = await lock_account(principal, account)
        now_us = services.clock.now_us()
        await _check_free(locked, key)
        maker = await maker_of(principal, at_us=now_us)
        user = await add(
            User(
                account_id=locked.id,
                login=login,
                login_key=key,
                password_hash=password_hash,
                created_at_us=now_us,
                maker_token_id=maker.token_id,
                ends_at_us=maker.ends_at_us,
            )
        )
        await trail.record(
            principal,
            "createUser",
            login,
            at_us=now_us,
            account=locked,
            detail={"login": login, "password": trail.REDACTED},
        )
        return user

    return UserWithPassword(await services.transactions.run(work), chosen)


async def change_user_password(
    services: Services, principal: Principal, *, account: str, login: str, password: str | None
) -> UserWithPassword:
    """Give a user a new password (a generated one for None). Its tokens and sessions end.

    If a token sets it, the user ends with that token, unless a session keeps it (`keep_user`).

    Raises:
        NotFound: UNKNOWN_ACCOUNT, UNKNOWN_USER.
        InvalidInput: INVALID_PASSWORD.
    """
    principal.require(Scope.MANAGE)
    principal.require_to_give(USER_SCOPES)
    await find_user(principal, await find_account(principal, account), login)
    chosen, password_hash = await _hash_password(services, principal, password)

    async def work() -> User:
        locked = await lock_account(principal, account)
        now_us = services.clock.now_us()
        user = await find_user(principal, locked, login)
        maker = await maker_of(principal, at_us=now_us)
        user.password_hash = password_hash
        user.maker_token_id, user.ends_at_us = maker.token_id, maker.ends_at_us
        await update([user], ["password_hash", "maker_token_id", "ends_at_us"])
        await end_tokens(TokensOf(user_id=user.id), at_us=now_us)
        await trail.record(
            principal,
            "changeUserPassword",
            user.login,
            at_us=now_us,
            account=locked,
            detail={"password": trail.REDACTED},
            before={"password": trail.REDACTED},
        )
        return user

    return UserWithPassword(await services.transactions.run(work), chosen)


async def set_user_enabled(
    services: Services, principal: Principal, *, account: str, login: str, enabled: bool
) -> User:
    """Enable or disable a user. Disabling cancels and refunds its messages that no worker has claimed.

    Raises:
        Forbidden: the caller lacks rights that the user would get back.
        NotFound: UNKNOWN_ACCOUNT, UNKNOWN_USER.
    """
    principal.require(Scope.MANAGE)
    if enabled:
        principal.require_to_give(USER_SCOPES)

    async def work() -> tuple[int, Sweep | None]:
        locked = await lock_account(principal, account)
        wake(account_topic(locked.id))
        now_us = services.clock.now_us()
        user = await find_user(principal, locked, login)
        wake(caller_topic(user_id=user.id))
        before, user.enabled = user.enabled, enabled
        await update([user], ["enabled"])
        action = "setUserEnabled"
        if not enabled:
            return user.id, await begin_cancelling(
                locked,
                principal=principal,
                user_id=user.id,
                action=action,
                subject=user.login,
                detail={"enabled": False},
                before={"enabled": before},
                at_us=now_us,
            )
        await trail.record(
            principal,
            action,
            user.login,
            at_us=now_us,
            account=locked,
            detail={"enabled": True, "cancelledMessages": 0},
            before={"enabled": before},
        )
        return user.id, None

    user_id, sweep = await services.transactions.run(work)
    if sweep is not None:
        await finish_cancelling(services, sweep)
    return await get_user(user_id)


async def delete_user(
    services: Services, principal: Principal, *, account: str, login: str
) -> tuple[Account, int]:
    """Delete a user: its unclaimed messages are cancelled and refunded, its quota returns to the account.

    Messages and ledger keep the login as text. A new user can have the same login, but sees nothing of
    the old one's.

    Returns:
        The account as it is now, and the user's id.

    Raises:
        NotFound: UNKNOWN_ACCOUNT, UNKNOWN_USER.
        Forbidden: the user has a quota left, and the caller may not move credits.
    """
    principal.require(Scope.MANAGE)

    async def work() -> tuple[int, Sweep, Sweep]:
        locked = await lock_account(principal, account)
        wake(account_topic(locked.id))
        now_us = services.clock.now_us()
        user = await find_user(principal, locked, login)
        if user.quota_left:
            principal.require(Scope.CREDITS)
        # The limit of a deleted user must not fire because of the credits that come back.
        await set_user(user.id, enabled=False, limit_on=False)
        # Comes before the cancelling, so that all refunds, in however many batches, go to the account.
        release = Movement(
            kind=EntryKind.QUOTA_RELEASED,
            reference=f"quota:{locked.id}:{locked.ledger_sequence + 1}",
            account_delta=user.quota_left,
            quota_delta=-user.quota_left,
            user=user,
            user_changes={"quota_on": False, "quota_assigned": 0, "deleted_at_us": now_us},
        )
        await move(locked, [release], principal=principal, at_us=now_us)
        moving = await begin_rerouting_user(locked, await get_user(user.id), at_us=now_us)
        await end_tokens(TokensOf(user_id=user.id), at_us=now_us)
        sweep = await begin_cancelling(
            locked,
            principal=principal,
            user_id=user.id,
            action="deleteUser",
            subject=user.login,
            at_us=now_us,
        )
        return user.id, sweep, moving

    user_id, sweep, moving = await services.transactions.run(work)
    await finish_cancelling(services, sweep)
    await finish_rerouting(services, moving)
    return await get_account(sweep.account_id), user_id


async def _check_free(account: Account, key: str) -> None:
    if await is_login_taken(account.id, key):
        raise Conflict(
            "A user of this account already has this login.", code=ErrorCode.LOGIN_TAKEN, field=("login",)
        )


async def _hash_password(
    services: Services, principal: Principal, password: str | None
) -> tuple[str | None, str]:
    """Return the generated password (None if one was given) and the hash to store.

    Hashing takes tens of milliseconds, so it comes before the account is locked.
    """
    if password is None:
        generated = generate_user_password()
        return generated, await services.passwords.hash(generated, principal.flow)
    with about("password"):
        check_user_password(password)
    return None, await services.passwords.hash(password, principal.flow)
