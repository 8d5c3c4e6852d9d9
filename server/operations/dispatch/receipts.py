"""Receipts: stored as they come, then applied to their messages.

A receipt may come before the answer to its submission is recorded. Both sides write first and look for the
other's row afterwards, in another transaction, so at least one of them finds it.
"""

from collections import defaultdict
from collections.abc import Sequence

from server.bus.bus import Queue, account_topic
from server.gateways.protocol import OperatorReceipt
from server.kit.clock import SECOND_US
from server.kit.phone_number import last_digits
from server.operations.core.account_turns import Pauses, Work, run_each
from server.operations.core.services import Services
from server.operations.core.transactions import wake
from server.operations.dispatch.doubtful_receipts import EARLY_US, kept_message
from server.operations.dispatch.transitions import Moves
from server.rules.dispatch.delivery_state import State
from server.rules.messages.ptt import DeliveryStatus
from server.store.models import Account, MessagePart, Receipt
from server.store.queries.accounts import lock_account_id
from server.store.queries.dispatch.parts import parts_by_id, unmatched_receipts
from server.store.queries.dispatch.receipts import matched_receipts, parts_of_receipts
from server.store.writing import insert, new, update

DOUBTFUL_US = 15 * SECOND_US
"""How long a receipt waits for the part with exactly its id, before another possible part is taken."""


async def store_receipts(services: Services, gateway: str, receipts: Sequence[OperatorReceipt]) -> None:
    """Store receipts. Once this returns, they may be acknowledged to the operator.

    `gateway` is the link of receipts that name none.
    """

    async def work() -> None:
        now_us = services.clock.now_us()
        await insert(
            [
                new(
                    Receipt,
                    gateway=receipt.link or gateway,
                    operator_id=receipt.operator_id,
                    operator_raw_id=receipt.raw_id,
                    hex_id=receipt.hex_id,
                    decimal_id=receipt.decimal_id,
                    receiver_digits=last_digits(receipt.receiver),
                    unread=receipt.unread,
                    as_message=None if receipt.as_message is None else kept_message(receipt.as_message),
                    status=receipt.state.status,
                    ptt=receipt.state.ptt,
                    received_at_us=now_us,
                )
                for receipt in receipts
            ]
        )
        wake(Queue.RECEIPTS)

    await services.transactions.run(work)


async def apply_receipts(services: Services, *, limit: int, pauses: Pauses | None = None) -> int:
    """Apply receipts whose parts are known, in the order they came; return how many were tried.

    Receipts of paused accounts are skipped, so that they take no room in the batch.
    """
    rows = await matched_receipts(
        doubtful_until_us=services.clock.now_us() - DOUBTFUL_US,
        early_us=EARLY_US,
        but_for=pauses.under_way() if pauses else [],
        limit=limit,
    )
    by_account: defaultdict[int, list[int]] = defaultdict(list)
    for row in rows:
        by_account[row["account_id"]].append(row["receipt_id"])

    def work_on(account_id: int, receipt_ids: Sequence[int]) -> Work:
        async def work() -> None:
            account = await lock_account_id(account_id)
            await _apply(account, receipt_ids, services.clock.now_us())
            wake(account_topic(account_id))

        return work

    works = {account_id: work_on(account_id, ids) for account_id, ids in by_account.items()}
    await run_each(services, works, pauses)
    return len(rows)


async def _apply(account: Account, receipt_ids: Sequence[int], now_us: int) -> None:
    """Apply these receipts to a locked account's messages, unless another process just did."""
    receipts = await unmatched_receipts(receipt_ids)
    parts = await _match(account, receipts, now_us)
    known = [receipt for receipt in receipts if receipt.id in parts]
    moves = await Moves.load(account, {part.message_id for part in parts.values()})
    for receipt in known:
        part = parts[receipt.id]
        receipt.message_part_id = part.id
        state = State(DeliveryStatus(receipt.status), receipt.ptt)
        moves.move_part(part.message_id, part.id, state, at_us=now_us)
    if known:
        await update(known, ["message_part_id"])
    await moves.save(at_us=now_us)


async def _match(account: Account, receipts: Sequence[Receipt], now_us: int) -> dict[int, MessagePart]:
    """Return by receipt id the part that each receipt is about: the newest with that operator id.

    Before the account was locked, the operator may have given the id to a message of another account. Such a
    receipt is left to that account.
    """
    if not receipts:
        return {}
    about = await parts_of_receipts(
        [receipt.id for receipt in receipts], doubtful_until_us=now_us - DOUBTFUL_US, early_us=EARLY_US
    )
    parts = await parts_by_id(account.id, set(about.values()))
    return {receipt_id: parts[part_id] for receipt_id, part_id in about.items() if part_id in parts}
