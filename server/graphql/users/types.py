"""API users, as the schema shows them."""

import strawberry

from server.graphql.access.tokens import (
    SESSION_ORDER,
    TOKEN_ORDER,
    AccessToken,
    AccessTokenConnection,
    Session,
    SessionConnection,
)
from server.graphql.callbacks.types import (
    CALLBACK_ORDER,
    Callback,
    CallbackDelivery,
    CallbackDeliveryConnection,
)
from server.graphql.messages.types import MESSAGE_ORDER, Message, MessageConnection
from server.graphql.schema import loaders
from server.graphql.schema.access import Access, field, object_type, of_row, resolved
from server.graphql.schema.context import Info
from server.graphql.schema.ids import Node, node_id
from server.graphql.schema.paging import Connection
from server.graphql.schema.scalars import Credits, DateTime, IPAddress, PhoneNumber
from server.graphql.statistics.types import (
    DeliveryTimes,
    PttShare,
    StatisticsBucket,
    delivery_times_of,
    ptt_shares_of,
    statistics_of,
)
from server.operations.notifications.contacts import Place
from server.rules.credits.thresholds import AlertChannel
from server.rules.notifications.contacts import ContactState
from server.store.models import Account as AccountRow
from server.store.models import CallbackDelivery as DeliveryRow
from server.store.models import Message as MessageRow
from server.store.models import User as UserRow
from server.store.queries.visible_rows import all_of, live_sessions, program_tokens


@object_type(access=Access.SIGNED_IN, description="The credits set aside for one user.")
class Quota:
    enabled: bool = field(
        description=(
            "If true, the user spends from its quota and is blocked when it is used up. If false, it "
            "spends from the account."
        )
    )
    left: Credits = field(description="The credits left in the quota; 0 if it is off.")
    assigned: Credits = field(
        description="The last value set, plus the adjustments since. Spending and refunds do not change it."
    )

    @classmethod
    def of(cls, row: UserRow) -> "Quota":
        return cls(enabled=row.quota_on, left=Credits(row.quota_left), assigned=Credits(row.quota_assigned))


@object_type(
    access=Access.SIGNED_IN,
    description=(
        "The threshold of remaining credits, of a user or of the account, at which an alert is sent."
    ),
)
class Limit:
    account_id: strawberry.Private[int]
    enabled: bool = field(description="Whether alerts are sent.")
    threshold: Credits | None = field(
        description="An alert is sent when the credits fall to this or below; null if off."
    )
    channel: AlertChannel | None = field(description="How alerts are sent; null if off.")
    email: str | None = field(description="The address for alerts by mail; null if none are sent.")
    phone_number: PhoneNumber | None = field(
        description="The number for alerts by SMS; null if none are sent."
    )
    armed: bool = field(
        description=(
            "Whether the next fall to the threshold sends an alert; false until the credits have been "
            "above it."
        )
    )
    last_alert_at: DateTime | None = field(description="When the last alert was raised; null if never.")

    @resolved(description="Whether the owner of `email` has agreed to alerts; null if none are sent there.")
    async def email_state(self, info: Info) -> ContactState | None:
        return await self._state(info, AlertChannel.MAIL, self.email)

    @resolved(
        description="Whether the owner of `phoneNumber` has agreed to alerts; null if none are sent there."
    )
    async def phone_number_state(self, info: Info) -> ContactState | None:
        return await self._state(info, AlertChannel.SMS, self.phone_number)

    async def _state(self, info: Info, channel: AlertChannel, recipient: str | None) -> ContactState | None:
        if recipient is None:
            return None
        return await loaders.contact_state(info, Place.of(self.account_id, channel, recipient))

    @classmethod
    def of_user(cls, row: UserRow) -> "Limit":
        return cls(
            account_id=row.account_id,
            enabled=row.limit_on,
            threshold=None if row.limit_threshold is None else Credits(row.limit_threshold),
            channel=row.limit_channel,
            email=row.limit_email,
            phone_number=None if row.limit_phone_number is None else PhoneNumber(row.limit_phone_number),
            armed=row.limit_on and row.limit_armed,
            last_alert_at=_time(row.last_alert_at_us),
        )

    @classmethod
    def of_account(cls, row: AccountRow) -> "Limit":
        return cls(
            account_id=row.id,
            enabled=row.alert_on,
            threshold=None if row.alert_threshold is None else Credits(row.alert_threshold),
            channel=row.alert_channel,
            email=row.alert_email,
            phone_number=None if row.alert_phone_number is None else PhoneNumber(row.alert_phone_number),
            armed=row.alert_on and row.alert_armed,
            last_alert_at=_time(row.last_alert_at_us),
        )


@object_type(
    access=Access.SIGNED_IN,
    description="An API user of one account. An API user sees only itself.",
)
class User(Node):
    row: strawberry.Private[UserRow]
    id: strawberry.ID = of_row(
        strawberry.ID,
        lambda row: node_id("User", row.id),
        description="An opaque id. It never changes.",
    )
    login: str = field(description="Its login, unique in its account. Case does not matter.")
    enabled: bool = field(description="Whether it is enabled.")
    created_at: DateTime = field(description="When it was created.")
    last_used_at: DateTime | None = field(
        description="When it was last active, to the minute; null if never."
    )
    ends_at: DateTime | None = field(
        description=(
            "When it ends, together with the token that made it or set its password. Null if a session did "
            "that, or if it is kept (`keepUser`)."
        )
    )
    quota: Quota = of_row(Quota, Quota.of, description="The credits set aside for it.")
    limit: Limit = of_row(
        Limit, Limit.of_user, description="When its holder gets an alert about its remaining credits."
    )
    ip_restrictions: list[IPAddress] = of_row(
        list[IPAddress],
        lambda row: row.ip_restrictions.split(),
        description="The IP addresses that it may act from, at most 5; empty for all.",
    )
    callback: Callback = of_row(
        Callback, Callback.of, description="The URLs to call when something happens to its messages."
    )

    messages: MessageConnection = loaders.pages_of(
        MessageConnection,
        lambda _: all_of(MessageRow),
        "user_id",
        MESSAGE_ORDER,
        Message.of,
        description="The messages it sent, newest first.",
    )
    callback_deliveries: CallbackDeliveryConnection = loaders.pages_of(
        CallbackDeliveryConnection,
        lambda _: all_of(DeliveryRow),
        "user_id",
        CALLBACK_ORDER,
        CallbackDelivery.of,
        description="The callbacks about its messages, newest first.",
    )
    access_tokens: AccessTokenConnection = loaders.pages_of(
        AccessTokenConnection,
        lambda _: program_tokens(),
        "user_id",
        TOKEN_ORDER,
        AccessToken.of,
        description="The access tokens that act as it, newest first.",
    )
    sessions: SessionConnection = loaders.pages_of(
        SessionConnection,
        lambda info: live_sessions(at_us=info.context.services.clock.now_us()),
        "user_id",
        SESSION_ORDER,
        Session.of,
        description="Its sessions that have not ended, newest first.",
    )
    statistics: list[StatisticsBucket] = statistics_of("user", description="The messages it sent.")
    ptt_shares: list[PttShare] = ptt_shares_of(
        "user", description="How many of its messages ended with which ptt code."
    )
    delivery_times: list[DeliveryTimes] = delivery_times_of(
        "user", description="How long the delivery of its messages took."
    )

    @classmethod
    def of(cls, row: UserRow) -> "User":
        return cls(
            row=row,
            login=row.login,
            enabled=row.enabled,
            created_at=DateTime(row.created_at_us),
            last_used_at=_time(row.last_used_at_us),
            ends_at=_time(row.ends_at_us),
        )


@object_type(access=Access.SIGNED_IN, description="A page of users.")
class UserConnection(Connection[User]):
    pass


def _time(us: int | None) -> DateTime | None:
    return None if us is None else DateTime(us)
