"""The audit trail: one line for each change that somebody made, in the same transaction."""

from collections.abc import Mapping

import orjson

from server.models import Account, AuditEntry
from server.operations.principals import Principal


async def record(
    principal: Principal,
    action: str,
    subject: str,
    *,
    at_us: int,
    account: Account | None = None,
    detail: Mapping[str, str | int | bool | list[str] | None] | None = None,
) -> None:
    """Write that `principal` did `action` to `subject`; `detail` never holds a password or a token."""
    await AuditEntry.create(
        account_id=account.id if account else None,
        action=action,
        subject=subject,
        detail=orjson.dumps(dict(detail or {})).decode(),
        caused_by=principal.name,
        at_us=at_us,
    )
