"""The subscription that pushes accepted messages and their delivery status changes."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from server.errors import ErrorCode, NotFound
from server.graphql.delivery.types import EVENT_ORDER, DeliveryEvent
from server.graphql.schema.access import Access, object_type, subscription
from server.graphql.schema.arguments import AccountName
from server.graphql.schema.context import Info
from server.graphql.schema.following import RULES, After, followed
from server.graphql.schema.ids import key_of
from server.logs.reader import DELIVERY, Selection
from server.operations.core.principals import Principal
from server.operations.core.visibility import find_account, find_user
from server.store.models import DeliveryEvent as EventRow
from server.store.queries.visible_rows import visible_message


@object_type(access=Access.SIGNED_IN, description="Subscriptions to delivery.")
class DeliverySubscriptions:
    @subscription(
        access=Access.SIGNED_IN,
        description=(
            "Each accepted message (CREATED, with no `previousStatus`) and each change of its delivery status, in the "
            "order of the account's log: for an account, one user or one message. "
            f"{RULES} An API user sees only its own messages."
        ),
    )
    async def delivery_status_changed(
        self,
        info: Info,
        account: AccountName,
        login: Annotated[
            str | None,
            strawberry.argument(description="Only this user's messages; null for all that you may see."),
        ] = None,
        message_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only this message; null for all.")
        ] = None,
        after: After = None,
    ) -> AsyncGenerator[DeliveryEvent, None]:
        selection = await _selection(info.context.principal, account, login, message_id)
        async with aclosing(followed(info, selection, EVENT_ORDER, after, DeliveryEvent.of)) as events:
            async for event in events:
                yield event


async def _selection(
    caller: Principal, account: str, login: str | None, message_id: strawberry.ID | None
) -> Selection[EventRow]:
    """Return the part of the log that the caller asks for.

    Raises:
        NotFound: UNKNOWN_ACCOUNT, UNKNOWN_USER, UNKNOWN_MESSAGE: it does not exist, or the caller may not see
        it.
    """
    row = await find_account(caller, account)
    user_id = (await find_user(caller, row, login)).id if login is not None else caller.user_id
    if message_id is None:
        return Selection(DELIVERY, row.id, user_id)
    message = await visible_message(caller, key_of(message_id, "Message"), account_id=row.id)
    if message is None:
        raise NotFound("There is no such message.", code=ErrorCode.UNKNOWN_MESSAGE, field=("messageId",))
    return Selection(DELIVERY, row.id, user_id, message.id)
