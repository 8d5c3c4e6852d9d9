"""Lets transactions meet at a lock."""

from server.store.sql import fetch
from tests.factories.store.catalogue import is_sqlite


async def somebody_waits() -> bool:
    """Tell whether a transaction waits for a lock; on SQLite none gets that far while another writes."""
    return is_sqlite() or bool(
        await fetch(
            """
            SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid)
            WHERE NOT granted AND datname = current_database()
            """
        )
    )
