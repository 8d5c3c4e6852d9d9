"""Throwing away what nobody will ask for again: never a message, an event, or a ledger or audit entry."""

from dataclasses import dataclass

from server.models.sql import fetch
from server.operations.idempotency import KEPT_US
from server.operations.services import Services
from server.operations.transactions import Transaction
from server.rules.throttling import FORGET_AFTER_US

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
_RATE_BUCKETS = """
    DELETE FROM rate_buckets WHERE key IN (
        SELECT key FROM rate_buckets WHERE at_us <= $1 LIMIT $2
    ) RETURNING key
"""
_RECEIPTS = """
    DELETE FROM receipts WHERE id IN (
        SELECT id FROM receipts
        WHERE message_part_id IS NULL AND received_at_us <= $1 AND NOT EXISTS (
            SELECT 1 FROM message_parts
            WHERE message_parts.gateway = receipts.gateway
              AND message_parts.operator_id = receipts.operator_id
        )
        ORDER BY id LIMIT $2
    ) RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Purged:
    """How many rows of each kind are gone."""

    tokens: int
    idempotency_keys: int
    throttles: int
    rate_buckets: int
    receipts: int


async def purge(services: Services, *, orphans_kept_us: int) -> Purged:
    """Delete expired tokens and ended sessions, old idempotency keys, idle throttles and empty rate buckets.

    Receipts too that fit no message and are older than `orphans_kept_us`: a message may yet be recorded
    for a fresh one.
    """
    now_us = services.clock.now_us()
    return Purged(
        tokens=await _delete(services, _TOKENS, now_us),
        idempotency_keys=await _delete(services, _IDEMPOTENCY_KEYS, now_us - KEPT_US),
        throttles=await _delete(services, _THROTTLES, now_us - FORGET_AFTER_US, FORGET_AFTER_US),
        rate_buckets=await _delete(services, _RATE_BUCKETS, now_us - services.policy.rate_emptied_us),
        receipts=await _delete(services, _RECEIPTS, now_us - orphans_kept_us),
    )


async def _delete(services: Services, sql: str, before_us: int, *more: int) -> int:
    """Delete in short transactions, so that whoever sends meanwhile hardly waits; return how many."""

    async def work(_: Transaction) -> int:
        return len(await fetch(sql, before_us, BATCH, *more))

    deleted = 0
    while count := await services.transactions.run(work):
        deleted += count
    return deleted
