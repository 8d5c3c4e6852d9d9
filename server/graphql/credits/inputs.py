"""Inputs about credits."""

from collections.abc import Sequence

import strawberry
from tortoise.queryset import QuerySet

from server.graphql.schema.narrowing import of_user
from server.graphql.schema.scalars import CountryCode, Credits, DateTime
from server.rules.credits.ledger import EntryKind
from server.store.models import LedgerEntry
from server.store.queries.narrowing import in_span

KEY = (
    "A key of your choice, 1 to 64 printable ASCII characters. The same key with the same input gives the "
    "stored answer and moves nothing again. It is kept for 7 days."
)


@strawberry.input(description="Filters ledger entries. A field that is left out or null does not filter.")
class CreditEntryFilter:
    kind: EntryKind | None = strawberry.field(default=None, description="Only those of this kind.")
    login: str | None = strawberry.field(
        default=None, description="Only those about the user with this login."
    )
    occurred_after: DateTime | None = strawberry.field(
        default=None, description="Only those from the first one at or after this time on."
    )
    occurred_before: DateTime | None = strawberry.field(
        default=None, description="Only those before the first one at or after this time."
    )

    async def apply(self, rows: QuerySet[LedgerEntry], accounts: Sequence[int]) -> QuerySet[LedgerEntry]:
        if self.kind is not None:
            rows = rows.filter(kind=self.kind)
        rows = await of_user(rows, accounts, self.login)
        return await in_span(rows, accounts, "sequence", "at_us", self.occurred_after, self.occurred_before)


@strawberry.input(description="The credits to grant to an account.")
class GrantCreditsInput:
    account: str = strawberry.field(description="The account's name.")
    credits: Credits = strawberry.field(description="How many, more than 0.")
    idempotency_key: str = strawberry.field(description=KEY)
    reason: str | None = strawberry.field(
        default=None, description="A reason for the ledger, for example an order number."
    )


@strawberry.input(description="The credits to take back from an account.")
class CorrectCreditsInput:
    account: str = strawberry.field(description="The account's name.")
    credits: Credits = strawberry.field(description="How many to take, more than 0.")
    reason: str = strawberry.field(description="The reason for the ledger, at most 200 characters.")


@strawberry.input(description="The credits to move between two accounts of one holder.")
class TransferCreditsInput:
    source: str = strawberry.field(description="The name of the account that gives.")
    target: str = strawberry.field(description="The name of the account that takes.")
    credits: Credits = strawberry.field(description="How many, more than 0.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.input(description="The new rate.")
class SetRateInput:
    country: CountryCode = strawberry.field(description="The receivers' country.")
    credits: Credits = strawberry.field(description="The price of one part, more than 0.")
