"""The subscription that pushes incoming messages."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from server.graphql.schema.access import Access, object_type, subscription
from server.graphql.schema.arguments import AccountName
from server.graphql.schema.context import Info
from server.graphql.schema.following import RULES, After, followed
from server.graphql.senders.types import INCOMING_ORDER, IncomingMessage
from server.logs.reader import INCOMING, Selection
from server.operations.core.visibility import find_account


@object_type(access=Access.HOLDER, description="Subscriptions to incoming messages.")
class SenderSubscriptions:
    @subscription(
        access=Access.HOLDER,
        description=(
            f"Each message received for an account. {RULES} For the account's holder and operators."
        ),
    )
    async def incoming_message(
        self, info: Info, account: AccountName, after: After = None
    ) -> AsyncGenerator[IncomingMessage, None]:
        row = await find_account(info.context.principal, account)
        selection = Selection(INCOMING, row.id)
        async with aclosing(followed(info, selection, INCOMING_ORDER, after, IncomingMessage.of)) as messages:
            async for message in messages:
                yield message
