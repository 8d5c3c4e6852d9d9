"""Throwing away what nobody will ask for again: never a message, or a ledger or audit entry."""

from dataclasses import dataclass
from itertools import takewhile

from server.kit.clock import DAY_US, SECOND_US
from server.operations.access.password_checks import ORIGINS_KEPT_US
from server.operations.core.idempotency import KEPT_US
from server.operations.core.services import Services
from server.operations.core.transactions import Transaction
from server.operations.core.visibility import lock_account_id
from server.rules.access.throttling import FORGET_AFTER_US
from server.store.models import Account, DeliveryEvent
from server.store.sql import fetch

BATCH = 1_000

_TOKENS = """
    DELETE FROM access_tokens WHERE id IN (
        SELECT id FROM access_tokens
        WHERE expires_at_us <= $1 OR (is_session AND revoked_at_us IS NOT NULL) LIMIT $2
    ) RETURNING id
"""
_IDEMPOTENCY_KEYS = """
    DELETE FROM idempotency_keys WHERE id IN (
        SELECT id FROM idempotency_keys WHERE at_us <= $1 ORDER BY at_us LIMIT $2
    ) RETURNING id
"""
_THROTTLES = """
    DELETE FROM throttles WHERE key IN (
        SELECT key FROM throttles WHERE updated_at_us <= $1 AND blocked_until_us <= $1 + $3 LIMIT $2
    ) RETURNING key
"""
_SIGN_IN_ORIGINS = """
    DELETE FROM sign_in_origins WHERE key IN (
        SELECT key FROM sign_in_origins WHERE used_at_us <= $1 LIMIT $2
    ) RETURNING key
"""
_RATE_BUCKETS = """
    DELETE FROM rate_buckets WHERE key IN (
        SELECT key FROM rate_buckets WHERE at_us <= $1 LIMIT $2
    ) RETURNING key
"""
_RECEIPTS = """
    DELETE FROM receipts WHERE id IN (
        SELECT id FROM receipts
        WHERE message_part_id IS NULL AND received_at_us <= $1 AND NOT EXISTS (
            SELECT 1 FROM message_parts JOIN messages ON messages.id = message_parts.message_id
            WHERE message_parts.gateway = receipts.gateway
              AND message_parts.operator_id = receipts.operator_id
              AND messages.sent_at_us <= receipts.received_at_us
        )
        ORDER BY id LIMIT $2
    ) RETURNING id
"""
_INCOMING_PARTS = """
    DELETE FROM incoming_parts WHERE id IN (
        SELECT id FROM incoming_parts WHERE received_at_us <= $1 ORDER BY id LIMIT $2
    ) RETURNING id
"""
_UNCLAIMED = """
    DELETE FROM unclaimed_messages WHERE id IN (
        SELECT id FROM unclaimed_messages WHERE at_us <= $1 ORDER BY at_us LIMIT $2
    ) RETURNING id
"""
_CALLBACKS = """
    DELETE FROM callback_deliveries WHERE id IN (
        SELECT id FROM callback_deliveries
        WHERE ended_at_us <= $1 AND state <> 'waiting' ORDER BY ended_at_us LIMIT $2
    ) RETURNING id
"""
_ACCOUNTS_WITH_OLD_EVENTS = """
    SELECT accounts.id FROM accounts
    JOIN delivery_events ON delivery_events.account_id = accounts.id
        AND delivery_events.sequence = accounts.events_purged + 1
    WHERE delivery_events.at_us <= $1 ORDER BY accounts.id
"""


@dataclass(frozen=True, slots=True)
class Purged:
    """How many rows of each kind are gone."""

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


async def purge(services: Services) -> Purged:
    """Delete expired tokens and ended sessions, old idempotency keys, idle throttles, old origins and empty rate buckets.

    Receipts too that fit no message and are old: a message may yet be recorded for a fresh one; and parts of
    incoming messages as old, whose link no longer is. And, beyond their retention, delivery events, callbacks
    that have ended, with their tries, and messages from phones that belong to nobody. Age alone decides: a
    message keeps its status, whatever becomes of the events that led to it.
    """
    now_us, policy = services.clock.now_us(), services.policy
    kept_from_us = now_us - policy.event_retention_days * DAY_US
    return Purged(
        tokens=await _delete(services, _TOKENS, now_us),
        idempotency_keys=await _delete(services, _IDEMPOTENCY_KEYS, now_us - KEPT_US),
        throttles=await _delete(services, _THROTTLES, now_us - FORGET_AFTER_US, FORGET_AFTER_US),
        sign_in_origins=await _delete(services, _SIGN_IN_ORIGINS, now_us - ORIGINS_KEPT_US),
        rate_buckets=await _delete(services, _RATE_BUCKETS, now_us - policy.rate_emptied_us),
        receipts=await _delete(services, _RECEIPTS, now_us - policy.orphaned_receipt_seconds * SECOND_US),
        incoming_parts=await _delete(
            services, _INCOMING_PARTS, now_us - policy.orphaned_receipt_seconds * SECOND_US
        ),
        unclaimed_messages=await _delete(services, _UNCLAIMED, kept_from_us),
        events=await _purge_events(services, kept_from_us),
        callbacks=await _delete(services, _CALLBACKS, kept_from_us),
    )


async def _delete(services: Services, sql: str, before_us: int, *more: int) -> int:
    """Delete in short transactions, so that whoever sends meanwhile hardly waits; return how many."""

    async def work(_: Transaction) -> int:
        return len(await fetch(sql, before_us, BATCH, *more))

    deleted = 0
    while count := await services.transactions.run(work):
        deleted += count
    return deleted


async def _purge_events(services: Services, before_us: int) -> int:
    """Delete each account's events from the oldest on up to the first that is younger; return how many.

    The log thus has no gap. How far it is gone is written in the same transaction, for readers to see.
    """
    deleted = 0
    for row in await fetch(_ACCOUNTS_WITH_OLD_EVENTS, before_us):

        async def work(_: Transaction, account_id: int = row["id"]) -> int:
            account = await lock_account_id(account_id)
            of_account = DeliveryEvent.filter(account_id=account_id)
            oldest = of_account.filter(sequence__gt=account.events_purged).order_by("sequence").limit(BATCH)
            ages = await oldest.values_list("sequence", "at_us")
            old = [sequence for sequence, _ in takewhile(lambda age: age[1] <= before_us, ages)]
            if old:
                await of_account.filter(sequence__lte=old[-1]).delete()
                await Account.filter(id=account_id).update(events_purged=old[-1])
            return len(old)

        while count := await services.transactions.run(work):
            deleted += count
    return deleted
