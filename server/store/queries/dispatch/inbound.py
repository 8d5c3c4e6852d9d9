"""Messages from phones: which are stored already, and the blacklists."""

from collections.abc import Collection

from server.store.models import BlacklistEntry, IncomingMessage, Receipt, UnclaimedMessage
from server.store.reading import load
from server.store.sql import fetch


async def trim_unclaimed(*, keep: int) -> None:
    """Delete messages that belong to no account, except this many of the newest."""
    await fetch(
        """
        DELETE FROM unclaimed_messages
        WHERE id <= (SELECT id FROM unclaimed_messages ORDER BY id DESC LIMIT 1 OFFSET $1)
        RETURNING id
        """,
        keep,
    )


async def unclaimed_keys(keys: Collection[str]) -> set[str]:
    """Return the keys of those of these messages of no account that are stored."""
    return {row.dedup_key for row in await UnclaimedMessage.filter(dedup_key__in=list(keys))}


async def accounts_of_incoming(keys: Collection[str]) -> dict[str, int]:
    """Return by key the accounts of those of these incoming messages that are stored."""
    return {row.dedup_key: row.account_id for row in await IncomingMessage.filter(dedup_key__in=list(keys))}


async def incoming_messages(keys: Collection[str]) -> list[IncomingMessage]:
    """Return incoming messages by key, in their order."""
    return await IncomingMessage.filter(dedup_key__in=list(keys)).order_by("sequence")


async def receipts_kept_as_messages(*, received_until_us: int, limit: int) -> list[Receipt]:
    """Return doubtful receipts that came by then and fit nothing, oldest first."""
    waiting = Receipt.filter(
        message_part_id=None, as_message__isnull=False, received_at_us__lte=received_until_us
    )
    return await waiting.order_by("received_at_us").limit(limit)


async def delete_unmatched_receipts(ids: Collection[int]) -> None:
    """Delete those of these receipts that have not been applied meanwhile."""
    await Receipt.filter(id__in=ids, message_part_id=None).delete()


async def barred_numbers(account_id: int, numbers: Collection[str]) -> dict[str, BlacklistEntry]:
    """Return by number the blacklist entries of an account for these numbers."""
    entries = await load(BlacklistEntry.filter(account_id=account_id, number__in=set(numbers)))
    return {entry.number: entry for entry in entries}


async def barred_receivers(account_ids: Collection[int], numbers: Collection[str]) -> set[tuple[int, str]]:
    """Return the pairs of these accounts and numbers that are on a blacklist."""
    entries = await load(BlacklistEntry.filter(account_id__in=account_ids, number__in=numbers))
    return {(entry.account_id, entry.number) for entry in entries}


async def bar_number(account_id: int, number: str, *, at_us: int) -> BlacklistEntry:
    """Put a number on an account's blacklist, and return its entry, new or old."""
    entry, _created = await BlacklistEntry.get_or_create(
        account_id=account_id, number=number, defaults={"at_us": at_us}
    )
    return entry


async def bar_numbers(account_id: int, numbers: Collection[str], *, at_us: int) -> None:
    """Put numbers on an account's blacklist; existing entries stay as they are."""
    entries = [BlacklistEntry(account_id=account_id, number=number, at_us=at_us) for number in numbers]
    await BlacklistEntry.bulk_create(entries, ignore_conflicts=True)


async def draw_incoming_numbers(account_id: int, count: int) -> None:
    """Draw this many numbers of a locked account's log of incoming messages."""
    await fetch(
        "UPDATE accounts SET incoming_sequence = incoming_sequence + $1 WHERE id = $2", count, account_id
    )
