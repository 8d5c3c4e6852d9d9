"""The root queries of API users."""

from typing import Annotated

import strawberry

from server.graphql.schema.access import Access, object_type, resolved
from server.graphql.schema.arguments import AccountName, Login, MaybeAccountName
from server.graphql.schema.context import Info
from server.graphql.schema.paging import After, Before, First, Last, PageRequest, connection, fetch_page
from server.graphql.users.inputs import UserFilter, UserOrder
from server.graphql.users.types import User, UserConnection
from server.operations.core.visibility import read_account
from server.store.lookup import find_one
from server.store.queries.visible_rows import visible_users


@object_type(access=Access.SIGNED_IN, description="Queries of API users.")
class UserQueries:
    @resolved(description="The API users of all your accounts, or of one. An API user finds only itself.")
    async def users(
        self,
        info: Info,
        account: MaybeAccountName = None,
        filter: Annotated[
            UserFilter | None, strawberry.argument(description="A filter; null for all.")
        ] = None,
        order_by: Annotated[
            UserOrder | None, strawberry.argument(description="The order; null to sort by login.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> UserConnection:
        order = UserOrder.of(order_by)
        caller = info.context.principal
        rows = UserOrder.keyed(order_by, visible_users(caller))
        if account is not None:
            rows = rows.filter(account_id=(await read_account(info.context.services, caller, account)).id)
        rows = filter.apply(rows) if filter else rows
        page = await fetch_page(rows, order, PageRequest.of(first, after, last, before))
        return connection(UserConnection, page, order, User.of)

    @resolved(description="An API user by account and login; null if there is none, or you may not see it.")
    async def user(self, info: Info, account: AccountName, login: Login) -> User | None:
        row = await find_one(
            visible_users(info.context.principal), account__name=account, login_key=login.lower()
        )
        return User.of(row) if row else None
