"""Who is calling: tokens and their owners, users by their names, and what tries to sign in are counted by."""

from collections.abc import Sequence
from typing import Any

from server.store.models import User
from server.store.reading import load_by
from server.store.sql import fetch


async def find_token_owner(digest: str, *, at_us: int, enabled: str) -> dict[str, Any] | None:
    """Return a token that is good, with its owner, who may act; `enabled` is the status that a user's account has.

    Each request begins with this: by the ORM's objects it would take ten times as long.
    """
    rows = await fetch(
        """
        SELECT tokens.id, tokens.scopes, tokens.account_ids, tokens.is_session,
            tokens.last_used_at_us AS token_used_at_us,
            holders.id AS holder_id, holders.email, holders.is_operator,
            users.id AS user_id, users.account_id, users.login, users.ip_restrictions,
            accounts.name AS account, users.last_used_at_us AS user_used_at_us
        FROM access_tokens AS tokens
        LEFT JOIN holders ON holders.id = tokens.holder_id
        LEFT JOIN users ON users.id = tokens.user_id
        LEFT JOIN accounts ON accounts.id = users.account_id
        WHERE tokens.digest = $1 AND tokens.revoked_at_us IS NULL AND tokens.expires_at_us > $2
            AND (holders.id IS NULL OR holders.enabled)
            AND (users.id IS NULL OR (users.enabled AND users.deleted_at_us IS NULL AND accounts.status = $3
                AND (users.ends_at_us IS NULL OR users.ends_at_us > $2)))
        """,
        digest,
        at_us,
        enabled,
    )
    return rows[0] if rows else None


async def find_users(names: Sequence[tuple[str, str]]) -> list[User]:
    """Return the users, not deleted, that have one of these accounts and logins (in lower case), in no order.

    By the ORM's joins it would take longer than all else that becomes of a request by URL.
    """
    pairs = ", ".join(f"(${2 * place + 1}, ${2 * place + 2})" for place in range(len(names)))
    # Where it is asked for pairs by IN, SQLite looks through all users.
    return await load_by(
        User,
        f"""
        WITH wanted (account, login) AS (VALUES {pairs})
        SELECT users.* FROM wanted
        JOIN accounts ON accounts.name = wanted.account
        JOIN users ON users.account_id = accounts.id AND users.login_key = wanted.login
        WHERE users.deleted_at_us IS NULL
        """,  # noqa: S608 placeholders
        *[text for pair in names for text in pair],
    )


async def note_origin(key: str, *, at_us: int) -> None:
    """Write down that somebody has signed in from an origin."""
    await fetch(
        """
        INSERT INTO sign_in_origins (key, used_at_us) VALUES ($1, $2)
        ON CONFLICT (key) DO UPDATE SET used_at_us = excluded.used_at_us RETURNING key
        """,
        key,
        at_us,
    )


async def lock_throttle(key: str, *, at_us: int) -> dict[str, Any]:
    """Return the row that tries are counted in, made where it is missing, locked until the transaction ends.

    In one statement: who signs in meanwhile forgets the failures, between a look and a lock too.
    """
    [row] = await fetch(
        """
        INSERT INTO throttles (key, failures, blocked_until_us, updated_at_us, looking, looking_until_us)
        VALUES ($1, 0, 0, $2, 0, 0)
        ON CONFLICT (key) DO UPDATE SET failures = throttles.failures
        RETURNING failures, updated_at_us, blocked_until_us, looking, looking_until_us
        """,
        key,
        at_us,
    )
    return row
