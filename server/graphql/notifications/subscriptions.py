"""The subscription that pushes limit alerts."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from server.graphql.notifications.types import ALERT_ORDER, LimitAlert
from server.graphql.schema.access import Access, object_type, subscription
from server.graphql.schema.arguments import AccountName
from server.graphql.schema.context import Info
from server.graphql.schema.following import RULES, After, followed
from server.logs.reader import ALERTS, Selection
from server.operations.core.visibility import find_account, find_user


@object_type(access=Access.HOLDER, description="Subscriptions to limits.")
class AlertSubscriptions:
    @subscription(
        access=Access.HOLDER,
        description=(
            "Each alert of an account's own limit and of its users' limits, or of one user's limit. "
            f"{RULES} For the account's holder and operators."
        ),
    )
    async def limit_reached(
        self,
        info: Info,
        account: AccountName,
        login: Annotated[
            str | None, strawberry.argument(description="Only alerts of this user's limit; null for all.")
        ] = None,
        after: After = None,
    ) -> AsyncGenerator[LimitAlert, None]:
        caller = info.context.principal
        row = await find_account(caller, account)
        user_id = (await find_user(caller, row, login)).id if login is not None else None
        selection = Selection(ALERTS, row.id, user_id)
        async with aclosing(followed(info, selection, ALERT_ORDER, after, LimitAlert.of)) as alerts:
            async for alert in alerts:
                yield alert
