"""For all domains: leases on claimed rows, rate buckets, idempotency keys and counters."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from server.store.models import Counter, IdempotencyKey, RateBucket
from server.store.reading import load_by
from server.store.sql import fetch, is_sqlite, placeholders, skip_locked


@dataclass(frozen=True, slots=True)
class Claimable:
    """A table whose rows workers claim. If `condition` holds, `due_at_us` is the lease's end."""

    table: str
    condition: str


MESSAGES = Claimable("messages", "state = 'claimed'")
CALLBACKS = Claimable("callback_deliveries", "state = 'waiting' AND claim_id IS NOT NULL")
MAILS = Claimable("notifications", "state = 'waiting' AND claim_id IS NOT NULL")


async def renew_leases(
    claimable: Claimable, ids: Sequence[int], claim_ids: Sequence[int], *, lease_end_us: int
) -> None:
    """Extend the leases of those of these rows that are still claimed by one of these claims.

    Rows are locked by id. Those locked by another transaction are skipped.
    """
    await fetch(
        f"""
        UPDATE {claimable.table} SET due_at_us = $1
        WHERE id IN (
            SELECT id FROM {claimable.table}
            WHERE id IN ({placeholders(ids, after=1)}) AND {claimable.condition}
              AND claim_id IN ({placeholders(claim_ids, after=1 + len(ids))})
            ORDER BY id {skip_locked()}
        )
        """,  # noqa: S608 constant texts and placeholders
        lease_end_us,
        *ids,
        *claim_ids,
    )


async def end_leases(claimable: Claimable, *, at_us: int) -> None:
    """Shorten every lease that ends later to this time."""
    await fetch(
        f"UPDATE {claimable.table} SET due_at_us = $1 WHERE {claimable.condition} AND due_at_us > $1",  # noqa: S608 constant texts
        at_us,
    )


async def charge_bound(key: str, *, at_us: int, cost_us: int, span_us: int) -> bool:
    """Move the time at which a bucket is empty on by a cost, unless it would be further off than the span.

    Return whether there was room. The bucket is locked until the transaction ends.
    """
    rows = await fetch(
        """
        INSERT INTO rate_buckets (key, level, at_us)
        SELECT CAST($1 AS TEXT), 0, CAST($2 AS BIGINT) + CAST($3 AS BIGINT)
        WHERE CAST($3 AS BIGINT) <= CAST($4 AS BIGINT)
        ON CONFLICT (key) DO UPDATE SET
            at_us = $3 + CASE WHEN rate_buckets.at_us > $2 THEN rate_buckets.at_us ELSE $2 END
        WHERE $3 + CASE WHEN rate_buckets.at_us > $2 THEN rate_buckets.at_us ELSE $2 END <= $2 + $4
        RETURNING at_us
        """,
        key,
        at_us,
        cost_us,
        span_us,
    )
    return bool(rows)


async def draw_points(key: str, points: int, *, at_us: int, capacity: int, per_second: int) -> int | None:
    """Add points to a leaky bucket, and return how full it is then; None if there is no room."""
    rows = await fetch(
        """
        INSERT INTO rate_buckets (key, level, at_us)
        SELECT CAST($1 AS TEXT), CAST($2 AS BIGINT), CAST($3 AS BIGINT) WHERE $2 <= $4
        ON CONFLICT (key) DO UPDATE SET
            level = $2 + CASE
                WHEN rate_buckets.level > ($3 - rate_buckets.at_us) * $5 / 1000000
                THEN rate_buckets.level - ($3 - rate_buckets.at_us) * $5 / 1000000 ELSE 0 END,
            at_us = $3
        WHERE $2 + CASE
                WHEN rate_buckets.level > ($3 - rate_buckets.at_us) * $5 / 1000000
                THEN rate_buckets.level - ($3 - rate_buckets.at_us) * $5 / 1000000 ELSE 0 END <= $4
        RETURNING level
        """,
        key,
        points,
        at_us,
        capacity,
        per_second,
    )
    return int(rows[0]["level"]) if rows else None


async def known_answers(slots: Collection[tuple[str, str, str]]) -> list[IdempotencyKey]:
    """Return the stored answers of these principals, operations and keys.

    Answers to another caller who used one of the same keys are not among them.
    """
    each = ", ".join(f"(${at}, ${at + 1}, ${at + 2})" for at in range(1, 3 * len(slots), 3))
    return await load_by(
        IdempotencyKey,
        f"""
        WITH wanted (principal, operation, key) AS (VALUES {each})
        SELECT kept.* FROM wanted JOIN idempotency_keys kept
        ON kept.principal = wanted.principal AND kept.operation = wanted.operation AND kept.key = wanted.key
        """,  # noqa: S608 placeholders
        *[text for slot in slots for text in slot],
    )


async def delete_answers(ids: Collection[int]) -> None:
    """Delete the stored answers with these ids."""
    await IdempotencyKey.filter(id__in=ids).delete()


async def find_bucket(key: str) -> RateBucket | None:
    """Return a bucket, as it is now."""
    return await RateBucket.get_or_none(key=key)


async def draw_numbers(counter: str, count: int, *, first: int) -> int:
    """Draw this many numbers of a counter that begins at `first`; return the number after the last."""
    await Counter.get_or_create(name=counter, defaults={"value": first})
    row = await Counter.select_for_update().get(name=counter)
    row.value += count
    await row.save(update_fields=["value"])
    return int(row.value)


def works_alone() -> bool:
    """Whether only one process at a time works on the database, so that earlier claims are void."""
    return is_sqlite()
