"""Access tokens for programs. They have scopes and an end, are shown once, and are stored as hashes."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.errors import ErrorCode, Forbidden, InvalidInput, NotFound, about
from server.kit.clock import SECOND_US
from server.kit.ids import new_secret, secret_digest
from server.operations.access.sessions import end_tokens, lock_accounts_of
from server.operations.audit import trail
from server.operations.core.principals import USER_SCOPES, Principal, Scope
from server.operations.core.services import Services
from server.operations.core.visibility import find_account, find_user
from server.rules.core.free_texts import check_line
from server.store.models import AccessToken, Account, User
from server.store.queries.access.tokens import TokensOf, revoke_tokens
from server.store.queries.accounts import get_user
from server.store.queries.visible_rows import visible_token
from server.store.writing import add

TOKEN_PREFIX = "cht_"  # noqa: S105 only a prefix, which makes a leaked token recognisable
MAX_LABEL = 100
MAX_BOUND_ACCOUNTS = 100


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token's row and its secret, which is shown only here."""

    token: AccessToken
    secret: str


async def create_access_token(
    services: Services,
    principal: Principal,
    *,
    label: str,
    scopes: Sequence[Scope],
    lifetime_seconds: int,
    accounts: Sequence[str] = (),
    user: tuple[str, str] | None = None,
) -> NewToken:
    """Make a token, bound to accounts or to one user (account, login), with no more rights than its maker.

    Only a session can make tokens, so that no token makes one that outlives it.

    Raises:
        InvalidInput: the label, scopes, lifetime or binding is wrong.
        Forbidden: the maker lacks one of the scopes, or is itself a token.
        NotFound: UNKNOWN_ACCOUNT, UNKNOWN_USER.
    """
    if not principal.in_session:
        raise Forbidden("A token can't make tokens: sign in first.")
    _check(services, principal, label, scopes, lifetime_seconds)
    if len(accounts) > MAX_BOUND_ACCOUNTS:
        raise InvalidInput(f"A token is bound to at most {MAX_BOUND_ACCOUNTS} accounts.", field=("accounts",))
    if accounts and Scope.OPERATE in scopes:
        # Holders, accounts and rates belong to no account: such a token could turn its user into an operator.
        raise InvalidInput("A token that administers the server is not bound to accounts.", field=("scopes",))
    secret = new_secret(TOKEN_PREFIX)

    async def work() -> AccessToken:
        now_us = services.clock.now_us()
        bound = [
            (await _bound_account(principal, name, position)).id for position, name in enumerate(accounts)
        ]
        owner = await _bound_user(principal, user, scopes)
        token = AccessToken(
            digest=secret_digest(secret),
            holder_id=principal.holder_id,
            user_id=owner.id if owner else None,
            is_session=False,
            label=label,
            scopes=" ".join(sorted(set(scopes))),
            account_ids=" ".join(map(str, sorted(set(bound) or principal.bound_account_ids or ()))),
            created_at_us=now_us,
            expires_at_us=now_us + lifetime_seconds * SECOND_US,
        )
        concerned: Sequence[Account | None] = await lock_accounts_of(token) or [None]
        await add(token)
        for account in concerned:
            await trail.record(
                principal,
                "createAccessToken",
                label,
                at_us=now_us,
                account=account,
                detail={
                    "label": label,
                    "scopes": sorted(str(scope).upper() for scope in scopes),
                    "lifetimeSeconds": lifetime_seconds,
                    # An operator's token may be bound to accounts of several holders.
                    "accounts": [account.name] if account and accounts else [],
                    "user": None if user is None else {"account": user[0], "login": user[1]},
                },
            )
        return token

    return NewToken(await services.transactions.run(work), secret)


async def revoke_access_token(services: Services, principal: Principal, *, token_id: int) -> AccessToken:
    """End a token of the caller or of a user of its accounts, and the users that it made and no session kept.

    A token may end itself. To end another it needs the right to manage: otherwise a leaked token that may
    only read could lock out all others.

    Raises:
        NotFound: UNKNOWN_TOKEN.
        Forbidden: a token without that right asks to end another one.
    """
    if not principal.in_session and principal.token_id != token_id:
        principal.require(Scope.MANAGE)

    async def work() -> AccessToken:
        now_us = services.clock.now_us()
        token = await visible_token(principal, token_id)
        if token is None:
            raise NotFound("There is no such token.", code=ErrorCode.UNKNOWN_TOKEN, field=("id",))
        if token.revoked_at_us is None:
            bound = await lock_accounts_of(token)
            await end_tokens(TokensOf(token_id=token.id), at_us=now_us)
            await revoke_tokens([token.id], at_us=now_us)  # even if it has expired
            token.revoked_at_us = now_us
            await trail.record_in_each(principal, "revokeAccessToken", token.label, bound, at_us=now_us)
        return token

    return await services.transactions.run(work)


async def _bound_account(principal: Principal, name: str, position: int) -> Account:
    with about("accounts", str(position)):
        return await find_account(principal, name)


async def _bound_user(
    principal: Principal, user: tuple[str, str] | None, scopes: Sequence[Scope]
) -> User | None:
    if principal.is_user:
        return await get_user(principal.user_id)
    if user is None:
        return None
    if not USER_SCOPES.issuperset(scopes):
        raise InvalidInput("A user's token can have only the scopes read and send.", field=("scopes",))
    principal.require(Scope.MANAGE)
    account, login = user
    with about("user", "account"):
        row = await find_account(principal, account)
    with about("user", "login"):
        return await find_user(principal, row, login)


def _check(
    services: Services, principal: Principal, label: str, scopes: Sequence[Scope], lifetime_seconds: int
) -> None:
    with about("label"):
        check_line(label, MAX_LABEL, shortest=1, what="A label")
    if not scopes:
        raise InvalidInput("A token needs a scope.", field=("scopes",))
    if not principal.scopes.issuperset(scopes):
        raise Forbidden("A token can't have more rights than its maker.")
    if not 1 <= lifetime_seconds <= services.policy.token_max_seconds:
        raise InvalidInput(
            f"A token lives for 1 to {services.policy.token_max_seconds} seconds.", field=("lifetimeSeconds",)
        )
