"""Deleting old rows that nobody needs; never a message, or a ledger or audit entry."""

from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from typing import Protocol

from server.kit.clock import DAY_US, SECOND_US
from server.operations.access.password_checks import ORIGINS_KEPT_US
from server.operations.core.idempotency import KEPT_US
from server.operations.core.services import Services
from server.rules.access.throttling import FORGET_AFTER_US
from server.store.queries import maintenance as queries
from server.store.queries.accounts import lock_account_id

BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Purge:
    """How many rows of each kind were deleted."""

    tokens: int
    idempotency_keys: int
    throttles: int
    sign_in_origins: int
    rate_buckets: int
    receipts: int
    incoming_parts: int
    unclaimed_messages: int
    events: int
    callbacks: int


async def purge(services: Services) -> Purge:
    """Delete rows that are no longer needed.

    These are expired tokens and ended sessions, old idempotency keys, idle throttles, old origins and empty
    rate buckets; old receipts that fit no message (a new one's message may not be recorded yet), and equally
    old parts of incoming messages whose link is gone; and, past their retention, delivery events, ended
    callbacks with their tries, and messages from phones that belong to no account. Only age decides: a
    message keeps its status when its events are deleted.
    """
    now_us, policy = services.clock.now_us(), services.policy
    kept_from_us = now_us - policy.event_retention_days * DAY_US
    orphaned_us = now_us - policy.orphaned_receipt_seconds * SECOND_US
    delete_throttles = partial(queries.delete_throttles, blocked_until_us=now_us)
    return Purge(
        tokens=await _delete(services, queries.delete_tokens, now_us),
        idempotency_keys=await _delete(services, queries.delete_idempotency_keys, now_us - KEPT_US),
        throttles=await _delete(services, delete_throttles, now_us - FORGET_AFTER_US),
        sign_in_origins=await _delete(services, queries.delete_sign_in_origins, now_us - ORIGINS_KEPT_US),
        rate_buckets=await _delete(services, queries.delete_rate_buckets, now_us - policy.rate_emptied_us),
        receipts=await _delete(services, queries.delete_orphaned_receipts, orphaned_us),
        incoming_parts=await _delete(services, queries.delete_incoming_parts, orphaned_us),
        unclaimed_messages=await _delete(services, queries.delete_unclaimed_messages, kept_from_us),
        events=await _purge_events(services, kept_from_us),
        callbacks=await _delete(services, queries.delete_ended_callbacks, kept_from_us),
    )


class _Deletion(Protocol):
    async def __call__(self, *, until_us: int, limit: int) -> int: ...


async def _delete(services: Services, deletion: _Deletion, until_us: int) -> int:
    """Delete in short transactions, so that sending hardly waits; return how many."""

    async def work() -> int:
        return await deletion(until_us=until_us, limit=BATCH)

    deleted = 0
    while count := await services.transactions.run(work):
        deleted += count
    return deleted


async def _purge_events(services: Services, before_us: int) -> int:
    """Delete each account's events, oldest first, up to the first that is younger; return how many.

    So the log has no gap. The number of the last deleted event is written in the same transaction, for
    readers.
    """
    deleted = 0
    for account_id in await queries.accounts_with_old_events(until_us=before_us):

        async def work(account_id: int = account_id) -> int:
            account = await lock_account_id(account_id)
            ages = await queries.event_times(account_id, after=account.events_purged, limit=BATCH)
            old = [sequence for sequence, _ in takewhile(lambda age: age[1] <= before_us, ages)]
            if old:
                await queries.delete_events(account_id, last=old[-1])
            return len(old)

        while count := await services.transactions.run(work):
            deleted += count
    return deleted
