"""Filters of the audit trail."""

from collections.abc import Sequence

import strawberry
from tortoise.queryset import QuerySet

from server.graphql.schema.narrowing import of_text
from server.graphql.schema.scalars import DateTime
from server.store.models import AuditEntry
from server.store.queries.narrowing import in_span


@strawberry.input(description="Filters the audit trail. A field that is left out or null does not filter.")
class AuditEntryFilter:
    action: str | None = strawberry.field(default=None, description="Only changes made by this mutation.")
    subject: str | None = strawberry.field(
        default=None, description="Only changes of exactly this login, sender, number or account."
    )
    caused_by: str | None = strawberry.field(
        default=None,
        description="Only changes by exactly this caller: an e-mail address, or 'user:' and a login.",
    )
    occurred_after: DateTime | None = strawberry.field(
        default=None, description="Only those from the first one at or after this time on."
    )
    occurred_before: DateTime | None = strawberry.field(
        default=None, description="Only those before the first one at or after this time."
    )

    async def apply(self, rows: QuerySet[AuditEntry], accounts: Sequence[int]) -> QuerySet[AuditEntry]:
        for column in ("action", "subject", "caused_by"):
            rows = of_text(rows, column, getattr(self, column))
        return await in_span(rows, accounts, "sequence", "at_us", self.occurred_after, self.occurred_before)
