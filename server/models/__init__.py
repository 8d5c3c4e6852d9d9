"""The tables. All amounts are millicredits (thousandths of a credit), all times microseconds since the Unix epoch."""

from server.models.access import AccessToken, RateBucket, SignInOrigin, Throttle
from server.models.accounts import Account
from server.models.alerts import LimitAlert
from server.models.audit import AuditEntry
from server.models.blacklist import BlacklistEntry
from server.models.callbacks import (
    CallbackDelivery,
    CallbackKind,
    CallbackState,
    CallbackTarget,
    CallbackTry,
)
from server.models.contacts import Contact
from server.models.counters import Counter
from server.models.delivery import DeliveryEvent, MessagePart, Receipt
from server.models.holders import Holder
from server.models.idempotency import IdempotencyKey
from server.models.incoming import IncomingMessage, IncomingPart
from server.models.ledger import LedgerEntry
from server.models.links import LinkReport, OperatorLink
from server.models.messages import Message, MessageState
from server.models.notifications import Notification, NotificationState
from server.models.rates import Rate
from server.models.secret_keys import SecretKeyMark
from server.models.senders import Sender
from server.models.simulator import SimulatedReceipt
from server.models.sweeps import Sweep
from server.models.unclaimed import UnclaimedMessage
from server.models.users import User

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
    "MessagePart",
    "MessageState",
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
