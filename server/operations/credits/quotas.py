"""Quotas: credits set aside for one user, and moved between the account and the user."""

from server.errors import ErrorCode, InvalidInput, about
from server.kit.credits import format_credits
from server.operations.audit import trail
from server.operations.core.principals import Principal, Scope
from server.operations.core.services import Services
from server.operations.core.visibility import find_user, lock_account
from server.operations.credits.ledger import Movement, move
from server.rules.credits.ledger import EntryKind
from server.rules.credits.quota import QuotaChange, adjust_quota, set_quota
from server.store.models import Account, User


async def set_user_quota(
    services: Services,
    principal: Principal,
    *,
    account: str,
    login: str,
    enabled: bool,
    credits: int | None = None,
) -> User:
    """Turn a user's quota on or off, and set what is left of it (millicredits) from now on.

    Raises:
        NotFound: UNKNOWN_ACCOUNT, UNKNOWN_USER.
        InvalidInput: INVALID_AMOUNT, a quota that is on needs credits of 0 or more, and one that is off has
            none.
        Unfunded: the account has too little left; nothing moved.
    """
    principal.require(Scope.CREDITS)

    async def work() -> User:
        locked = await lock_account(principal, account)
        user = await find_user(principal, locked, login)
        with about("credits"):
            change = set_quota(
                account_left=locked.credits_left,
                quota_on=user.quota_on,
                quota_left=user.quota_left,
                enabled=enabled,
                credits=credits,
            )
        kind = EntryKind.QUOTA_SET if enabled else EntryKind.QUOTA_RELEASED
        await _apply(services, principal, locked, user, change, kind)
        return user

    return await services.transactions.run(work)


async def adjust_user_quota(
    services: Services, principal: Principal, *, account: str, login: str, delta: int
) -> User:
    """Add millicredits to a user's quota, or (below 0) move them back to the account.

    Raises:
        NotFound: UNKNOWN_ACCOUNT, UNKNOWN_USER.
        Conflict: QUOTA_IS_OFF.
        InvalidInput: INVALID_AMOUNT, the delta is 0.
        Unfunded: the account or the quota has too little left; nothing moved.
    """
    principal.require(Scope.CREDITS)
    if delta == 0:
        raise InvalidInput("The adjustment must not be 0.", code=ErrorCode.INVALID_AMOUNT, field=("delta",))

    async def work() -> User:
        locked = await lock_account(principal, account)
        user = await find_user(principal, locked, login)
        with about("delta"):
            change = adjust_quota(
                account_left=locked.credits_left,
                quota_on=user.quota_on,
                quota_left=user.quota_left,
                assigned=user.quota_assigned,
                delta=delta,
            )
        await _apply(services, principal, locked, user, change, EntryKind.QUOTA_ADJUSTED)
        return user

    return await services.transactions.run(work)


async def _apply(
    services: Services,
    principal: Principal,
    account: Account,
    user: User,
    change: QuotaChange,
    kind: EntryKind,
) -> None:
    now_us = services.clock.now_us()
    movement = Movement(
        kind=kind,
        reference=f"quota:{account.id}:{account.ledger_sequence + 1}",
        account_delta=change.account_delta,
        quota_delta=change.quota_delta,
        user=user,
        user_changes={"quota_on": change.quota_on, "quota_assigned": change.assigned},
    )
    before = _shown(user)
    await move(account, [movement], principal=principal, at_us=now_us)
    adjusted = {"delta": format_credits(change.quota_delta)} if kind is EntryKind.QUOTA_ADJUSTED else {}
    await trail.record(
        principal,
        "setUserQuota" if kind is not EntryKind.QUOTA_ADJUSTED else "adjustUserQuota",
        user.login,
        at_us=now_us,
        account=account,
        detail={**adjusted, **_shown(user)},
        before=before,
    )


def _shown(user: User) -> dict[str, object]:
    return {"enabled": user.quota_on, "credits": format_credits(user.quota_left)}
