"""Ending sessions and tokens, one or many, with everything that they made."""

from dataclasses import dataclass, replace

from server.bus.bus import caller_topic
from server.errors import ErrorCode, NotFound, Unauthenticated
from server.kit.email_address import email_key
from server.operations.audit import trail
from server.operations.core.principals import Principal, Scope
from server.operations.core.services import Services
from server.operations.core.transactions import wake
from server.operations.core.visibility import find_user, lock_account
from server.store.models import AccessToken, Account, Holder, User
from server.store.queries.access import holders
from server.store.queries.access.holders import get_holder
from server.store.queries.access.tokens import (
    TokensOf,
    end_made_users,
    lock_live_tokens,
    lock_token,
    revoke_tokens,
    users_with_tokens,
)
from server.store.queries.accounts import get_user, lock_account_id
from server.store.queries.visible_rows import visible_session
from server.store.writing import update


@dataclass(frozen=True, slots=True)
class Maker:
    """The token that makes something, and when that ends. Both are None for a session or the server."""

    token_id: int | None = None
    ends_at_us: int | None = None


async def maker_of(principal: Principal, *, at_us: int) -> Maker:
    """Return the maker of what this transaction makes. What a token makes ends with the token.

    Raises:
        Unauthenticated: the token has ended meanwhile.
    """
    if not principal.uses_token:
        return Maker()
    # Locked, so that a revocation either comes before this or finds what was made.
    token = await lock_token(principal.token_id)
    if token is None or token.revoked_at_us is not None or token.expires_at_us <= at_us:
        raise Unauthenticated("The session or token is unknown, revoked or expired.")
    return Maker(token.id, token.expires_at_us)


async def end_tokens(tokens: TokensOf, *, at_us: int) -> list[AccessToken]:
    """End sessions and tokens in this transaction, with the users that they made and that no session kept.

    Their open subscriptions are woken to find out that they have ended. Accepted messages go on.
    """
    ending = await lock_live_tokens(tokens, at_us=at_us)
    if not ending:
        return []
    await revoke_tokens([token.id for token in ending], at_us=at_us)
    user_ids = await end_made_users([token.id for token in ending if not token.is_session], at_us=at_us)
    for token in ending:
        wake(caller_topic(holder_id=token.holder_id, user_id=token.user_id))
    for user_id in user_ids:
        wake(caller_topic(user_id=user_id))
    return ending


async def lock_accounts_of(token: AccessToken) -> list[Account]:
    """Return the accounts that a session or token concerns: its user's, or those that it is bound to.

    They are locked in the order of their ids, until the transaction ends. So lock them before the token.
    """
    if token.user_id is not None:
        return [await lock_account_id((await get_user(token.user_id)).account_id)]
    return [await lock_account_id(account_id) for account_id in sorted(map(int, token.account_ids.split()))]


async def wake_users(account_id: int, *, at_us: int) -> None:
    """Wake the subscriptions of an account's API users, so that those without a right to it end."""
    for user_id in await users_with_tokens(account_id, at_us=at_us):
        wake(caller_topic(user_id=user_id))


async def revoke_session(services: Services, principal: Principal, *, session_id: int) -> AccessToken:
    """End a session that the caller may see, at once.

    Raises:
        NotFound: UNKNOWN_SESSION.
        Forbidden: a token without the right to manage.
    """
    _check_may_end(principal)

    async def work() -> AccessToken:
        now_us = services.clock.now_us()
        session = await visible_session(principal, session_id, at_us=now_us)
        if session is None:
            raise NotFound("There is no such session.", code=ErrorCode.UNKNOWN_SESSION, field=("id",))
        accounts = await lock_accounts_of(session)
        if await end_tokens(TokensOf(token_id=session.id), at_us=now_us):
            subject = await _owner_name(session)
            await trail.record_in_each(principal, "revokeSession", subject, accounts, at_us=now_us)
        session.revoked_at_us = now_us
        return session

    return await services.transactions.run(work)


async def revoke_sessions(
    services: Services,
    principal: Principal,
    *,
    user: tuple[str, str] | None = None,
    holder_email: str | None = None,
    keep_current: bool = True,
) -> int:
    """End all sessions of the caller, of a user (account, login) or of a holder; return how many.

    Only operators may end a holder's.

    Raises:
        NotFound: UNKNOWN_ACCOUNT, UNKNOWN_USER, UNKNOWN_HOLDER.
        Forbidden: they are somebody else's, and the caller lacks the right.
    """
    _check_may_end(principal)

    async def work() -> int:
        now_us = services.clock.now_us()
        account, subject, sessions = await _sessions_of(principal, user, holder_email)
        if keep_current and principal.token_id is not None:
            sessions = replace(sessions, but_for_id=principal.token_id)
        ended = await end_tokens(sessions, at_us=now_us)
        if ended:
            await trail.record(
                principal,
                "revokeSessions",
                subject,
                at_us=now_us,
                account=account,
                detail={"sessions": len(ended)},
            )
        return len(ended)

    return await services.transactions.run(work)


async def keep_user(services: Services, principal: Principal, *, account: str, login: str) -> User:
    """Keep a user after the end of the token that made it or set its password. This takes a session.

    Raises:
        Forbidden: a token asks.
        NotFound: UNKNOWN_ACCOUNT, UNKNOWN_USER.
    """
    principal.require(Scope.MANAGE)
    principal.require_session()

    async def work() -> User:
        locked = await lock_account(principal, account)
        user = await find_user(principal, locked, login)
        if user.ends_at_us is not None:
            user.ends_at_us = None
            await update([user], ["ends_at_us"])
            now_us = services.clock.now_us()
            await trail.record(principal, "keepUser", user.login, at_us=now_us, account=locked)
        return user

    return await services.transactions.run(work)


def _check_may_end(principal: Principal) -> None:
    # Otherwise a leaked token that may only read could lock out all others.
    if principal.uses_token:
        principal.require(Scope.MANAGE)


async def _sessions_of(
    principal: Principal, user: tuple[str, str] | None, holder_email: str | None
) -> tuple[Account | None, str, TokensOf]:
    """Return the account (locked) and the owner of the sessions, and the sessions themselves."""
    if user is not None:
        principal.require(Scope.MANAGE)
        locked = await lock_account(principal, user[0])
        owner = await find_user(principal, locked, user[1])
        return locked, owner.login, TokensOf(user_id=owner.id, sessions_only=True)
    if holder_email is not None:
        principal.require(Scope.OPERATE)
        holder = await find_holder(holder_email, field="holderEmail")
        return None, holder.email, TokensOf(holder_id=holder.id, sessions_only=True)
    if principal.user_account_id is not None:
        locked = await lock_account_id(principal.user_account_id)
        return locked, principal.name, TokensOf(user_id=principal.user_id, sessions_only=True)
    return None, principal.name, TokensOf(holder_id=principal.holder_id, sessions_only=True)


async def find_holder(email: str, *, field: str = "email") -> Holder:
    """Return the holder with this e-mail address; case makes no difference.

    Raises:
        NotFound: UNKNOWN_HOLDER.
    """
    holder = await holders.find_holder(email_key(email.strip()))
    if holder is None:
        raise NotFound(
            "There is no holder with this e-mail address.", code=ErrorCode.UNKNOWN_HOLDER, field=(field,)
        )
    return holder


async def _owner_name(session: AccessToken) -> str:
    if session.user_id is not None:
        return (await get_user(session.user_id)).login
    return (await get_holder(session.holder_id)).email
