"""Cancelling messages that no worker has claimed, and refunding what ends not billed."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.errors import Conflict, ErrorCode, NotFound
from server.events.bus import account_topic
from server.models import Account, Message, User
from server.models.sql import fetch
from server.operations import audit
from server.operations.events import Change, record_changes
from server.operations.ledger import Movement, move
from server.operations.principals import Principal, Scope
from server.operations.scope import find_user, lock_account, lock_account_id, visible_messages
from server.operations.services import Services
from server.operations.transactions import Transaction
from server.rules.delivery_state import State
from server.rules.ledger import EntryKind
from server.rules.ptt import DeliveryStatus


@dataclass(frozen=True, slots=True)
class Paid:
    """What a refund needs to know of a message: what it cost (millicredits), and who paid."""

    id: int
    user_id: int | None
    from_quota: bool
    credits: int


@dataclass(frozen=True, slots=True)
class Cancelled:
    """How many messages were cancelled, and the account afterwards."""

    account: Account
    count: int


async def cancel_message(services: Services, principal: Principal, *, message_id: int) -> Message:
    """Cancel one message that no worker has claimed; its credits come back.

    Raises:
        NotFound: UNKNOWN_MESSAGE.
        Conflict: ALREADY_SUBMITTED.
    """
    principal.require(Scope.SEND)

    async def work(transaction: Transaction) -> Message:
        message = await visible_messages(principal).get_or_none(id=message_id)
        if message is None:
            raise NotFound("There is no such message.", code=ErrorCode.UNKNOWN_MESSAGE, field=("id",))
        account = await lock_account_id(message.account_id)
        now_us = services.clock.now_us()
        count = await sweep(account, message_id=message.id, principal=principal, at_us=now_us)
        if not count:
            raise Conflict(
                "The message was handed to the operator or has ended.",
                code=ErrorCode.ALREADY_SUBMITTED,
                field=("id",),
            )
        transaction.wake(account_topic(account.id))
        await audit.record(principal, "cancelMessage", str(message_id), at_us=now_us, account=account)
        return await Message.get(id=message_id)

    return await services.transactions.run(work)


async def cancel_pending_messages(
    services: Services, principal: Principal, *, account: str, login: str | None
) -> Cancelled:
    """Cancel all of an account's messages, or all of one user's, that no worker has claimed.

    Raises:
        NotFound: UNKNOWN_ACCOUNT, UNKNOWN_USER.
    """
    principal.require(Scope.SEND)

    async def work(transaction: Transaction) -> Cancelled:
        locked = await lock_account(principal, account)
        now_us = services.clock.now_us()
        user = await find_user(principal, locked, login) if login is not None else None
        user_id = user.id if user else principal.user_id
        count = await sweep(locked, user_id=user_id, principal=principal, at_us=now_us)
        transaction.wake(account_topic(locked.id))
        await audit.record(
            principal,
            "cancelPendingMessages",
            user.login if user else principal.name if principal.is_user else locked.name,
            at_us=now_us,
            account=locked,
            detail={"cancelledMessages": count},
        )
        return Cancelled(locked, count)

    return await services.transactions.run(work)


async def sweep(
    account: Account,
    *,
    principal: Principal,
    at_us: int,
    user_id: int | None = None,
    message_id: int | None = None,
) -> int:
    """Cancel and refund the unclaimed messages of a locked account (of one user, or just one); return how many.

    A worker claims without the account's lock, so the state is tested by the UPDATE itself. What an
    earlier worker may have handed over, in whole or in part, counts as claimed.
    """
    rows = await fetch(
        """
        UPDATE messages SET state = 'ended', status = 16, ptt = NULL, status_changed_at_us = $1
        WHERE account_id = $2 AND state = 'queued' AND NOT outcome_unknown AND sent_at_us IS NULL
          AND (CAST($3 AS BIGINT) IS NULL OR user_id = $3) AND (CAST($4 AS BIGINT) IS NULL OR id = $4)
        RETURNING id, user_id, from_quota, credits
        """,
        at_us,
        account.id,
        user_id,
        message_id,
    )
    messages = sorted((Paid(**row) for row in rows), key=lambda message: message.id)
    before, after = State(DeliveryStatus.CREATED, None), State(DeliveryStatus.NOT_BILLED, None)
    changes = [Change(message.id, message.user_id, before, after) for message in messages]
    await record_changes(account, changes, at_us=at_us)
    await refund(account, messages, principal=principal, at_us=at_us)
    return len(messages)


async def refund(account: Account, messages: Sequence[Paid], *, principal: Principal, at_us: int) -> None:
    """Give back what messages of a locked account cost: to the quota that paid, if it is still on.

    Each message is refunded once: its reference is unique in the ledger.
    """
    if not messages:
        return
    payers = {message.user_id for message in messages}
    users = {user.id: user for user in await User.filter(id__in=[p for p in payers if p is not None])}
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
