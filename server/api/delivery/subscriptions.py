"""The subscription that pushes delivery status changes."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from server.api.context import Info
from server.api.delivery.types import EVENT_ORDER, DeliveryEvent
from server.api.node import key_of
from server.api.permissions import Access, object_type, subscription
from server.errors import ErrorCode, NotFound
from server.events.log import Selection, follow
from server.operations.principals import Principal
from server.operations.scope import find_account, find_user, visible_messages


@object_type(access=Access.SIGNED_IN, description="All that can be followed live.")
class DeliverySubscriptions:
    """Subscriptions about delivery."""

    @subscription(
        access=Access.SIGNED_IN,
        description=(
            "Each change of a delivery status, in the order of the account's log: of an account, of one user, "
            "or of one message. With `after` it first gives what has happened since that cursor, without a gap "
            "or a repeat; without it, what happens from now on. An API user follows its own messages."
        ),
    )
    async def delivery_status_changed(
        self,
        info: Info,
        account: Annotated[str, strawberry.argument(description="The account's name.")],
        login: Annotated[
            str | None,
            strawberry.argument(description="Only this user's messages; null for all that you may see."),
        ] = None,
        message_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only this message; null for all.")
        ] = None,
        after: Annotated[
            str | None,
            strawberry.argument(description="The cursor of the last event you know; null for from now on."),
        ] = None,
    ) -> AsyncGenerator[DeliveryEvent, None]:
        """Follow the log."""
        context = info.context
        selection = await _selection(context.principal, account, login, message_id)
        # A client that reconnects to its stream names the last event it saw in a header of its own.
        resume = context.resume_after or after
        position = EVENT_ORDER.values(resume)[0] if resume is not None else None
        async with aclosing(follow(context.services.bus, selection, after=position)) as events:
            async for row in events:
                await context.confirm()
                event = DeliveryEvent.of(row)
                context.cursor = event.cursor
                yield event


async def _selection(
    caller: Principal, account: str, login: str | None, message_id: strawberry.ID | None
) -> Selection:
    """Return what the caller may follow.

    Raises:
        NotFound: UNKNOWN_ACCOUNT, UNKNOWN_USER, UNKNOWN_MESSAGE: there is none that the caller may see.
    """
    found = await find_account(caller, account)
    user_id = (await find_user(caller, found, login)).id if login is not None else caller.user_id
    if message_id is None:
        return Selection(found.id, user_id)
    message = await visible_messages(caller).get_or_none(
        id=key_of(message_id, "Message"), account_id=found.id
    )
    if message is None:
        raise NotFound("There is no such message.", code=ErrorCode.UNKNOWN_MESSAGE, field=("messageId",))
    return Selection(found.id, user_id, message.id)
