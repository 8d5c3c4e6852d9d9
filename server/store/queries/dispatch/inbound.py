"""Messages from phones: whose sender names are, and keeping few of what belongs to nobody."""

from collections.abc import Collection

from server.store.sql import fetch, placeholders


async def sole_accounts(names: Collection[str], *, enabled: str) -> dict[str, int]:
    """Return the account of each of these sender names that is enabled on one account and no other."""
    rows = await fetch(
        f"""
        SELECT name, MIN(account_id) AS account_id FROM senders
        WHERE status = $1 AND name IN ({placeholders(names, after=1)}) GROUP BY name HAVING COUNT(*) = 1
        """,  # noqa: S608 placeholders
        enabled,
        *names,
    )
    return {row["name"]: row["account_id"] for row in rows}


async def trim_unclaimed(*, keep: int) -> None:
    """Delete the messages that belong to nobody but for the newest so many."""
    await fetch(
        """
        DELETE FROM unclaimed_messages
        WHERE id <= (SELECT id FROM unclaimed_messages ORDER BY id DESC LIMIT 1 OFFSET $1)
        RETURNING id
        """,
        keep,
    )
