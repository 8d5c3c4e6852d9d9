"""The links to operators, and the mark of the key that their passwords are encrypted with."""

from server.store.models.secret_keys import THE_ONLY
from server.store.sql import fetch, locked_in_order


async def do_messages_wait() -> bool:
    """Whether any message waits to be handed over, or is being handed over."""
    return bool(await fetch("SELECT id FROM messages WHERE state IN ('queued', 'claimed') LIMIT 1"))


async def lock_key_mark() -> str | None:
    """Return the fingerprint of the key that the database is used with, locked until the transaction ends."""
    rows = await fetch(
        f"SELECT fingerprint FROM secret_key_marks WHERE id = $1 {locked_in_order()}",  # noqa: S608 constants
        THE_ONLY,
    )
    return str(rows[0]["fingerprint"]) if rows else None


async def note_key_mark(fingerprint: str) -> str:
    """Return the fingerprint of the key that the database is used with; where there is none, this is."""
    [row] = await fetch(
        """
        INSERT INTO secret_key_marks (id, fingerprint) VALUES ($1, $2)
        ON CONFLICT (id) DO UPDATE SET fingerprint = secret_key_marks.fingerprint RETURNING fingerprint
        """,
        THE_ONLY,
        fingerprint,
    )
    return str(row["fingerprint"])


async def change_key_mark(fingerprint: str) -> None:
    """Have the database used with the key of this fingerprint."""
    await fetch(
        "UPDATE secret_key_marks SET fingerprint = $1 WHERE id = $2 RETURNING id", fingerprint, THE_ONLY
    )
