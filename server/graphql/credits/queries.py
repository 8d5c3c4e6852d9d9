"""The root queries of prices and of the ledger."""

from typing import Annotated

import strawberry

from server.graphql.credits.types import LedgerVerification, Rate
from server.graphql.schema.access import Access, object_type, resolved
from server.graphql.schema.arguments import AccountName
from server.graphql.schema.context import Info
from server.graphql.schema.scalars import CountryCode
from server.store.queries import credits as credit_queries


@object_type(access=Access.SIGNED_IN, description="Queries of prices and the ledger.")
class CreditQueries:
    @resolved(
        access=Access.ANYONE, description="The price of one message part by country, sorted by country code."
    )
    async def rates(
        self,
        countries: Annotated[
            list[CountryCode] | None,
            strawberry.argument(description="The countries; null for all that have a rate."),
        ] = None,
    ) -> list[Rate]:
        return [Rate.of(row) for row in await credit_queries.rates(countries)]

    @resolved(
        access=Access.HOLDER,
        description=(
            "Whether an account's ledger adds up: each running balance, the present balance and quotas, and "
            "the messages paid for."
        ),
    )
    async def verify_ledger(self, info: Info, account: AccountName) -> LedgerVerification:
        return await LedgerVerification.load(info, account)
