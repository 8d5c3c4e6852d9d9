"""The enums of the schema: those of the rules, models and operations, with their names in the API."""

from server.errors import ErrorCode
from server.gateways.link_state import BindKind, ChannelState, LinkStatus
from server.graphql.schema.scalars import described_enum
from server.kit.described_enums import DescribedStr
from server.operations.core.principals import Scope
from server.rules.callbacks.callbacks import DisabledReason, TryVerdict
from server.rules.credits.ledger import EntryKind
from server.rules.credits.thresholds import AlertChannel
from server.rules.links.http import BodyFormat, HttpMethod, HttpPreset
from server.rules.links.links import LinkKind, UnknownOutcome
from server.rules.links.smpp import BindMode, DefaultAlphabet, FlashForm, IdForm, LongForm
from server.rules.messages.deferral import WaitReason
from server.rules.messages.ptt import DeliveryStatus, PttDuration
from server.rules.messages.segments import Coding
from server.rules.messages.stop_words import StopLanguage
from server.rules.notifications.contacts import ContactState
from server.rules.senders.senders import SenderKind, SenderStatus
from server.store.models import CallbackKind, CallbackState
from server.store.models.accounts import AccountStatus
from server.store.models.notifications import NotificationState


class MessageClass(DescribedStr):
    """Where a phone stores a message (3GPP TS 23.038, section 4)."""

    FLASH = "0", "Class 0 (flash): shown at once and not stored."
    PHONE = "1", "Class 1: stored in the phone's memory."
    SIM = "2", "Class 2: stored on the SIM card."
    DEVICE = "3", "Class 3: passed to an external device."


class DatabaseKind(DescribedStr):
    """What a server keeps its data in."""

    SQLITE = "sqlite", "One file, for one server."
    POSTGRESQL = "postgres", "A database server, for any number of servers and workers."


class PrincipalKind(DescribedStr):
    """What kind of caller is signed in."""

    OPERATOR = "operator", "Administers this server, and may also own accounts."
    HOLDER = "holder", "Owns accounts."
    USER = "user", "An API user of one account."


class BindStatus(DescribedStr):
    """The present state of a bind."""

    STOPPED = ChannelState.STOPPED.value, "It is not open and will not be opened."
    CONNECTING = ChannelState.CONNECTING.value, "It is being opened."
    BOUND = ChannelState.BOUND.value, "It is open."
    WAITING = (
        ChannelState.WAITING.value,
        "It could not be opened, or was closed. It will be tried again soon.",
    )


class OrderDirection(DescribedStr):
    """The direction of a list."""

    ASC = "asc", "Smallest, alphabetically first or oldest first."
    DESC = "desc", "Largest, alphabetically last or newest first."


class AccountOrderField(DescribedStr):
    """What accounts are sorted by."""

    NAME = "name", "By name."
    CREATED_AT = "created_at_us", "By the time of creation."
    CREDITS_LEFT = "credits_left", "By the credits left on the account."


class HolderOrderField(DescribedStr):
    """What holders are sorted by."""

    EMAIL = "email", "By e-mail address."
    CREATED_AT = "created_at_us", "By the time of creation."


class UserOrderField(DescribedStr):
    """What users are sorted by."""

    LOGIN = "login_key", "By login. Case does not matter."
    CREATED_AT = "created_at_us", "By the time of creation."
    QUOTA_LEFT = "quota_left", "By the credits left in the quota, 0 if it is off."
    LAST_USED_AT = (
        "last_used_or_never_us",
        "By the time of their last request. Users who never made one count as oldest.",
    )
    LIMIT_THRESHOLD = (
        "limit_threshold_or_none",
        "By the limit's threshold. A user without a limit counts as 0.",
    )


class StatisticsInterval(DescribedStr):
    """What statistics are broken down by."""

    HOUR = "hour", "One bucket per clock hour."
    DAY = "day", "One bucket per day, from midnight to midnight."
    MONTH = "month", "One bucket per calendar month."


for _enum in (
    AccountOrderField,
    AccountStatus,
    AlertChannel,
    ContactState,
    BindKind,
    BindMode,
    BindStatus,
    CallbackKind,
    CallbackState,
    Coding,
    DatabaseKind,
    DeliveryStatus,
    HolderOrderField,
    HttpMethod,
    HttpPreset,
    LinkKind,
    LinkStatus,
    MessageClass,
    NotificationState,
    OrderDirection,
    PrincipalKind,
    PttDuration,
    Scope,
    SenderKind,
    SenderStatus,
    StatisticsInterval,
    StopLanguage,
    TryVerdict,
    UnknownOutcome,
    UserOrderField,
    WaitReason,
):
    described_enum(_enum)
described_enum(DefaultAlphabet, "LinkAlphabet")
described_enum(FlashForm)
described_enum(BodyFormat, "HttpBodyFormat")
described_enum(DisabledReason, "CallbackDisabledReason")
described_enum(EntryKind, "CreditEntryKind")
described_enum(ErrorCode, "UserErrorCode")
described_enum(IdForm, "OperatorIdForm")
described_enum(LongForm, "LongMessageForm")
