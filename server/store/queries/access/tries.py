"""The counts of tries to sign in, and the origins of successful ones."""

from collections.abc import Collection
from typing import Any

from server.store.models import SignInOrigin, Throttle
from server.store.reading import load
from server.store.sql import fetch


async def note_origin(key: str, *, at_us: int) -> None:
    """Store that somebody has signed in from an origin."""
    await fetch(
        """
        INSERT INTO sign_in_origins (key, used_at_us) VALUES ($1, $2)
        ON CONFLICT (key) DO UPDATE SET used_at_us = excluded.used_at_us RETURNING key
        """,
        key,
        at_us,
    )


async def lock_throttle(key: str, *, at_us: int) -> dict[str, Any]:
    """Return the row that counts tries, made if it is missing, and locked until the transaction ends.

    This takes one statement: between two, somebody who signs in could delete the row.
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


async def find_origins(keys: Collection[str]) -> dict[str, SignInOrigin]:
    """Return by key the origins that somebody has signed in from."""
    return {origin.key: origin for origin in await load(SignInOrigin.filter(key__in=set(keys)))}


async def blocks_of(keys: Collection[str]) -> dict[str, int]:
    """Return by key until when tries are blocked; nothing is locked."""
    return {row.key: row.blocked_until_us for row in await load(Throttle.filter(key__in=set(keys)))}


async def write_throttle(
    key: str, *, failures: int, failed_at_us: int, blocked_until_us: int, looking: int, looking_until_us: int
) -> None:
    """Write the counts of a locked row."""
    await Throttle.filter(key=key).update(
        failures=failures,
        updated_at_us=failed_at_us,
        blocked_until_us=blocked_until_us,
        looking=looking,
        looking_until_us=looking_until_us,
    )


async def delete_throttle(key: str) -> None:
    """Delete a locked row."""
    await Throttle.filter(key=key).delete()
