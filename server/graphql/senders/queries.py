"""The root queries of senders, stop words and messages that belong to no account."""

from typing import Annotated

import strawberry

from server.graphql.schema.access import Access, object_type, resolved
from server.graphql.schema.arguments import MaybeAccountName
from server.graphql.schema.context import Info
from server.graphql.schema.paging import After, Before, First, Last, PageRequest, connection, fetch_page
from server.graphql.senders.inputs import SenderFilter
from server.graphql.senders.types import (
    SENDER_ORDER,
    UNCLAIMED_ORDER,
    Sender,
    SenderConnection,
    StopLanguageDetails,
    UnclaimedMessage,
    UnclaimedMessageConnection,
)
from server.operations.core.visibility import read_account
from server.rules.messages.stop_words import StopLanguage
from server.store.queries.visible_rows import (
    visible_senders,
    visible_unclaimed,
)


@object_type(access=Access.SIGNED_IN, description="Queries of senders, and what phones sent to no account.")
class SenderQueries:
    @resolved(
        description=(
            "The senders of all your accounts, or of one. An API user sees those of its account. Operators find "
            "the senders that wait for approval with `status: WAITING`, and decide with `setSenderStatus`."
        )
    )
    async def senders(
        self,
        info: Info,
        account: MaybeAccountName = None,
        filter: Annotated[
            SenderFilter | None, strawberry.argument(description="A filter; null for all.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> SenderConnection:
        caller = info.context.principal
        rows = visible_senders(caller)
        if account is not None:
            rows = rows.filter(account_id=(await read_account(info.context.services, caller, account)).id)
        rows = filter.apply(rows) if filter else rows
        page = await fetch_page(rows, SENDER_ORDER, PageRequest.of(first, after, last, before))
        return connection(SenderConnection, page, SENDER_ORDER, Sender.of)

    @resolved(access=Access.ANYONE, description="The languages with their usual stop words.")
    def stop_languages(self) -> list[StopLanguageDetails]:
        return [StopLanguageDetails.of(language) for language in StopLanguage]

    @resolved(
        access=Access.OPERATOR,
        description="The messages from phones that belong to no account, newest first. For operators only.",
    )
    async def unclaimed_messages(
        self,
        info: Info,
        asks_to_stop: Annotated[
            bool | None,
            strawberry.argument(description="Only those that ask to stop, or only the others; null for all."),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> UnclaimedMessageConnection:
        rows = visible_unclaimed(info.context.principal)
        rows = rows if asks_to_stop is None else rows.filter(asks_to_stop=asks_to_stop)
        page = await fetch_page(rows, UNCLAIMED_ORDER, PageRequest.of(first, after, last, before))
        return connection(UnclaimedMessageConnection, page, UNCLAIMED_ORDER, UnclaimedMessage.of)
