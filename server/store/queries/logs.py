"""The logs of accounts: their bounds, and reading them from a number on."""

from typing import TypeVar

from server.store.models import Account, AuditEntry, DeliveryEvent, IncomingMessage, LedgerEntry, LimitAlert

M = TypeVar("M", DeliveryEvent, LedgerEntry, LimitAlert, IncomingMessage, AuditEntry)


async def find_entry(table: type[M], account_id: int, sequence: int) -> M | None:
    """Return an entry of an account's log, or None."""
    return await table.get_or_none(account_id=account_id, sequence=sequence)


async def log_bounds(account_id: int, last: str, purged: str | None) -> tuple[int, int]:
    """Return the numbers of an account's last entry and last deleted entry, from these columns."""
    numbers = await Account.get(id=account_id).values_list(last, purged or last)
    return int(numbers[0]), int(numbers[1]) if purged else 0


async def read_log(
    table: type[M],
    account_id: int,
    *,
    after: int,
    limit: int,
    user_id: int | None = None,
    message_id: int | None = None,
) -> list[M]:
    """Return an account's entries after a number, or just those of one user or message, oldest first."""
    entries = table.filter(account_id=account_id, sequence__gt=after)
    if user_id is not None:
        entries = entries.filter(user_id=user_id)
    if message_id is not None:
        entries = entries.filter(message_id=message_id)
    return await entries.order_by("sequence").limit(limit)


async def status_changes(*, limit: int, **narrowed: int) -> list[DeliveryEvent]:
    """Return events about changes, not about accepted messages, in their order."""
    changes = DeliveryEvent.filter(**narrowed, previous_status__not_isnull=True)
    return await changes.order_by("sequence").limit(limit)


async def stops_received(*, limit: int, **narrowed: int) -> list[IncomingMessage]:
    """Return incoming messages that are STOPs to their account, in their order."""
    return await IncomingMessage.filter(**narrowed, is_stop=True).order_by("sequence").limit(limit)
