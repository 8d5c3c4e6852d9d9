"""The audit trail, as the schema shows it."""

import orjson
import strawberry

from server.graphql.schema.access import Access, field, object_type, resolved
from server.graphql.schema.ids import Node, node_id
from server.graphql.schema.paging import Connection, Order
from server.graphql.schema.scalars import DateTime
from server.store import models

AUDIT_ORDER = Order("audit entries", ("sequence",), (int,), descending=True, mark="at_us")


@object_type(access=Access.HOLDER, description="One value that a change set.")
class AuditChange:
    name: str = field(
        name="field",
        description=(
            "The changed field, by its name in the mutation's input, or by the name of a value that "
            "changed as a result."
        ),
    )
    old: str | None = field(
        description=(
            'The old value as JSON text, "null" if it had none. Null if there is no old value or it is not '
            "known: for a value that was created or moved, or that changed as a result."
        )
    )
    new: str = field(
        description=(
            'The new value as JSON text, "null" if it has none any more. A password is never shown: it is '
            '"[redacted]".'
        )
    )


@object_type(
    access=Access.HOLDER,
    description="A change that somebody made. For the account's holder and operators.",
)
class AuditEntry(Node):
    row: strawberry.Private[models.AuditEntry]
    cursor: str = field(
        description=(
            "An opaque cursor. Pass it as `after` of `auditEntryAdded` to continue from here, or as `before` "
            "of `auditEntries` to get newer entries."
        )
    )
    sequence: str = field(
        description="Its number in the account's audit trail, from 1 without gaps, in the order of commits."
    )
    action: str = field(description="The mutation that made the change.")
    subject: str = field(description="What was changed: a login, a sender, a number or an account.")
    detail: str = field(
        description=(
            "The new values, as a JSON object with the names of the input; never a password or a token."
        )
    )
    caused_by: str = field(description="Who made it: an e-mail address, or 'user:' and a login.")
    occurred_at: DateTime = field(description="When it was made.")

    @resolved(description="The new values, each with its old value.")
    def changes(self) -> list[AuditChange]:
        """Return the entry's values one by one."""
        before = orjson.loads(self.row.before) if self.row.before is not None else {}
        return [
            AuditChange(
                name=name,
                old=orjson.dumps(before[name]).decode() if name in before else None,
                new=orjson.dumps(new).decode(),
            )
            for name, new in orjson.loads(self.row.detail).items()
        ]

    @classmethod
    def of(cls, row: models.AuditEntry) -> "AuditEntry":
        return cls(
            row=row,
            id=node_id("AuditEntry", row.id),
            cursor=AUDIT_ORDER.cursor(row),
            sequence=str(row.sequence),
            action=row.action,
            subject=row.subject,
            detail=row.detail,
            caused_by=row.caused_by,
            occurred_at=DateTime(row.at_us),
        )


@object_type(access=Access.HOLDER, description="A page of the audit trail, newest first.")
class AuditEntryConnection(Connection[AuditEntry]):
    pass
