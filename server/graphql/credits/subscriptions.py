"""The subscription that pushes movements of credits."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from server.graphql.credits.types import ENTRY_ORDER, CreditEntry
from server.graphql.schema.access import Access, object_type, subscription
from server.graphql.schema.arguments import AccountName
from server.graphql.schema.context import Info
from server.graphql.schema.following import RULES, After, followed
from server.logs.reader import LEDGER, Selection
from server.operations.core.visibility import find_account, find_user


@object_type(access=Access.HOLDER, description="Subscriptions to credits.")
class CreditSubscriptions:
    @subscription(
        access=Access.HOLDER,
        description=(
            "Each movement of an account's credits, in the order of its ledger, or only those about one "
            f"user. {RULES} For the account's holder and operators."
        ),
    )
    async def credits_changed(
        self,
        info: Info,
        account: AccountName,
        login: Annotated[
            str | None, strawberry.argument(description="Only movements about this user; null for all.")
        ] = None,
        after: After = None,
    ) -> AsyncGenerator[CreditEntry, None]:
        caller = info.context.principal
        row = await find_account(caller, account)
        user_id = (await find_user(caller, row, login)).id if login is not None else None
        selection = Selection(LEDGER, row.id, user_id)
        async with aclosing(followed(info, selection, ENTRY_ORDER, after, CreditEntry.of)) as entries:
            async for entry in entries:
                yield entry
