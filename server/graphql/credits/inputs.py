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
    "1 to 64 printable ASCII characters of your choice. Repeated with the same input it gives the stored "
    "answer and moves nothing again; it is kept for 7 days."
)


@strawberry.input(description="Which entries of a ledger; what is left out or null narrows nothing.")
class CreditEntryFilter:
    kind: EntryKind | None = strawberry.field(default=None, description="Those of this kind.")
    login: str | None = strawberry.field(
        default=None, description="Those that concern the user with this login."
    )
    occurred_after: DateTime | None = strawberry.field(
        default=None, description="Those from the first one at this time or later on."
    )
    occurred_before: DateTime | None = strawberry.field(
        default=None, description="Those up to the first one at this time or later, which is excluded."
    )

    async def apply(self, rows: QuerySet[LedgerEntry], accounts: Sequence[int]) -> QuerySet[LedgerEntry]:
        if self.kind is not None:
            rows = rows.filter(kind=self.kind)
        rows = await of_user(rows, accounts, self.login)
        return await in_span(rows, accounts, "sequence", "at_us", self.occurred_after, self.occurred_before)


@strawberry.input(description="Credits to be granted to an account.")
class GrantCreditsInput:
    account: str = strawberry.field(description="The account's name.")
    credits: Credits = strawberry.field(description="How many, more than 0.")
    idempotency_key: str = strawberry.field(description=KEY)
    reason: str | None = strawberry.field(default=None, description="For the ledger: an order's number, say.")


@strawberry.input(description="Credits to be taken off an account again.")
class CorrectCreditsInput:
    account: str = strawberry.field(description="The account's name.")
    credits: Credits = strawberry.field(description="How many to take, more than 0.")
    reason: str = strawberry.field(description="Why, for the ledger; at most 200 characters.")


@strawberry.input(description="Credits to be moved between two accounts of one holder.")
class TransferCreditsInput:
    source: str = strawberry.field(description="The name of the account that gives.")
    target: str = strawberry.field(description="The name of the account that takes.")
    credits: Credits = strawberry.field(description="How many, more than 0.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.input(description="A rate, as it is to be from now on.")
class SetRateInput:
    country: CountryCode = strawberry.field(description="The receivers' country.")
    credits: Credits = strawberry.field(description="The price of one part, more than 0.")
