"""Callbacks with another target than their account's URLs."""

from collections.abc import Sequence
from typing import Any

from server.store.sql import fetch, locked_in_order, placeholders


async def misplaced_callbacks(account_id: int, user_id: int | None, *, limit: int) -> list[dict[str, Any]]:
    """Return an account's (or a user's) waiting callbacks that must move; nothing is locked.

    A deleted user has no URL, like a user without its own. A test belongs to a URL that somebody still has.
    Everything that waits for a disabled target fails.
    """
    return await fetch(
        """
        SELECT waiting.id, waiting.user_id, waiting.kind, waiting.target_id, target.disabled_at_us
        FROM callback_targets target
        JOIN callback_deliveries waiting ON waiting.target_id = target.id AND waiting.state = 'waiting'
        JOIN accounts ON accounts.id = target.account_id
        LEFT JOIN users ON users.id = waiting.user_id AND users.deleted_at_us IS NULL
        WHERE target.account_id = $1 AND (CAST($2 AS BIGINT) IS NULL OR waiting.user_id = $2) AND (
            target.disabled_at_us IS NOT NULL
            OR (waiting.kind = 'status'
                AND target.url <> COALESCE(users.callback_url, accounts.callback_url, ''))
            OR (waiting.kind = 'stop'
                AND target.url <> COALESCE(users.stop_callback_url, accounts.stop_callback_url, ''))
            OR (waiting.kind = 'test'
                AND target.url <> COALESCE(accounts.callback_url, '')
                AND target.url <> COALESCE(accounts.stop_callback_url, '')
                AND NOT EXISTS (
                    SELECT 1 FROM users owner
                    WHERE owner.account_id = $1 AND owner.deleted_at_us IS NULL
                      AND target.url IN (owner.callback_url, owner.stop_callback_url)
                ))
        )
        LIMIT $3
        """,
        account_id,
        user_id,
        limit,
    )


async def lock_waiting_callbacks(ids: Sequence[int]) -> None:
    """Lock those of these callbacks that wait, by id, until the transaction ends."""
    await fetch(
        f"""
        SELECT COUNT(*) FROM (
            SELECT id FROM callback_deliveries
            WHERE id IN ({placeholders(ids, after=0)}) AND state = 'waiting' ORDER BY id {locked_in_order()}
        ) locked
        """,  # noqa: S608 placeholders
        *ids,
    )


async def move_callbacks(
    ids: Sequence[int], *, state: str, target_id: int, at_us: int, ended_at_us: int | None
) -> None:
    """Set the state, target and due time of those of these callbacks that wait, and release their claims.

    With a new target the attempts count from 0 again.
    """
    await fetch(
        f"""
        UPDATE callback_deliveries
        SET state = $1, target_id = $2, due_at_us = $3, ended_at_us = $4, claim_id = NULL,
            attempts = CASE WHEN target_id = $2 THEN attempts ELSE 0 END
        WHERE state = 'waiting' AND id IN ({placeholders(ids, after=4)})
        """,  # noqa: S608 placeholders
        state,
        target_id,
        at_us,
        ended_at_us,
        *ids,
    )
