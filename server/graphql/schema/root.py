"""The root queries."""

from dataclasses import replace
from typing import Annotated

import strawberry

from server.errors import InvalidInput
from server.graphql.about.queries import AboutQueries
from server.graphql.access.holders import Holder, HolderConnection
from server.graphql.access.inputs import HolderFilter, HolderOrder
from server.graphql.access.types import Viewer
from server.graphql.accounts.inputs import AccountFilter, AccountOrder
from server.graphql.accounts.types import Account, AccountConnection
from server.graphql.credits.types import LedgerVerification, Rate
from server.graphql.delivery.types import (
    EVENT_ORDER,
    DeliveryEvent,
    DeliveryEventConnection,
    DeliveryStatusDetails,
    PttCode,
)
from server.graphql.links.types import Link
from server.graphql.messages.inputs import EstimateMessageInput, MessageFilter
from server.graphql.messages.types import MESSAGE_ORDER, Message, MessageConnection, MessageEstimate
from server.graphql.schema.access import Access, object_type, resolved
from server.graphql.schema.arguments import AccountName, Login, MaybeAccountName, MaybeLogin
from server.graphql.schema.context import Info
from server.graphql.schema.enums import OrderDirection
from server.graphql.schema.ids import Node, key_of, message_number
from server.graphql.schema.nodes import find_nodes
from server.graphql.schema.paging import After, Before, First, Last, PageRequest, connection, fetch_page
from server.graphql.schema.scalars import CountryCode
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
from server.graphql.users.inputs import UserFilter, UserOrder
from server.graphql.users.types import User, UserConnection
from server.logs.reader import DELIVERY, check_entry
from server.operations.core.visibility import find_account, find_user
from server.operations.messages.screening import estimate_message
from server.rules.messages.ptt import PTT_CODES, DeliveryStatus, check_ptt_code
from server.rules.messages.stop_words import StopLanguage
from server.store.lookup import find_one
from server.store.queries import credits as credit_queries
from server.store.queries.visible_rows import (
    visible_accounts,
    visible_events_of,
    visible_holders,
    visible_message,
    visible_messages,
    visible_senders,
    visible_unclaimed,
    visible_users,
)

MAX_NODES = 100
MAX_CODES = 1_000


@object_type(
    access=Access.SIGNED_IN,
    description=(
        "All queries. A field that fails is null, with an entry in `errors`; the other fields are still "
        "answered."
    ),
)
class Query(AboutQueries):
    @resolved(description="An object by its id; null if it does not exist, or you may not see it.")
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The value of its `id` field.")],
    ) -> Node | None:
        [node] = await find_nodes(info, [id])
        return node

    @resolved(
        description=(
            "Several objects by their ids, in the given order; null for each one that does not exist or that "
            "you may not see."
        )
    )
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="Up to 100 ids.")],
    ) -> list[Node | None]:
        if len(ids) > MAX_NODES:
            raise InvalidInput(f"At most {MAX_NODES} ids.")
        return await find_nodes(info, ids)

    @resolved(
        access=Access.SIGNED_IN_ANY_SCOPE, description="The caller of this request, and what it may do."
    )
    async def viewer(self, info: Info) -> Viewer:
        return Viewer.of(info.context.principal)

    @resolved(access=Access.OPERATOR, description="All holders, operators included. For operators only.")
    async def holders(
        self,
        info: Info,
        filter: Annotated[
            HolderFilter | None, strawberry.argument(description="A filter; null for all.")
        ] = None,
        order_by: Annotated[
            HolderOrder | None,
            strawberry.argument(description="The order; null to sort by e-mail address."),
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> HolderConnection:
        order = HolderOrder.of(order_by)
        rows = visible_holders(info.context.principal)
        rows = filter.apply(rows) if filter else rows
        page = await fetch_page(rows, order, PageRequest.of(first, after, last, before))
        return connection(HolderConnection, page, order, Holder.of)

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
        row = await find_one(visible_accounts(info.context.principal), name=name)
        return Account.of(row) if row else None

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
            rows = rows.filter(account_id=(await find_account(caller, account)).id)
        rows = filter.apply(rows) if filter else rows
        page = await fetch_page(rows, order, PageRequest.of(first, after, last, before))
        return connection(UserConnection, page, order, User.of)

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
            rows = rows.filter(account_id=(await find_account(caller, account)).id)
        rows = filter.apply(rows) if filter else rows
        page = await fetch_page(rows, SENDER_ORDER, PageRequest.of(first, after, last, before))
        return connection(SenderConnection, page, SENDER_ORDER, Sender.of)

    @resolved(description="An API user by account and login; null if there is none, or you may not see it.")
    async def user(self, info: Info, account: AccountName, login: Login) -> User | None:
        row = await find_one(
            visible_users(info.context.principal), account__name=account, login_key=login.lower()
        )
        return User.of(row) if row else None

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

    @resolved(access=Access.ANYONE, description="The languages with their usual stop words.")
    def stop_languages(self) -> list[StopLanguageDetails]:
        return [StopLanguageDetails.of(language) for language in StopLanguage]

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
        row = await find_account(caller, account)
        rows = visible_messages(caller).filter(account_id=row.id)
        rows = filter.apply(rows) if filter else rows
        order = replace(MESSAGE_ORDER, descending=direction is OrderDirection.DESC)
        page = await fetch_page(rows, order, PageRequest.of(first, after, last, before))
        return connection(MessageConnection, page, order, Message.of)

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
        row = await find_account(caller, account)
        rows = visible_events_of(caller, row)
        if login is not None:
            rows = rows.filter(user_id=(await find_user(caller, row, login)).id)
        page = await fetch_page(rows, EVENT_ORDER, PageRequest.of(first, after, last, before))
        if after is not None:
            # Checked afterwards, so that a purge in between can't go unnoticed.
            position, at_us = EVENT_ORDER.row(after).values()
            await check_entry(DELIVERY, row.id, position, at_us)
        return connection(DeliveryEventConnection, page, EVENT_ORDER, DeliveryEvent.of)

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

    @resolved(
        access=Access.ANYONE, description="The price of one message part by country, sorted by country code."
    )
    async def rates(
        self,
        countries: Annotated[
            list[CountryCode] | None,
            strawberry.argument(description="The countries; null for all that have a rate."),
        ] = None,
    ) -> list[Rate]:
        return [Rate.of(row) for row in await credit_queries.rates(countries)]

    @resolved(
        access=Access.OPERATOR,
        description="The links to operators and their state, by name. For operators only.",
    )
    async def links(self, info: Info) -> list[Link]:
        return await Link.all(info, info.context.principal)

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

    @resolved(
        access=Access.HOLDER,
        description=(
            "Whether an account's ledger adds up: each running balance, the present balance and quotas, and "
            "the messages paid for."
        ),
    )
    async def verify_ledger(self, info: Info, account: AccountName) -> LedgerVerification:
        return await LedgerVerification.load(info, account)
