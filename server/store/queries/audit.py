"""Audit entries and their numbers."""

from tortoise.queryset import QuerySet

from server.store.models import AuditEntry
from server.store.sql import fetch


async def draw_audit_number(account_id: int) -> int:
    """Draw the next number of an account's audit trail, and lock the account until the transaction ends."""
    rows = await fetch(
        "UPDATE accounts SET audit_sequence = audit_sequence + 1 WHERE id = $1 RETURNING audit_sequence",
        account_id,
    )
    return int(rows[0]["audit_sequence"])


def entries_of_accounts() -> QuerySet[AuditEntry]:
    """The entries that concern an account."""
    return AuditEntry.filter(account_id__isnull=False)
