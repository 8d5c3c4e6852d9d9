"""Ending messages that the operator took but never sent a final receipt for."""

from collections import defaultdict
from collections.abc import Sequence

from server.bus.bus import account_topic
from server.kit.clock import SECOND_US
from server.operations.core.account_turns import Pauses, Work, run_each
from server.operations.core.services import Services
from server.operations.core.transactions import wake
from server.operations.dispatch.transitions import Moves
from server.rules.dispatch.delivery_state import no_final_receipt
from server.store.models import Account
from server.store.queries.accounts import lock_account_id
from server.store.queries.dispatch.claims import overdue_messages, overdue_of


async def expire_unconfirmed(services: Services, *, limit: int, pauses: Pauses | None = None) -> int:
    """End messages whose final receipt is overdue, oldest first; return how many were tried.

    A receipt that comes later is recorded, and changes nothing. Paused accounts are skipped.
    """
    policy = services.policy
    waited_us = (policy.validity_seconds + policy.receipt_margin_seconds) * SECOND_US
    rows = await overdue_messages(
        sent_until_us=services.clock.now_us() - waited_us,
        but_for=pauses.under_way() if pauses else [],
        limit=limit,
    )
    by_account: defaultdict[int, list[int]] = defaultdict(list)
    for row in rows:
        by_account[row["account_id"]].append(row["id"])

    def work_on(account_id: int, message_ids: Sequence[int]) -> Work:
        async def work() -> None:
            await _expire(await lock_account_id(account_id), message_ids, services.clock.now_us())
            wake(account_topic(account_id))

        return work

    await run_each(
        services, {account_id: work_on(account_id, ids) for account_id, ids in by_account.items()}, pauses
    )
    return len(rows)


async def _expire(account: Account, message_ids: Sequence[int], now_us: int) -> None:
    """End these messages of a locked account, except those that have ended meanwhile."""
    overdue = await overdue_of(message_ids)
    moves = await Moves.load(account, overdue)
    for message_id in overdue:
        moves.move_all_parts(message_id, no_final_receipt(), at_us=now_us)
    await moves.save(at_us=now_us)
