"""Accounts and their audit trail, as the schema shows them."""

from typing import Annotated

import orjson
import strawberry

from server.graphql.access.holders import Holder
from server.graphql.accounts.inputs import AuditEntryFilter
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
from server.graphql.schema.paging import Connection, Order
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

AUDIT_ORDER = Order("audit entries", ("id",), (int,), descending=True, mark="at_us")


@object_type(access=Access.HOLDER, description="One value that a change set.")
class AuditChange:
    name: str = field(
        name="field",
        description="What was set, by the name that the mutation's input has for it, or of something that followed.",
    )
    old: str | None = field(
        description=(
            'What it was before, as a JSON text: "null" where it had no value. Null where there was no before, or '
            "none is known: of what was made, moved, or followed."
        )
    )
    new: str = field(
        description=(
            'What it was set to, as a JSON text: "null" where it has no value any more, and for a password, '
            'which is never shown, the text "[redacted]".'
        )
    )


@object_type(
    access=Access.HOLDER,
    description="One change that somebody made. For the account's holder and operators.",
)
class AuditEntry(Node):
    row: strawberry.Private[models.AuditEntry]
    action: str = field(description="The mutation that made the change.")
    subject: str = field(description="What it was made to: a login, a sender, a number, an account.")
    detail: str = field(
        description="What was set, as a JSON object by the names of the input; never a password or a token."
    )
    caused_by: str = field(description="Who made it: an e-mail address, or 'user:' and a login.")
    occurred_at: DateTime = field(description="When it was made.")

    @resolved(description="The values that were set, each with what it was before.")
    def changes(self) -> list[AuditChange]:
        """Take the entry's values apart."""
        before = orjson.loads(self.row.before) if self.row.before is not None else {}
        return [
            AuditChange(
                name=name,
                old=orjson.dumps(before[name]).decode() if name in before else None,
                new=orjson.dumps(new).decode(),
            )
            for name, new in orjson.loads(self.row.detail).items()
        ]

    @classmethod
    def of(cls, row: models.AuditEntry) -> "AuditEntry":
        return cls(
            row=row,
            id=node_id("AuditEntry", row.id),
            action=row.action,
            subject=row.subject,
            detail=row.detail,
            caused_by=row.caused_by,
            occurred_at=DateTime(row.at_us),
        )


@object_type(access=Access.HOLDER, description="A page of the audit trail, newest first.")
class AuditEntryConnection(Connection[AuditEntry]):
    pass


@object_type(
    access=Access.HOLDER,
    description=(
        "A prepaid SMS account. For its holder and operators; an API user sees the id, the name and the "
        "senders of its own, and of the rest nothing."
    ),
)
class Account(Node):
    row: strawberry.Private[models.Account]
    id: strawberry.ID = field(
        access=Access.SIGNED_IN, description="Opaque, and the same for as long as the account exists."
    )
    name: str = field(access=Access.SIGNED_IN, description="Its name, like sms-xx12345-1; never given twice.")
    description: str | None = field(description="What its holder says of it; null for nothing.")
    status: AccountStatus = field(description="Whether it can be used.")
    credits_left: Credits = field(description="What can be spent from it, or set aside for users.")
    time_zone: str = field(description="The IANA time zone in which http2sms reads deferred times.")
    stop_clause: str = field(
        description="What is appended to advertising messages, on a line of its own; empty for nothing."
    )
    stop_languages: list[StopLanguage] = of_row(
        list[StopLanguage], stop_languages, description="The languages whose usual words ask it to stop."
    )
    stop_words: list[str] = of_row(
        list[str],
        lambda row: orjson.loads(row.stop_words),
        description="Its own words that ask it to stop, beside those of its languages.",
    )
    stop_words_in_force: list[str] = of_row(
        list[str],
        words_to_stop,
        description=(
            "All words that ask it to stop: STOP, those of its languages and its own. One counts where a message "
            "says nothing else, in any case, with accents or without, whatever signs are round it."
        ),
    )
    keeps_advertising_hours: bool = field(
        description=(
            "Whether messages that bear the STOP clause wait for the hours of advertising: 08:00 to 20:00 "
            "where the receiver is, Sundays excepted."
        )
    )
    alert_sender: str | None = field(
        description="The sender of alerts by SMS; null as long as none is chosen, and none can be sent."
    )
    limit: Limit = field(description="When its holder is alerted over what is left on it.")
    alert_templates: AlertTemplates = field(description="What its alerts, and those of its users, say.")
    callback_url: URL | None = field(
        description="Called at each status change of messages whose user has no URL of its own; null for none."
    )
    stop_callback_url: URL | None = field(
        description="Called when a receiver asks to stop, where the user has no URL of its own; null for none."
    )
    callback: Callback = field(
        description="Those two URLs once more, with the key that signs and how the calls to them fare."
    )
    created_at: DateTime = field(description="When it was created.")

    @resolved(description="Who owns it.")
    async def holder(self, info: Info) -> Holder:
        return Holder.of(await loaders.holder_of(info, self.row.holder_id))

    @resolved(description="What the quotas of its users still hold, all together.")
    async def credits_held_by_quota(self, info: Info) -> Credits:
        held, _ = await loaders.quota_totals(info, self.row.id)
        return Credits(held)

    @resolved(description="How many of its users have a quota.")
    async def user_quantity_with_quota(self, info: Info) -> int:
        _, users = await loaders.quota_totals(info, self.row.id)
        return users

    @resolved(description="What it had left at a time; 0 before its first credits.")
    async def balance_at(
        self,
        info: Info,
        time: Annotated[
            DateTime, strawberry.argument(description="The time; entries of that instant count.")
        ],
    ) -> Credits:
        return Credits(await loaders.balance_at(info, self.row.id, time))

    @resolved(
        access=Access.SIGNED_IN,
        description="One of its users; null where there is none that you may see. An API user finds itself.",
    )
    async def user(
        self,
        info: Info,
        login: Annotated[str, strawberry.argument(description="The user's login, in any case.")],
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
        description="The alerts that its own limit and its users' have raised, newest first.",
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
        description="The messages that came in for it, newest first.",
    )
    callback_deliveries: CallbackDeliveryConnection = loaders.log_of_account(
        CallbackDeliveryConnection,
        models.CallbackDelivery,
        CallbackDeliveryFilter,
        CALLBACK_ORDER,
        CallbackDelivery.of,
        description="All its callbacks and those of its users, newest first.",
    )
    audit_entries: AuditEntryConnection = loaders.log_of_account(
        AuditEntryConnection,
        models.AuditEntry,
        AuditEntryFilter,
        AUDIT_ORDER,
        AuditEntry.of,
        description="Who changed what in it, newest first.",
    )
    statistics: list[StatisticsBucket] = statistics_of("account", description="What was sent from it.")
    statistics_by_user: list[UserStatistics] = statistics_by_user()
    ptt_shares: list[PttShare] = ptt_shares_of(
        "account", description="How often the messages sent from it ended with which ptt code."
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
