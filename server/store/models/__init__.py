"""The tables. All amounts are millicredits (thousandths of a credit), all times microseconds since the Unix epoch."""

from server.store.models.access import AccessToken, RateBucket, SignInOrigin, Throttle
from server.store.models.accounts import Account
from server.store.models.alerts import LimitAlert
from server.store.models.audit import AuditEntry
from server.store.models.blacklist import BlacklistEntry
from server.store.models.callbacks import (
    CallbackDelivery,
    CallbackKind,
    CallbackState,
    CallbackTarget,
    CallbackTry,
)
from server.store.models.contacts import Contact
from server.store.models.counters import Counter
from server.store.models.delivery import DeliveryEvent, MessagePart, Receipt
from server.store.models.holders import Holder
from server.store.models.idempotency import IdempotencyKey
from server.store.models.incoming import IncomingMessage, IncomingPart
from server.store.models.ledger import LedgerEntry
from server.store.models.links import LinkReport, OperatorLink
from server.store.models.messages import Message, MessageState
from server.store.models.notifications import Notification, NotificationState
from server.store.models.rates import Rate
from server.store.models.secret_keys import SecretKeyMark
from server.store.models.senders import Sender
from server.store.models.simulator import SimulatedReceipt
from server.store.models.statistics import MessageOutcomes, MessageSums
from server.store.models.sweeps import Sweep
from server.store.models.unclaimed import UnclaimedMessage
from server.store.models.users import User

__all__ = [
    "AccessToken",
    "Account",
    "AuditEntry",
    "BlacklistEntry",
    "CallbackDelivery",
    "CallbackKind",
    "CallbackState",
    "CallbackTarget",
    "CallbackTry",
    "Contact",
    "Counter",
    "DeliveryEvent",
    "Holder",
    "IdempotencyKey",
    "IncomingMessage",
    "IncomingPart",
    "LedgerEntry",
    "LimitAlert",
    "LinkReport",
    "Message",
    "MessageOutcomes",
    "MessagePart",
    "MessageState",
    "MessageSums",
    "Notification",
    "NotificationState",
    "OperatorLink",
    "Rate",
    "RateBucket",
    "Receipt",
    "SecretKeyMark",
    "Sender",
    "SignInOrigin",
    "SimulatedReceipt",
    "Sweep",
    "Throttle",
    "UnclaimedMessage",
    "User",
]
