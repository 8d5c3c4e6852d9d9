"""Granting, correcting and transferring credits, and setting rates."""

from dataclasses import dataclass

from server.errors import Conflict, ErrorCode, InvalidInput, about
from server.kit.credits import format_credits
from server.operations.audit import trail
from server.operations.core.idempotency import IdempotentCall
from server.operations.core.principals import Principal, Scope
from server.operations.core.services import Services
from server.operations.core.visibility import find_account, lock_account
from server.operations.credits.ledger import Movement, move
from server.rules.core.free_texts import check_line
from server.rules.credits.ledger import EntryKind
from server.store.models import Account, LedgerEntry, Rate
from server.store.queries import credits as queries
from server.store.queries.accounts import lock_account_id
from server.store.queries.credits import find_rate, get_entry

MAX_REASON = 200


@dataclass(frozen=True, slots=True)
class Posting:
    """An account as it is now, and the ledger entry made by this call (or by an earlier one with its key)."""

    account: Account
    entry: LedgerEntry


@dataclass(frozen=True, slots=True)
class Transfer:
    """Both sides of a transfer."""

    source: Posting
    target: Posting


async def grant_credits(
    services: Services,
    principal: Principal,
    *,
    account: str,
    credits: int,
    key: str,
    reason: str | None = None,
) -> Posting:
    """Add bought credits (millicredits) to an account. Only for operators.

    Raises:
        NotFound: UNKNOWN_ACCOUNT.
        InvalidInput: the amount is not above 0, the reason over 200 characters, or the idempotency
            key malformed.
        Conflict: IDEMPOTENCY_KEY_REUSED.
    """
    principal.require(Scope.OPERATE)
    _check_positive(credits)
    _check_reason(reason or "")
    call = IdempotentCall(
        principal, "grantCredits", key, {"account": account, "credits": credits, "reason": reason}
    )

    async def work() -> Posting:
        locked = await lock_account(principal, account)
        now_us = services.clock.now_us()
        reference = await call.stored_answer(at_us=now_us)
        if reference is not None:
            return Posting(locked, await get_entry(reference))
        reference = f"grant:{locked.id}:{locked.ledger_sequence + 1}"
        grant = Movement(kind=EntryKind.GRANT, reference=reference, account_delta=credits, reason=reason)
        [entry] = await move(locked, [grant], principal=principal, at_us=now_us)
        await call.store(reference, at_us=now_us)
        await _audit(principal, "grantCredits", locked, credits, now_us, reason=reason)
        return Posting(locked, entry)

    return await services.transactions.run(work)


async def correct_credits(
    services: Services, principal: Principal, *, account: str, credits: int, reason: str
) -> Posting:
    """Take wrongly granted credits (millicredits, as a positive amount) off an account.

    Raises:
        NotFound: UNKNOWN_ACCOUNT.
        InvalidInput: the amount is not above 0, or the reason missing or over 200 characters.
        Unfunded: the account has too little left.
    """
    principal.require(Scope.OPERATE)
    _check_positive(credits)
    _check_reason(reason)
    if not reason.strip():
        raise InvalidInput("A correction needs a reason.", field=("reason",))

    async def work() -> Posting:
        locked = await lock_account(principal, account)
        now_us = services.clock.now_us()
        correction = Movement(
            kind=EntryKind.CORRECTION,
            reference=f"correction:{locked.id}:{locked.ledger_sequence + 1}",
            account_delta=-credits,
            reason=reason,
        )
        with about("credits"):
            [entry] = await move(locked, [correction], principal=principal, at_us=now_us)
        await _audit(principal, "correctCredits", locked, -credits, now_us, reason=reason)
        return Posting(locked, entry)

    return await services.transactions.run(work)


async def transfer_credits(
    services: Services, principal: Principal, *, source: str, target: str, credits: int, key: str
) -> Transfer:
    """Move credits (millicredits) between two accounts of one holder.

    Raises:
        NotFound: UNKNOWN_ACCOUNT, for either.
        InvalidInput: the amount is not above 0, or the idempotency key is malformed.
        Conflict: SAME_ACCOUNT, the accounts are the same or belong to two holders; IDEMPOTENCY_KEY_REUSED.
        Unfunded: the source has too little left.
    """
    principal.require(Scope.CREDITS)
    _check_positive(credits)
    call = IdempotentCall(
        principal, "transferCredits", key, {"source": source, "target": target, "credits": credits}
    )

    async def work() -> Transfer:
        giver, taker = await _lock_pair(principal, source, target)
        now_us = services.clock.now_us()
        reference = await call.stored_answer(at_us=now_us)
        if reference is not None:
            return Transfer(
                Posting(giver, await get_entry(f"{reference}:out")),
                Posting(taker, await get_entry(f"{reference}:in")),
            )
        reference = f"transfer:{giver.id}:{giver.ledger_sequence + 1}"
        outgoing = Movement(
            kind=EntryKind.TRANSFER_OUT,
            reference=f"{reference}:out",
            account_delta=-credits,
            reason=f"to {taker.name}",
        )
        incoming = Movement(
            kind=EntryKind.TRANSFER_IN,
            reference=f"{reference}:in",
            account_delta=credits,
            reason=f"from {giver.name}",
        )
        with about("credits"):
            [out] = await move(giver, [outgoing], principal=principal, at_us=now_us)
        [into] = await move(taker, [incoming], principal=principal, at_us=now_us)
        await call.store(reference, at_us=now_us)
        await _audit(principal, "transferCredits", giver, -credits, now_us, target=taker.name)
        await _audit(principal, "transferCredits", taker, credits, now_us, source=giver.name)
        return Transfer(Posting(giver, out), Posting(taker, into))

    return await services.transactions.run(work)


async def set_rate(services: Services, principal: Principal, *, country: str, credits: int) -> Rate:
    """Set the price of one part to a country (ISO 3166-1 alpha-2), in millicredits, from now on.

    Raises:
        InvalidInput: the amount is not above 0.
    """
    principal.require(Scope.OPERATE)
    _check_positive(credits)

    async def work() -> Rate:
        now_us = services.clock.now_us()
        before = await find_rate(country)
        rate = await queries.set_rate(country, credits, at_us=now_us)
        await trail.record(
            principal,
            "setRate",
            country,
            at_us=now_us,
            detail={"credits": format_credits(credits)},
            before={"credits": format_credits(before.credits) if before else None},
        )
        return rate

    return await services.transactions.run(work)


async def _lock_pair(principal: Principal, source: str, target: str) -> tuple[Account, Account]:
    """Lock both accounts in the order of their ids, so that two opposite transfers can't deadlock."""
    found_source = await find_account(principal, source, field="source")
    found_target = await find_account(principal, target, field="target")
    if found_source.id == found_target.id or found_source.holder_id != found_target.holder_id:
        raise Conflict(
            "Credits can only be transferred between two different accounts of one holder.",
            code=ErrorCode.SAME_ACCOUNT,
            field=("target",),
        )
    ids = sorted((found_source.id, found_target.id))
    locked = {account_id: await lock_account_id(account_id) for account_id in ids}
    return locked[found_source.id], locked[found_target.id]


async def _audit(
    principal: Principal, action: str, account: Account, credits: int, at_us: int, **detail: str | None
) -> None:
    await trail.record(
        principal,
        action,
        account.name,
        at_us=at_us,
        account=account,
        detail={"credits": format_credits(credits), **detail},
    )


def _check_reason(reason: str) -> None:
    with about("reason"):
        check_line(reason, MAX_REASON)


def _check_positive(credits: int) -> None:
    if credits <= 0:
        raise InvalidInput("The amount must be above 0.", code=ErrorCode.INVALID_AMOUNT, field=("credits",))
