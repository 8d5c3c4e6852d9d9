"""Sweeps under way: what is left to do to many rows."""

from collections.abc import Sequence
from typing import Any

from server.store.models import Sweep
from server.store.sql import fetch, placeholders


async def forsaken_sweeps(*, untouched_since_us: int, but_for: Sequence[int]) -> list[dict[str, Any]]:
    """Return each account's oldest sweep that was not touched since then, without some accounts'."""
    others = f"AND account_id NOT IN ({placeholders(but_for, after=1)})" if but_for else ""
    return await fetch(
        f"""
        SELECT id, account_id, kind FROM sweeps WHERE id IN (
            SELECT MIN(id) FROM sweeps
            WHERE finished_at_us IS NULL AND touched_at_us <= $1 {others} GROUP BY account_id
        )
        """,  # noqa: S608 constant texts
        untouched_since_us,
        *but_for,
    )


async def get_sweep(sweep_id: int) -> Sweep:
    """Return a sweep that exists, as it is now."""
    return await Sweep.get(id=sweep_id)


async def forget_sweeps(*, finished_until_us: int) -> None:
    """Delete the sweeps that had finished by then."""
    await Sweep.filter(finished_at_us__lte=finished_until_us).delete()
