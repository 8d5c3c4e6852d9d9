"""The root queries of accounts."""

from typing import Annotated

import strawberry

from server.graphql.accounts.inputs import AccountFilter, AccountOrder
from server.graphql.accounts.types import Account, AccountConnection
from server.graphql.schema.access import Access, object_type, resolved
from server.graphql.schema.arguments import AccountName
from server.graphql.schema.context import Info
from server.graphql.schema.paging import After, Before, First, Last, PageRequest, connection, fetch_page
from server.operations.core.visibility import seen_account
from server.store.queries.visible_rows import visible_accounts


@object_type(access=Access.SIGNED_IN, description="Queries of accounts.")
class AccountQueries:
    @resolved(access=Access.HOLDER, description="The accounts that you own; all accounts for an operator.")
    async def accounts(
        self,
        info: Info,
        filter: Annotated[
            AccountFilter | None, strawberry.argument(description="A filter; null for all.")
        ] = None,
        order_by: Annotated[
            AccountOrder | None, strawberry.argument(description="The order; null to sort by name.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> AccountConnection:
        order = AccountOrder.of(order_by)
        rows = visible_accounts(info.context.principal)
        rows = filter.apply(rows) if filter else rows
        page = await fetch_page(rows, order, PageRequest.of(first, after, last, before))
        return connection(AccountConnection, page, order, Account.of)

    @resolved(
        access=Access.HOLDER,
        description="An account by its name; null if there is none, or you may not see it.",
    )
    async def account(self, info: Info, name: AccountName) -> Account | None:
        context = info.context
        row = await seen_account(context.services, context.principal, name)
        return Account.of(row) if row else None
