"""The audit trail: one entry for each change, written in the same transaction."""

import re
from collections.abc import Mapping, Sequence
from enum import Enum

import orjson

from server.bus.bus import account_topic
from server.operations.core.principals import Principal
from server.operations.core.transactions import wake
from server.store.models import Account, AuditEntry
from server.store.queries.audit import draw_audit_number
from server.store.writing import insert, new

REDACTED = "[redacted]"
"""Replaces a password, old or new."""

Values = Mapping[str, object]

_BEFORE_CAPITAL = re.compile(r"_([a-z])")


async def record(
    principal: Principal,
    action: str,
    subject: str,
    *,
    at_us: int,
    account: Account | None = None,
    detail: Values | None = None,
    before: Values | None = None,
) -> None:
    """Record that `principal` did `action` to `subject`.

    `detail` has the new values, by the names of the mutation's input, and `before` the old ones. Neither
    ever contains a password or a token. The account's number is drawn under its row lock. A caller that locks
    other rows too must have locked the account first.
    """
    sequence = 0
    if account is not None:
        sequence = await draw_audit_number(account.id)
        wake(account_topic(account.id))
    entry = new(
        AuditEntry,
        account_id=account.id if account else None,
        sequence=sequence,
        action=action,
        subject=subject,
        detail=_json(detail or {}),
        before=None if before is None else _json(before),
        caused_by=principal.name,
        at_us=at_us,
    )
    await insert([entry])


async def record_in_each(
    principal: Principal,
    action: str,
    subject: str,
    accounts: Sequence[Account],
    *,
    at_us: int,
) -> None:
    """Record a change in each of some locked accounts, or outside all accounts if there are none."""
    concerned: Sequence[Account | None] = accounts or [None]
    for account in concerned:
        await record(principal, action, subject, at_us=at_us, account=account)


def as_input(columns: Values) -> dict[str, object]:
    """Return columns by the input's field names, which differ only in case (`time_zone`, `timeZone`)."""
    return {
        _BEFORE_CAPITAL.sub(lambda match: match[1].upper(), name): value for name, value in columns.items()
    }


def shown(values: Values) -> dict[str, object]:
    """Return values as the API shows them: enum members by name."""
    return {name: value.name if isinstance(value, Enum) else value for name, value in values.items()}


def _json(values: Values) -> str:
    return orjson.dumps(shown(values)).decode()
