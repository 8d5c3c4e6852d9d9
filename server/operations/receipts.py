"""Receipts: written down as they come, then applied to the messages that they are about.

A receipt may come before the answer to its submission is recorded. Both sides write first and look
for the other's row afterwards, in another transaction, so at least one of them sees it.
"""

from collections import defaultdict
from collections.abc import Sequence

from server.events.bus import WORK, account_topic
from server.gateways.gateway import OperatorReceipt
from server.models import Account, MessagePart, Receipt
from server.models.sql import fetch, placeholders
from server.operations.delivery import Moves
from server.operations.per_account import Pauses, Work, run_each
from server.operations.scope import lock_account_id
from server.operations.services import Services
from server.operations.transactions import Transaction
from server.rules.delivery_state import State
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


async def apply_receipts(services: Services, *, limit: int, pauses: Pauses | None = None) -> int:
    """Apply receipts whose parts are known, in the order they came; return how many were tried.

    Receipts of accounts that pause are passed over, so that they take up no room in the batch.
    """
    passed_over = pauses.under_way() if pauses else []
    others = f"WHERE part.account_id NOT IN ({placeholders(passed_over, after=1)})" if passed_over else ""
    rows = await fetch(
        f"""
        SELECT waiting.receipt_id, part.account_id FROM ({_WAITING}) waiting
        JOIN message_parts part ON part.id = waiting.part_id {others}
        ORDER BY waiting.receipt_id LIMIT $1
        """,  # noqa: S608 constant texts
        limit,
        *passed_over,
    )
    by_account: defaultdict[int, list[int]] = defaultdict(list)
    for row in rows:
        by_account[row["account_id"]].append(row["receipt_id"])

    def work_on(account_id: int, receipt_ids: Sequence[int]) -> Work:
        async def work(transaction: Transaction) -> None:
            account = await lock_account_id(account_id)
            await _apply(account, receipt_ids, services.clock.now_us())
            transaction.wake(account_topic(account_id))
            transaction.wake(WORK)

        return work

    works = {account_id: work_on(account_id, ids) for account_id, ids in by_account.items()}
    await run_each(services, works, pauses)
    return len(rows)


async def _apply(account: Account, receipt_ids: Sequence[int], now_us: int) -> None:
    """Move the messages of a locked account on by these receipts, unless another process just has."""
    receipts = await Receipt.filter(id__in=receipt_ids, message_part_id=None).order_by("id")
    parts = await _match(account, receipts)
    known = [receipt for receipt in receipts if receipt.id in parts]
    moves = await Moves.load(account, {part.message_id for part in parts.values()})
    for receipt in known:
        part = parts[receipt.id]
        receipt.message_part_id = part.id
        state = State(DeliveryStatus(receipt.status), receipt.ptt)
        moves.move_part(part.message_id, part.id, state, at_us=now_us)
    if known:
        await Receipt.bulk_update(known, ["message_part_id"])
    await moves.save(at_us=now_us)


async def _match(account: Account, receipts: Sequence[Receipt]) -> dict[int, MessagePart]:
    """Return, by receipt id, the part that each receipt is about: the newest one of that operator id.

    Before the account was locked, the operator may have given that id to a message of another account:
    what is about that one is left to it.
    """
    newest: dict[tuple[str, str], MessagePart] = {}
    operator_ids = {receipt.operator_id for receipt in receipts}
    for part in await MessagePart.filter(operator_id__in=operator_ids).order_by("id"):
        newest[part.gateway, part.operator_id] = part
    matched = {receipt.id: newest[receipt.gateway, receipt.operator_id] for receipt in receipts}
    return {receipt_id: part for receipt_id, part in matched.items() if part.account_id == account.id}
