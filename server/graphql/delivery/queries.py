"""The root queries of delivery events, statuses and ptt codes."""

from typing import Annotated

import strawberry

from server.errors import InvalidInput
from server.graphql.delivery.types import (
    EVENT_ORDER,
    DeliveryEvent,
    DeliveryEventConnection,
    DeliveryStatusDetails,
    PttCode,
)
from server.graphql.schema.access import Access, object_type, resolved
from server.graphql.schema.arguments import AccountName, MaybeLogin
from server.graphql.schema.context import Info
from server.graphql.schema.paging import After, Before, First, Last, PageRequest, connection, fetch_page
from server.logs.reader import DELIVERY, check_entry
from server.operations.core.visibility import find_user, read_account
from server.rules.messages.ptt import PTT_CODES, DeliveryStatus, check_ptt_code
from server.store.queries.visible_rows import visible_events_of

MAX_CODES = 1_000


@object_type(access=Access.SIGNED_IN, description="Queries of delivery events, statuses and ptt codes.")
class DeliveryQueries:
    @resolved(
        access=Access.ANYONE,
        description="All ptt codes that this server knows, or the given ones, known or not.",
    )
    def ptt_codes(
        self,
        codes: Annotated[
            list[int] | None,
            strawberry.argument(description="The codes, up to 1,000; null for all known ones."),
        ] = None,
    ) -> list[PttCode]:
        if codes is None:
            return [PttCode.of(code) for code in sorted(PTT_CODES)]
        if len(codes) > MAX_CODES:
            raise InvalidInput(f"At most {MAX_CODES} codes.")
        return [PttCode.of(check_ptt_code(code)) for code in codes]

    @resolved(
        access=Access.ANYONE,
        description=(
            "A ptt code. If this server does not know it, its description says so. Null only with an error."
        ),
    )
    def ptt_code(
        self, code: Annotated[int, strawberry.argument(description="Its number, 0 or more.")]
    ) -> PttCode | None:
        return PttCode.of(check_ptt_code(code))

    @resolved(access=Access.ANYONE, description="The delivery statuses with their numbers and descriptions.")
    def delivery_statuses(self) -> list[DeliveryStatusDetails]:
        return [DeliveryStatusDetails.of(status) for status in DeliveryStatus]

    @resolved(
        description=(
            "The delivery events of an account, oldest first: the log that `deliveryStatusChanged` follows, "
            "with the same cursors. An API user sees those of its own messages. Events are kept for a "
            "limited time: an older cursor gets CURSOR_EXPIRED."
        )
    )
    async def delivery_events(
        self,
        info: Info,
        account: AccountName,
        login: MaybeLogin = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> DeliveryEventConnection:
        caller = info.context.principal
        row = await read_account(info.context.services, caller, account)
        rows = visible_events_of(caller, row)
        if login is not None:
            rows = rows.filter(user_id=(await find_user(caller, row, login)).id)
        page = await fetch_page(rows, EVENT_ORDER, PageRequest.of(first, after, last, before))
        if after is not None:
            # Checked afterwards, so that a purge in between can't go unnoticed.
            position, at_us = EVENT_ORDER.row(after).values()
            await check_entry(DELIVERY, row.id, position, at_us)
        return connection(DeliveryEventConnection, page, EVENT_ORDER, DeliveryEvent.of)
