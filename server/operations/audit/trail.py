"""The audit trail: one line for each change that somebody made, in the same transaction."""

import re
from collections.abc import Mapping
from enum import Enum

import orjson

from server.operations.core.principals import Principal
from server.store.models import Account, AuditEntry
from server.store.writing import add

REDACTED = "[redacted]"
"""What stands for a password, old or new."""

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
    """Write that `principal` did `action` to `subject`.

    `detail` has what was set, by the names of the mutation's input, and `before` what that was until then. Neither
    ever holds a password or a token.
    """
    await add(
        AuditEntry(
            account_id=account.id if account else None,
            action=action,
            subject=subject,
            detail=_json(detail or {}),
            before=None if before is None else _json(before),
            caused_by=principal.name,
            at_us=at_us,
        )
    )


def as_input(columns: Values) -> dict[str, object]:
    """Return the values of columns that are named as the input's fields are, but for the case: `time_zone`."""
    return {
        _BEFORE_CAPITAL.sub(lambda match: match[1].upper(), name): value for name, value in columns.items()
    }


def shown(values: Values) -> dict[str, object]:
    """Return values as the API shows them: a member of an enum by its name."""
    return {name: value.name if isinstance(value, Enum) else value for name, value in values.items()}


def _json(values: Values) -> str:
    return orjson.dumps(shown(values)).decode()
