"""Claiming callbacks that are due."""

from collections.abc import Sequence
from typing import Any

from server.store.sql import chosen_once, fetch, locked_in_order, placeholders, skip_locked

# Skips the targets of an account whose callbacks are being moved.
_NOT_MOVING = """
    NOT EXISTS (
        SELECT 1 FROM sweeps WHERE sweeps.finished_at_us IS NULL AND sweeps.kind = 'callbacks'
          AND sweeps.account_id = callback_targets.account_id
    )
"""


async def due_targets(at_us: int, *, but_for: Sequence[str], limit: int) -> list[dict[str, Any]]:
    """Return the targets that may be called and have something due, without some hosts'.

    First comes the longest due of each account, then the second of each, and so on, so that no account hides
    another's. The query steps from one target with waiting callbacks to the next, and skips those without
    any, since every URL that was ever set has a target.
    """
    others = f"AND host NOT IN ({placeholders(but_for, after=2)})" if but_for else ""
    return await fetch(
        f"""
        WITH RECURSIVE waited_for (id) AS (
            SELECT MIN(target_id) FROM callback_deliveries WHERE state = 'waiting'
            UNION ALL
            SELECT (
                SELECT MIN(target_id) FROM callback_deliveries
                WHERE state = 'waiting' AND target_id > waited_for.id
            ) FROM waited_for WHERE waited_for.id IS NOT NULL
        )
        SELECT id, account_id, url, host, paused_until_us FROM (
            SELECT target.*, ROW_NUMBER() OVER (PARTITION BY account_id ORDER BY due_us, id) AS turn FROM (
                SELECT callback_targets.*, (
                    SELECT MIN(due_at_us) FROM callback_deliveries
                    WHERE target_id = callback_targets.id AND state = 'waiting'
                ) AS due_us
                FROM waited_for JOIN callback_targets ON callback_targets.id = waited_for.id
                WHERE disabled_at_us IS NULL AND paused_until_us <= $1 AND {_NOT_MOVING} {others}
            ) target
            WHERE due_us <= $1
        ) due
        ORDER BY turn, due_us, id LIMIT $2
        """,  # noqa: S608 constant texts
        at_us,
        limit,
        *but_for,
    )


async def claim_callbacks(
    claim_id: int, target_id: int, *, at_us: int, lease_end_us: int, limit: int
) -> list[dict[str, Any]]:
    """Claim due callbacks to a target, the longest due first; return them with their event's time.

    Of a message's callbacks only the first that still waits is claimed. Rows locked by another transaction
    are skipped.
    """
    due = f"""
        SELECT id FROM callback_deliveries one
        WHERE target_id = $3 AND state = 'waiting' AND due_at_us <= $4 AND NOT EXISTS (
            SELECT 1 FROM callback_deliveries earlier
            WHERE earlier.message_id = one.message_id AND earlier.state = 'waiting'
              AND earlier.event_sequence < one.event_sequence
        )
        ORDER BY due_at_us, id LIMIT $5 {skip_locked()}
    """  # noqa: S608 a constant clause
    rows = await fetch(
        f"""
        UPDATE callback_deliveries SET claim_id = $1, due_at_us = $2 WHERE id {chosen_once(due)}
        RETURNING id AS delivery_id, webhook_id, query, user_id, message_id, event_sequence, (
            SELECT at_us FROM delivery_events
            WHERE delivery_events.account_id = callback_deliveries.account_id
              AND delivery_events.sequence = callback_deliveries.event_sequence
        ) AS event_at_us
        """,  # noqa: S608 a constant clause
        claim_id,
        lease_end_us,
        target_id,
        at_us,
        limit,
    )
    return sorted(rows, key=lambda row: int(row["delivery_id"]))


async def release_callbacks(claim_id: int, ids: Sequence[int], *, at_us: int) -> None:
    """Make those of these callbacks that still wait under this claim due at once; they are locked by id."""
    await fetch(
        f"""
        UPDATE callback_deliveries SET claim_id = NULL, due_at_us = $1
        WHERE id IN (
            SELECT id FROM callback_deliveries
            WHERE claim_id = $2 AND state = 'waiting' AND id IN ({placeholders(ids, after=2)})
            ORDER BY id {locked_in_order()}
        )
        """,  # noqa: S608 placeholders
        at_us,
        claim_id,
        *ids,
    )
