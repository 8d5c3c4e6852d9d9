"""Sender names declared on accounts."""

from collections.abc import Collection

from server.rules.senders.senders import SenderKind, SenderStatus
from server.store.lookup import find_one
from server.store.models import Sender
from server.store.reading import load
from server.store.sql import fetch, placeholders


async def find_sender(account_id: int, name_key: str) -> Sender | None:
    """Return an account's sender by its key."""
    return await find_one(Sender.all(), account_id=account_id, name_key=name_key)


async def senders_by_key(account_id: int, keys: Collection[str]) -> dict[str, Sender]:
    """Return an account's senders by their keys."""
    senders = await load(Sender.filter(account_id=account_id, name_key__in=set(keys)))
    return {sender.name_key: sender for sender in senders}


async def find_answer_taker(account_id: int, name_key: str | None) -> Sender | None:
    """Return an account's enabled virtual number with this key; without a key, the first that it declared."""
    takers = Sender.filter(account_id=account_id, kind=SenderKind.VIRTUAL, status=SenderStatus.ENABLED)
    if name_key is not None:
        takers = takers.filter(name_key=name_key)
    return await takers.order_by("id").first()


async def sole_accounts(names: Collection[str], *, enabled: str) -> dict[str, int]:
    """Return the account of each of these sender names that is enabled on exactly one account."""
    rows = await fetch(
        f"""
        SELECT name, MIN(account_id) AS account_id FROM senders
        WHERE status = $1 AND name IN ({placeholders(names, after=1)}) GROUP BY name HAVING COUNT(*) = 1
        """,  # noqa: S608 placeholders
        enabled,
        *names,
    )
    return {row["name"]: row["account_id"] for row in rows}
