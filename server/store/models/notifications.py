"""Mails and SMS to people: alerts, questions whether those are wanted, and the like."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from server.kit.described_enums import DescribedStr
from server.rules.credits.thresholds import AlertChannel
from server.store.models.accounts import Account
from server.store.models.alerts import LimitAlert
from server.store.models.contacts import Contact
from server.store.models.messages import Message


class NotificationState(DescribedStr):
    """The state of a notification."""

    WAITING = "waiting", "It will be sent, or tried again."
    SENT = "sent", "The mail server took it, or the SMS was accepted."
    FAILED = "failed", "It could not be sent; `failure` says why."


class Notification(Model):
    """One mail or one SMS to one person, written in the transaction that gave rise to it.

    `channel` is MAIL or SMS, never BOTH. A mail's Message-ID is made from `id`, so that a repeat after a
    crash keeps it. With a `contact` it is the question whether alerts are wanted there. Its text is made when
    it is sent, so that no link or code is stored here. `message` is the SMS, once it is accepted.
    """

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="notifications", on_delete=fields.RESTRICT
    )
    alert: fields.ForeignKeyNullableRelation[LimitAlert] = fields.ForeignKeyField(
        "models.LimitAlert", related_name="notifications", null=True, on_delete=fields.RESTRICT
    )
    contact: fields.ForeignKeyNullableRelation[Contact] = fields.ForeignKeyField(
        "models.Contact", related_name="questions", null=True, on_delete=fields.RESTRICT
    )
    channel = fields.CharEnumField(AlertChannel, max_length=4)
    recipient = fields.CharField(max_length=254)
    subject = fields.CharField(max_length=200)
    body = fields.TextField()
    state = fields.CharEnumField(NotificationState, max_length=10, default=NotificationState.WAITING)
    attempts = fields.IntField(default=0)
    due_at_us = fields.BigIntField()
    claim_id = fields.BigIntField(null=True)
    failure = fields.CharField(max_length=200, null=True)
    message: fields.ForeignKeyNullableRelation[Message] = fields.ForeignKeyField(
        "models.Message", related_name="notifications", null=True, on_delete=fields.RESTRICT
    )
    created_at_us = fields.BigIntField()
    ended_at_us = fields.BigIntField(null=True)

    account_id: int
    alert_id: int | None
    contact_id: int | None
    message_id: int | None

    class Meta:
        table = "notifications"
        indexes = (Index(fields=("alert_id", "id"), name="notifications_by_alert"),)
