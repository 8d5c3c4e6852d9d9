"""Accounts, as the schema shows them."""

from typing import Annotated

import orjson
import strawberry

from server.graphql.access.holders import Holder
from server.graphql.audit.inputs import AuditEntryFilter
from server.graphql.audit.types import AUDIT_ORDER, AuditEntry, AuditEntryConnection
from server.graphql.callbacks.inputs import CallbackDeliveryFilter
from server.graphql.callbacks.types import (
    CALLBACK_ORDER,
    Callback,
    CallbackDelivery,
    CallbackDeliveryConnection,
)
from server.graphql.credits.inputs import CreditEntryFilter
from server.graphql.credits.types import ENTRY_ORDER, CreditEntry, CreditEntryConnection
from server.graphql.messages.types import MESSAGE_ORDER, Message, MessageConnection
from server.graphql.notifications.inputs import LimitAlertFilter
from server.graphql.notifications.types import ALERT_ORDER, AlertTemplates, LimitAlert, LimitAlertConnection
from server.graphql.schema import loaders
from server.graphql.schema.access import Access, field, object_type, of_row, resolved
from server.graphql.schema.context import Info
from server.graphql.schema.ids import Node, node_id
from server.graphql.schema.paging import Connection
from server.graphql.schema.scalars import URL, Credits, DateTime
from server.graphql.senders.inputs import BlacklistEntryFilter, IncomingMessageFilter, SenderFilter
from server.graphql.senders.types import (
    BLACKLIST_ORDER,
    INCOMING_ORDER,
    SENDER_ORDER,
    BlacklistConnection,
    BlacklistEntry,
    IncomingMessage,
    IncomingMessageConnection,
    Sender,
    SenderConnection,
)
from server.graphql.statistics.by_user import UserStatistics, statistics_by_user
from server.graphql.statistics.types import (
    DeliveryTimes,
    PttShare,
    StatisticsBucket,
    delivery_times_of,
    ptt_shares_of,
    statistics_of,
)
from server.graphql.users.inputs import USER_ORDER
from server.graphql.users.types import Limit, User, UserConnection
from server.operations.accounts.accounts import stop_languages, words_to_stop
from server.rules.messages.stop_words import StopLanguage
from server.store import models
from server.store.models.accounts import AccountStatus
from server.store.queries.visible_rows import all_of, live_users


@object_type(
    access=Access.HOLDER,
    description=(
        "A prepaid SMS account. For its holder and operators; an API user sees only the id, name and "
        "senders of its own account."
    ),
)
class Account(Node):
    row: strawberry.Private[models.Account]
    id: strawberry.ID = field(access=Access.SIGNED_IN, description="An opaque id. It never changes.")
    name: str = field(
        access=Access.SIGNED_IN, description="Its name, like sms-xx12345-1. No name is ever used twice."
    )
    description: str | None = field(description="The holder's description of it; null if there is none.")
    status: AccountStatus = field(description="Whether it can be used.")
    credits_left: Credits = field(description="The credits that can be spent, or set aside for users.")
    time_zone: str = field(description="The IANA time zone in which http2sms reads deferred times.")
    stop_clause: str = field(
        description="The text appended to advertising messages, on a line of its own; empty for none."
    )
    stop_languages: list[StopLanguage] = of_row(
        list[StopLanguage], stop_languages, description="The languages whose usual stop words count."
    )
    stop_words: list[str] = of_row(
        list[str],
        lambda row: orjson.loads(row.stop_words),
        description="The account's own stop words, in addition to those of its languages.",
    )
    stop_words_in_force: list[str] = of_row(
        list[str],
        words_to_stop,
        description=(
            "All stop words that count: STOP, those of its languages and its own. A stop word counts if the "
            "message says nothing else; case, accents and punctuation do not matter."
        ),
    )
    keeps_advertising_hours: bool = field(
        description=(
            "Whether messages with the STOP clause wait for advertising hours: 08:00 to 20:00 in the "
            "receiver's time zone, except on Sundays."
        )
    )
    alert_sender: str | None = field(
        description="The sender of alerts by SMS; null if none is chosen, and then no SMS can be sent."
    )
    limit: Limit = field(description="When its holder gets an alert about the credits left.")
    alert_templates: AlertTemplates = field(description="The texts of its alerts and of its users' alerts.")
    callback_url: URL | None = field(
        description=(
            "Called at each status change of a message if its user has no URL of its own; null for none."
        )
    )
    stop_callback_url: URL | None = field(
        description="Called when a receiver asks to stop, if the user has no URL of its own; null for none."
    )
    callback: Callback = field(
        description="The same two URLs, with their signing key and the state of the calls to them."
    )
    created_at: DateTime = field(description="When it was created.")

    @resolved(description="The holder who owns it.")
    async def holder(self, info: Info) -> Holder:
        return Holder.of(await loaders.holder_of(info, self.row.holder_id))

    @resolved(description="The credits left in all quotas of its users together.")
    async def credits_held_by_quota(self, info: Info) -> Credits:
        held, _ = await loaders.quota_totals(info, self.row.id)
        return Credits(held)

    @resolved(description="How many of its users have a quota.")
    async def user_quantity_with_quota(self, info: Info) -> int:
        _, users = await loaders.quota_totals(info, self.row.id)
        return users

    @resolved(description="The credits that it had left at a given time; 0 before its first credits.")
    async def balance_at(
        self,
        info: Info,
        time: Annotated[
            DateTime, strawberry.argument(description="The time. Entries of exactly this time count.")
        ],
    ) -> Credits:
        return Credits(await loaders.balance_at(info, self.row.id, time))

    @resolved(
        access=Access.SIGNED_IN,
        description=(
            "One of its users; null if there is none, or you may not see it. An API user finds only itself."
        ),
    )
    async def user(
        self,
        info: Info,
        login: Annotated[str, strawberry.argument(description="The user's login. Case does not matter.")],
    ) -> User | None:
        row = await loaders.user_by_login(info, self.row.id, login)
        return User.of(row) if row else None

    users: UserConnection = loaders.pages_of(
        UserConnection,
        lambda _: live_users(),
        "account_id",
        USER_ORDER,
        User.of,
        description="Its users, by login.",
    )
    senders: SenderConnection = loaders.narrowed_pages_of(
        SenderConnection,
        models.Sender,
        SenderFilter,
        SENDER_ORDER,
        Sender.of,
        access=Access.SIGNED_IN,
        description="The senders declared on it, by name.",
    )
    messages: MessageConnection = loaders.pages_of(
        MessageConnection,
        lambda _: all_of(models.Message),
        "account_id",
        MESSAGE_ORDER,
        Message.of,
        description="The messages sent from it, newest first.",
    )
    credit_entries: CreditEntryConnection = loaders.log_of_account(
        CreditEntryConnection,
        models.LedgerEntry,
        CreditEntryFilter,
        ENTRY_ORDER,
        CreditEntry.of,
        description="Its ledger, newest first.",
    )
    limit_alerts: LimitAlertConnection = loaders.log_of_account(
        LimitAlertConnection,
        models.LimitAlert,
        LimitAlertFilter,
        ALERT_ORDER,
        LimitAlert.of,
        description="The alerts raised by its own limit and its users' limits, newest first.",
    )
    blacklist: BlacklistConnection = loaders.narrowed_pages_of(
        BlacklistConnection,
        models.BlacklistEntry,
        BlacklistEntryFilter,
        BLACKLIST_ORDER,
        BlacklistEntry.of,
        description="The numbers that it no longer sends to.",
    )
    incoming_messages: IncomingMessageConnection = loaders.log_of_account(
        IncomingMessageConnection,
        models.IncomingMessage,
        IncomingMessageFilter,
        INCOMING_ORDER,
        IncomingMessage.of,
        description="The messages received for it, newest first.",
    )
    callback_deliveries: CallbackDeliveryConnection = loaders.log_of_account(
        CallbackDeliveryConnection,
        models.CallbackDelivery,
        CallbackDeliveryFilter,
        CALLBACK_ORDER,
        CallbackDelivery.of,
        description="Its callbacks and those of its users, newest first.",
    )
    audit_entries: AuditEntryConnection = loaders.log_of_account(
        AuditEntryConnection,
        models.AuditEntry,
        AuditEntryFilter,
        AUDIT_ORDER,
        AuditEntry.of,
        description="The audit trail: who changed what, newest first.",
    )
    statistics: list[StatisticsBucket] = statistics_of("account", description="The messages sent from it.")
    statistics_by_user: list[UserStatistics] = statistics_by_user()
    ptt_shares: list[PttShare] = ptt_shares_of(
        "account", description="How many of its messages ended with which ptt code."
    )
    delivery_times: list[DeliveryTimes] = delivery_times_of(
        "account", description="How long the delivery of its messages took."
    )

    @classmethod
    def of(cls, row: models.Account) -> "Account":
        return cls(
            row=row,
            id=node_id("Account", row.id),
            name=row.name,
            description=row.description,
            status=row.status,
            credits_left=Credits(row.credits_left),
            time_zone=row.time_zone,
            stop_clause=row.stop_clause,
            keeps_advertising_hours=row.keeps_advertising_hours,
            alert_sender=row.alert_sender,
            limit=Limit.of_account(row),
            alert_templates=AlertTemplates.of(row),
            callback_url=None if row.callback_url is None else URL(row.callback_url),
            stop_callback_url=None if row.stop_callback_url is None else URL(row.stop_callback_url),
            callback=Callback.of(row),
            created_at=DateTime(row.created_at_us),
        )


@object_type(access=Access.HOLDER, description="A page of accounts.")
class AccountConnection(Connection[Account]):
    pass
