"""Cancelling messages that no worker has claimed, and refunding messages that end not billed.

If there may be many messages, a sweep cancels them in batches (see `sweeps`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from server.bus.bus import account_topic
from server.errors import Conflict, ErrorCode, NotFound
from server.operations.audit import trail
from server.operations.core.principals import Principal, Scope
from server.operations.core.services import Services
from server.operations.core.transactions import wake
from server.operations.core.visibility import find_user, lock_account
from server.operations.credits.ledger import Movement, move
from server.operations.messages.events import Change, Moved, record_changes
from server.operations.sweeps.sweeps import BATCH, begin_sweep, finish_sweep
from server.rules.credits.ledger import EntryKind
from server.rules.dispatch.delivery_state import State
from server.rules.messages.ptt import DeliveryStatus
from server.store.models import Account, Message, Sweep
from server.store.models.sweeps import SweepKind
from server.store.queries.accounts import get_account, lock_account_id, users_by_id
from server.store.queries.messages import cancel_messages, cancellable_ids, get_message
from server.store.queries.visible_rows import visible_message


@dataclass(frozen=True, slots=True)
class Cancellation:
    """How many messages were cancelled, and the account afterwards."""

    account: Account
    count: int


async def cancel_message(services: Services, principal: Principal, *, message_id: int) -> Message:
    """Cancel one message that no worker has claimed, and refund it.

    Raises:
        NotFound: UNKNOWN_MESSAGE.
        Conflict: ALREADY_SUBMITTED.
    """
    principal.require(Scope.SEND)

    async def work() -> Message:
        message = await visible_message(principal, message_id)
        if message is None:
            raise NotFound("There is no such message.", code=ErrorCode.UNKNOWN_MESSAGE, field=("id",))
        account = await lock_account_id(message.account_id)
        now_us = services.clock.now_us()
        if not await cancel(account, [message.id], principal=principal, at_us=now_us):
            raise Conflict(
                "The message was already handed to the operator, or has ended.",
                code=ErrorCode.ALREADY_SUBMITTED,
                field=("id",),
            )
        wake(account_topic(account.id))
        await trail.record(principal, "cancelMessage", str(message_id), at_us=now_us, account=account)
        return await get_message(message_id)

    return await services.transactions.run(work)


async def cancel_pending_messages(
    services: Services, principal: Principal, *, account: str, login: str | None
) -> Cancellation:
    """Cancel all messages of an account or of one user that no worker has claimed.

    Raises:
        NotFound: UNKNOWN_ACCOUNT, UNKNOWN_USER.
    """
    principal.require(Scope.SEND)

    async def work() -> Sweep:
        locked = await lock_account(principal, account)
        user = await find_user(principal, locked, login) if login is not None else None
        return await begin_cancelling(
            locked,
            principal=principal,
            user_id=user.id if user else principal.user_id,
            action="cancelPendingMessages",
            subject=user.login if user else principal.name if principal.is_user else locked.name,
            at_us=services.clock.now_us(),
        )

    sweep = await finish_cancelling(services, await services.transactions.run(work))
    return Cancellation(await get_account(sweep.account_id), sweep.done)


async def begin_cancelling(
    account: Account,
    *,
    principal: Principal,
    user_id: int | None,
    action: str,
    subject: str,
    at_us: int,
    detail: Mapping[str, object] | None = None,
    before: Mapping[str, object] | None = None,
) -> Sweep:
    """Begin to cancel a locked account's unclaimed messages (or a user's); `finish_cancelling` does the rest.

    When it is done, the audit trail gets an entry with the number of cancelled messages.
    """
    sweep = Sweep(
        account_id=account.id,
        user_id=user_id,
        kind=SweepKind.MESSAGES,
        caused_by=principal.name,
        action=action,
        subject=subject,
        detail=orjson.dumps([trail.shown(detail or {}), before and trail.shown(before)]).decode(),
    )
    return await begin_sweep(account, sweep, cancel_batch, at_us=at_us)


async def finish_cancelling(services: Services, sweep: Sweep) -> Sweep:
    """Cancel the rest of a sweep, and return the finished sweep."""
    return await finish_sweep(services, sweep, cancel_batch)


async def cancel_batch(account: Account, sweep: Sweep, at_us: int) -> int:
    """Cancel one batch of a sweep."""
    ids = await cancellable_ids(account.id, sweep.user_id, created_until_us=sweep.begun_at_us, limit=BATCH)
    principal = Principal(name=sweep.caused_by, scopes=frozenset())
    sweep.done += await cancel(account, ids, principal=principal, at_us=at_us)
    wake(account_topic(account.id))
    return len(ids)


async def cancel(account: Account, ids: Sequence[int], *, principal: Principal, at_us: int) -> int:
    """Cancel and refund those of these messages that no worker has claimed; return how many.

    The account is locked, but workers claim without its lock, so the UPDATE itself tests the state. A message
    that an earlier worker may have handed over, even in part, counts as claimed.
    """
    if not ids:
        return 0
    messages = [Moved(**row) for row in await cancel_messages(ids, at_us=at_us)]
    before, after = State(DeliveryStatus.CREATED, None), State(DeliveryStatus.NOT_BILLED, None)
    changes = [Change(message, before, after) for message in messages]
    await record_changes(account, changes, at_us=at_us)
    await refund(account, messages, principal=principal, at_us=at_us)
    return len(messages)


async def refund(account: Account, messages: Sequence[Moved], *, principal: Principal, at_us: int) -> None:
    """Refund messages of a locked account, to the quota that paid if it is still on.

    Each message is refunded only once, since its reference is unique in the ledger.
    """
    if not messages:
        return
    users = await users_by_id(message.user_id for message in messages)
    movements = []
    for message in messages:
        user = users.get(message.user_id or 0)
        to_quota = message.from_quota and user is not None and user.quota_on and user.deleted_at_us is None
        movements.append(
            Movement(
                kind=EntryKind.REFUND,
                reference=f"refund:{message.id}",
                account_delta=0 if to_quota else message.credits,
                quota_delta=message.credits if to_quota else 0,
                user=user,
            )
        )
    await move(account, movements, principal=principal, at_us=at_us)
