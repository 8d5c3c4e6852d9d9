"""Balances and the ledger, in millicredits: moving an account's credits, and what proofs read."""

from typing import Any

from server.store.sql import fetch


async def move_credits(account_id: int, delta: int, *, entries: int, events: int) -> bool:
    """Move an account's balance, and draw numbers of its ledger and of its event log, in one UPDATE.

    Return False, with nothing changed, where the balance would fall below 0.
    """
    rows = await fetch(
        """
        UPDATE accounts SET credits_left = credits_left + $1, ledger_sequence = ledger_sequence + $2,
                            event_sequence = event_sequence + $3
        WHERE id = $4 AND credits_left + $1 >= 0 RETURNING id
        """,
        delta,
        entries,
        events,
        account_id,
    )
    return bool(rows)


async def account_snapshot(account_id: int) -> list[dict[str, Any]]:
    """Return an account's balance, how far its ledger goes, and what its messages come to, in one snapshot.

    A row for each user with a quota, or one without a user; none where there is no such account.
    """
    return await fetch(
        """
        WITH messaged AS (
            SELECT CAST(COALESCE(SUM(credits), 0) AS BIGINT) AS spent,
                   CAST(COALESCE(SUM(CASE WHEN status = 16 THEN credits ELSE 0 END), 0) AS BIGINT) AS refunded
            FROM messages WHERE account_id = $1
        ),
        written AS (SELECT COALESCE(MAX(sequence), 0) AS last FROM ledger_entries WHERE account_id = $1)
        SELECT accounts.name, accounts.credits_left, accounts.ledger_sequence, written.last,
               messaged.spent, messaged.refunded, users.id AS user_id, users.quota_left
        FROM accounts CROSS JOIN messaged CROSS JOIN written
        LEFT JOIN users ON users.account_id = accounts.id AND users.quota_left <> 0
        WHERE accounts.id = $1
        """,
        account_id,
    )


async def ledger_entries(account_id: int, *, after: int, last: int, limit: int) -> list[dict[str, Any]]:
    """Return an account's entries after one number up to another, in order, by what a proof compares."""
    return await fetch(
        """
        SELECT sequence, kind, account_delta, quota_delta, user_id, account_balance, quota_balance, reference
        FROM ledger_entries WHERE account_id = $1 AND sequence > $2 AND sequence <= $3
        ORDER BY sequence LIMIT $4
        """,
        account_id,
        after,
        last,
        limit,
    )


async def server_totals() -> dict[str, Any]:
    """Return what all ledgers, accounts, quotas and messages come to, in one snapshot."""
    [row] = await fetch(
        """
        SELECT
            CAST(COALESCE(SUM(CASE WHEN kind = 'GRANT' THEN account_delta ELSE 0 END), 0) AS BIGINT) AS granted,
            CAST(COALESCE(SUM(CASE WHEN kind = 'CORRECTION' THEN account_delta ELSE 0 END), 0) AS BIGINT)
                AS corrected,
            CAST(COALESCE(SUM(CASE WHEN kind IN ('TRANSFER_IN', 'TRANSFER_OUT') THEN account_delta ELSE 0 END), 0)
                AS BIGINT) AS transferred,
            (SELECT CAST(COALESCE(SUM(credits_left), 0) AS BIGINT) FROM accounts) AS left_on_accounts,
            (SELECT CAST(COALESCE(SUM(quota_left), 0) AS BIGINT) FROM users) AS held_by_quotas,
            (SELECT CAST(COALESCE(SUM(credits), 0) AS BIGINT) FROM messages) AS spent,
            (SELECT CAST(COALESCE(SUM(credits), 0) AS BIGINT) FROM messages WHERE status = 16) AS refunded
        FROM ledger_entries
        """
    )
    return row
