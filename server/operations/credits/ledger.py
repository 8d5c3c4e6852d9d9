"""Moving credits: one conditional UPDATE per balance, one immutable entry per movement."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from server.bus.bus import account_topic
from server.errors import Unfunded
from server.kit.credits import format_credits
from server.operations.core.principals import Principal
from server.operations.core.transactions import wake
from server.operations.credits.limits import evaluate_limits
from server.rules.credits.ledger import EntryKind
from server.store.models import Account, LedgerEntry, User
from server.store.queries.credits import move_credits, move_quota
from server.store.writing import insert, new


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """A movement of millicredits onto (or off) the account and a user's quota.

    `reference` is unique in the whole ledger, so that nothing moves twice. `user_changes` are columns of the
    user that change in the same UPDATE as its quota (for example its switch). A movement with only those
    leaves no entry. `principal` is who causes it, if the movements have different causes.
    """

    kind: EntryKind
    reference: str
    account_delta: int = 0
    quota_delta: int = 0
    user: User | None = None
    user_changes: dict[str, Any] = field(default_factory=dict)
    reason: str | None = None
    principal: Principal | None = None


async def move(
    account: Account, movements: Sequence[Movement], *, principal: Principal, at_us: int, events: int = 0
) -> list[LedgerEntry]:
    """Carry out movements of a locked account, all or none, and update the objects.

    The same UPDATE draws `events` numbers of the account's event log, for a caller that appends events. The
    account's subscribers are woken after the commit. The debit of an alert by SMS evaluates no limit, since
    it could raise the next alert by itself.

    Raises:
        Unfunded: the account or a quota has too little left; nothing moved.
    """
    entries = [_entry(account, movement, principal, at_us) for movement in movements if _moves(movement)]
    if entries or events:
        await _move_account(account, entries, events)
    users = {movement.user.id: movement.user for movement in movements if movement.user is not None}
    of_users: defaultdict[int, list[Movement]] = defaultdict(list)
    for movement in movements:
        if movement.user is not None:
            of_users[movement.user.id].append(movement)
    for user in users.values():
        await _move_quota(user, of_users[user.id])
    _balance(account, movements, entries)
    await insert(entries)
    wake(account_topic(account.id))
    if any(movement.kind is not EntryKind.ALERT_SMS for movement in movements):
        await evaluate_limits(account, entries, users.keys(), at_us=at_us)
    return entries


def unfunded(purse: str, left: int) -> Unfunded:
    """Return the error for an account or a quota with too little left (millicredits)."""
    return Unfunded(f"The {purse} has {format_credits(left)} credits left; nothing moved.")


def _moves(movement: Movement) -> bool:
    return movement.account_delta != 0 or movement.quota_delta != 0


def _entry(account: Account, movement: Movement, principal: Principal, at_us: int) -> LedgerEntry:
    return new(
        LedgerEntry,
        account_id=account.id,
        kind=movement.kind,
        account_delta=movement.account_delta,
        quota_delta=movement.quota_delta,
        user_id=movement.user.id if movement.user else None,
        user_login=movement.user.login if movement.user else None,
        reference=movement.reference,
        caused_by=(movement.principal or principal).name,
        reason=movement.reason,
        at_us=at_us,
    )


async def _move_account(account: Account, entries: list[LedgerEntry], events: int) -> None:
    delta = sum(entry.account_delta for entry in entries)
    if not await move_credits(account.id, delta, entries=len(entries), events=events):
        raise unfunded("account", account.credits_left)
    account.event_sequence += events


async def _move_quota(user: User, movements: list[Movement]) -> None:
    delta = sum(movement.quota_delta for movement in movements)
    changes = {name: value for movement in movements for name, value in movement.user_changes.items()}
    if delta == 0 and not changes:
        return
    if not await move_quota(user.id, delta, **changes):
        raise unfunded("quota", user.quota_left)
    user.update_from_dict(changes)


def _balance(account: Account, movements: Sequence[Movement], entries: list[LedgerEntry]) -> None:
    """Number the entries, fill in the running balances, and set the objects to the last ones."""
    for movement, entry in zip(filter(_moves, movements), entries, strict=True):
        account.credits_left += movement.account_delta
        account.ledger_sequence += 1
        entry.sequence = account.ledger_sequence
        entry.account_balance = account.credits_left
        if movement.user is not None:
            movement.user.quota_left += movement.quota_delta
            entry.quota_balance = movement.user.quota_left if movement.quota_delta else None
