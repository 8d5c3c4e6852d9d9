"""The root queries of messages."""

from dataclasses import replace
from typing import Annotated

import strawberry

from server.graphql.messages.inputs import EstimateMessageInput, MessageFilter
from server.graphql.messages.types import MESSAGE_ORDER, Message, MessageConnection, MessageEstimate
from server.graphql.schema.access import Access, object_type, resolved
from server.graphql.schema.arguments import AccountName
from server.graphql.schema.context import Info
from server.graphql.schema.enums import OrderDirection
from server.graphql.schema.ids import key_of, message_number
from server.graphql.schema.paging import After, Before, First, Last, PageRequest, connection, fetch_page
from server.operations.core.visibility import read_account
from server.operations.messages.screening import estimate_message
from server.store.queries.visible_rows import (
    visible_message,
    visible_messages,
)


@object_type(access=Access.SIGNED_IN, description="Queries of messages.")
class MessageQueries:
    @resolved(description="A message by its id; null if there is none, or you may not see it.")
    async def message(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The value of its `id` field.")],
    ) -> Message | None:
        row = await visible_message(info.context.principal, key_of(id, "Message"))
        return Message.of(row) if row else None

    @resolved(
        description=(
            "A message by its number in http2sms and callbacks; null if there is none, or you may not see it."
        )
    )
    async def message_by_number(
        self,
        info: Info,
        number: Annotated[str, strawberry.argument(description="The number, in decimal digits.")],
    ) -> Message | None:
        row = await visible_message(info.context.principal, message_number(number))
        return Message.of(row) if row else None

    @resolved(description="The messages of an account, newest first. An API user sees only its own.")
    async def messages(
        self,
        info: Info,
        account: AccountName,
        filter: Annotated[
            MessageFilter | None, strawberry.argument(description="A filter; null for all.")
        ] = None,
        direction: Annotated[
            OrderDirection,
            strawberry.argument(description="The order by time. Newest first by default."),
        ] = OrderDirection.DESC,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> MessageConnection:
        caller = info.context.principal
        row = await read_account(info.context.services, caller, account)
        rows = visible_messages(caller).filter(account_id=row.id)
        rows = filter.apply(rows) if filter else rows
        order = replace(MESSAGE_ORDER, descending=direction is OrderDirection.DESC)
        page = await fetch_page(rows, order, PageRequest.of(first, after, last, before))
        return connection(MessageConnection, page, order, Message.of)

    @resolved(
        description=(
            "What sending a message would cost, how it would be coded and split, and which receivers would "
            "be refused and why. The code that sends computes it, but nothing is changed."
        )
    )
    async def estimate_message(
        self,
        info: Info,
        input: Annotated[EstimateMessageInput, strawberry.argument(description="The message.")],
    ) -> MessageEstimate:
        context = info.context
        return MessageEstimate.of(await estimate_message(context.services, context.principal, input.draft()))
