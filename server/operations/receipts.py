"""Receipts: written down as they come, then applied to the messages that they are about.

A receipt may come before the answer to its submission is recorded. Both sides write first and look
for the other's row afterwards, in another transaction, so at least one of them sees it.
"""

from collections import defaultdict
from collections.abc import Sequence

from server.events.bus import WORK, account_topic
from server.gateways.gateway import OperatorReceipt
from server.models import Account, Message, MessagePart, MessageState, Receipt
from server.models.sql import fetch
from server.operations.cancelling import Paid, refund
from server.operations.events import Change, record_changes
from server.operations.principals import SERVER
from server.operations.scope import lock_account_id
from server.operations.services import Services
from server.operations.transactions import Transaction
from server.rules.delivery_state import State, advance, combine
from server.rules.ptt import DeliveryStatus

_WAITING = """
    SELECT receipts.id AS receipt_id, receipts.status, receipts.ptt,
           (SELECT MAX(part.id) FROM message_parts part
            WHERE part.gateway = receipts.gateway AND part.operator_id = receipts.operator_id) AS part_id
    FROM receipts WHERE receipts.message_part_id IS NULL
"""


async def store_receipts(services: Services, gateway: str, receipts: Sequence[OperatorReceipt]) -> None:
    """Write receipts down; once this returns, the operator may be told that they have arrived."""

    async def work(transaction: Transaction) -> None:
        now_us = services.clock.now_us()
        await Receipt.bulk_create(
            Receipt(
                gateway=gateway,
                operator_id=receipt.operator_id,
                status=receipt.state.status,
                ptt=receipt.state.ptt,
                received_at_us=now_us,
            )
            for receipt in receipts
        )
        transaction.wake(WORK)

    await services.transactions.run(work)


async def apply_receipts(services: Services, *, limit: int) -> int:
    """Apply receipts whose parts are known, in the order they came; return how many there were."""
    rows = await fetch(
        f"""
        SELECT waiting.receipt_id, part.account_id FROM ({_WAITING}) waiting
        JOIN message_parts part ON part.id = waiting.part_id
        ORDER BY waiting.receipt_id LIMIT $1
        """,  # noqa: S608 a constant query
        limit,
    )
    by_account: defaultdict[int, list[int]] = defaultdict(list)
    for row in rows:
        by_account[row["account_id"]].append(row["receipt_id"])
    for account_id, receipt_ids in by_account.items():

        async def work(
            transaction: Transaction, account_id: int = account_id, receipt_ids: list[int] = receipt_ids
        ) -> None:
            account = await lock_account_id(account_id)
            await _apply(account, receipt_ids, services.clock.now_us())
            transaction.wake(account_topic(account_id))

        await services.transactions.run(work)
    return len(rows)


async def _apply(account: Account, receipt_ids: Sequence[int], now_us: int) -> None:
    """Move the messages of a locked account on by these receipts, unless another process just has."""
    receipts = await Receipt.filter(id__in=receipt_ids, message_part_id=None).order_by("id")
    matched = await _match(receipts)
    message_ids = {part.message_id for part in matched.values()}
    messages = {message.id: message for message in await Message.filter(id__in=message_ids)}
    siblings: defaultdict[int, list[MessagePart]] = defaultdict(list)
    for part in await MessagePart.filter(message_id__in=message_ids).order_by("message_id", "part"):
        siblings[part.message_id].append(part)
    changes: list[Change] = []
    moved_parts: dict[int, MessagePart] = {}
    for receipt in receipts:
        known = matched[receipt.id]
        receipt.message_part_id = known.id
        parts = siblings[known.message_id]
        part = next(sibling for sibling in parts if sibling.id == known.id)
        if not _move_part(part, receipt):
            continue
        moved_parts[part.id] = part
        change = _move_message(messages[part.message_id], parts, now_us)
        if change is not None:
            changes.append(change)
    await _save(account, receipts, list(moved_parts.values()), changes, messages, now_us)


async def _match(receipts: Sequence[Receipt]) -> dict[int, MessagePart]:
    """Return, by receipt id, the part that each receipt is about: the newest one of that operator id."""
    parts: dict[tuple[str, str], MessagePart] = {}
    operator_ids = {receipt.operator_id for receipt in receipts}
    for part in await MessagePart.filter(operator_id__in=operator_ids).order_by("id"):
        parts[part.gateway, part.operator_id] = part
    return {receipt.id: parts[receipt.gateway, receipt.operator_id] for receipt in receipts}


def _move_part(part: MessagePart, receipt: Receipt) -> bool:
    after = advance(_state(part), _state(receipt))
    if after is None:
        return False
    part.status, part.ptt = after.status, after.ptt
    return True


def _move_message(message: Message, parts: Sequence[MessagePart], now_us: int) -> Change | None:
    before = _state(message)
    after = advance(before, combine([_state(part) for part in parts]))
    if after is None:
        return None
    message.status, message.ptt, message.status_changed_at_us = after.status, after.ptt, now_us
    if after.status.final:
        message.state = MessageState.ENDED
    return Change(message.id, message.user_id, before, after)


async def _save(
    account: Account,
    receipts: Sequence[Receipt],
    parts: Sequence[MessagePart],
    changes: Sequence[Change],
    messages: dict[int, Message],
    now_us: int,
) -> None:
    if receipts:
        await Receipt.bulk_update(receipts, ["message_part_id"])
    if parts:
        await MessagePart.bulk_update(parts, ["status", "ptt"])
    if not changes:
        return
    changed = [messages[message_id] for message_id in dict.fromkeys(change.message_id for change in changes)]
    await Message.bulk_update(changed, ["status", "ptt", "status_changed_at_us", "state"])
    await record_changes(account, changes, at_us=now_us)
    unbilled = [message for message in changed if message.status == DeliveryStatus.NOT_BILLED]
    paid = [Paid(one.id, one.user_id, one.from_quota, one.credits) for one in unbilled]
    await refund(account, paid, principal=SERVER, at_us=now_us)


def _state(row: Message | MessagePart | Receipt) -> State:
    return State(DeliveryStatus(row.status), row.ptt)
