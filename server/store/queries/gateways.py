"""The links' own tables: parts of incoming messages, and the simulated operator's receipts."""

from collections.abc import Collection
from typing import Any

from server.store.models import IncomingPart, SimulatedReceipt
from server.store.sql import fetch

Key = tuple[str, str, int, int]
"""What identifies the parts of one message: sender, receiver, reference and total."""


async def received_before_newest(link: str, count: int) -> int | None:
    """Return when the part came that has `count` newer ones on its link; None if there are not so many."""
    rows = await fetch(
        "SELECT received_at_us FROM incoming_parts WHERE gateway = $1 ORDER BY id DESC LIMIT 1 OFFSET $2",
        link,
        count,
    )
    return int(rows[0]["received_at_us"]) if rows else None


async def ready_messages(link: str, of: Collection[Key], *, given_up_us: int) -> list[dict[str, Any]]:
    """Return a link's messages that are complete or whose first part came by then, of these or else of all.

    `first` is the id of a message's first part.
    """
    condition, values = _one_of(of, after=2)
    return await fetch(
        f"""
        SELECT sender, receiver, reference, total, MIN(id) AS first FROM incoming_parts
        WHERE gateway = $1 {condition} GROUP BY sender, receiver, reference, total
        HAVING COUNT(DISTINCT number) = total OR MIN(received_at_us) <= $2
        """,  # noqa: S608 placeholders
        link,
        given_up_us,
        *values,
    )


async def incoming_parts(link: str, of: Collection[Key]) -> list[dict[str, Any]]:
    """Return the parts of these messages of a link, in the order they came."""
    condition, values = _one_of(of, after=1)
    if not values:
        return []
    return await fetch(
        f"SELECT * FROM incoming_parts WHERE gateway = $1 {condition} ORDER BY id",  # noqa: S608 placeholders
        link,
        *values,
    )


async def delete_incoming_parts(ids: Collection[int]) -> None:
    """Delete parts whose message has been recorded."""
    await IncomingPart.filter(id__in=ids).delete()


async def next_simulated_receipts(limit: int) -> list[SimulatedReceipt]:
    """Return the simulated operator's next receipts, due or not, in the order of time."""
    return await SimulatedReceipt.all().order_by("due_at_us", "id").limit(limit)


async def delete_simulated_receipts(ids: Collection[object]) -> None:
    """Delete delivered receipts of the simulated operator."""
    await SimulatedReceipt.filter(id__in=list(ids)).delete()


def _one_of(keys: Collection[Key], *, after: int) -> tuple[str, list[object]]:
    """Return a condition for these messages, beginning with AND, and its parameters; empty for none."""
    values: list[object] = [value for key in keys for value in key]
    each = [
        f"(sender = ${at} AND receiver = ${at + 1} AND reference = ${at + 2} AND total = ${at + 3})"
        for at in range(after + 1, after + len(values), 4)
    ]
    return f"AND ({' OR '.join(each)})" if each else "", values
