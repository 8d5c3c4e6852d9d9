"""The messages: one SMS to one receiver each."""

from enum import StrEnum

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from server.rules.messages.ptt import DeliveryStatus
from server.rules.messages.segments import Coding
from server.store.models.accounts import Account
from server.store.models.users import User


class MessageState(StrEnum):
    """The state of a message in this server, which is not its delivery status."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    SUBMITTED = "submitted"
    ENDED = "ended"


class Message(Model):
    """One SMS to one receiver.

    `id` is drawn from a counter before the row is written. It is the number that http2sms and callbacks show.
    `bears_clause` means that the account's STOP clause was appended, which makes it advertising.
    `held_until_us` is set if advertising hours hold it back. `due_at_us` is when a worker may next claim the
    message: the later of those times while it is queued, the end of the lease while it is claimed. A partial
    index (in the migrations) covers just those two states. `claim_id` is the latest claim's: only that one
    may record the operator's answer. `outcome_unknown` means that a worker had the message and never
    recorded an outcome, so the operator may have it. `times_unknown` counts how often, and `times_refused`
    how often an operator refused it for now. A partial index covers queued messages of unknown outcome,
    since they go singly. A `confidential` body contains a code that only the receiver may read.
    """

    id = fields.BigIntField(primary_key=True, generated=False)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="messages", on_delete=fields.RESTRICT
    )
    user: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="messages", null=True, on_delete=fields.RESTRICT
    )
    user_login = fields.CharField(max_length=40, null=True)
    batch_id = fields.BigIntField()
    sender = fields.CharField(max_length=20)
    receiver = fields.CharField(max_length=20)
    country = fields.CharField(max_length=2)
    body = fields.TextField()
    coding = fields.CharEnumField(Coding, max_length=12)
    message_class = fields.SmallIntField(null=True)
    parts = fields.SmallIntField()
    credits = fields.BigIntField()
    from_quota = fields.BooleanField()
    tag = fields.CharField(max_length=20, null=True)
    created_at_us = fields.BigIntField()
    deferred_until_us = fields.BigIntField(null=True)
    bears_clause = fields.BooleanField(default=False)
    held_until_us = fields.BigIntField(null=True)
    due_at_us = fields.BigIntField()
    state = fields.CharEnumField(MessageState, max_length=10, default=MessageState.QUEUED)
    attempts = fields.IntField(default=0)
    claim_id = fields.BigIntField(null=True)
    outcome_unknown = fields.BooleanField(default=False)
    confidential = fields.BooleanField(default=False)
    times_unknown = fields.SmallIntField(default=0)
    times_refused = fields.SmallIntField(default=0)
    gateway = fields.CharField(max_length=40, null=True)
    sent_at_us = fields.BigIntField(null=True)
    status = fields.SmallIntField(default=DeliveryStatus.CREATED)
    ptt = fields.IntField(null=True)
    status_changed_at_us = fields.BigIntField()

    account_id: int
    user_id: int | None

    class Meta:
        table = "messages"
        indexes = (
            Index(fields=("account_id", "created_at_us", "id"), name="messages_by_account"),
            Index(fields=("user_id", "created_at_us", "id"), name="messages_by_user"),
            Index(fields=("account_id", "receiver", "created_at_us", "id"), name="messages_by_receiver"),
            Index(fields=("receiver", "sender", "created_at_us", "id"), name="messages_by_correspondence"),
        )
        constraints = (
            CheckConstraint(check="parts >= 1", name="messages_have_parts"),
            CheckConstraint(check="credits >= 0", name="messages_credits_not_negative"),
            CheckConstraint(check="status IN (0, 1, 2, 4, 8, 16)", name="messages_status_is_known"),
            CheckConstraint(
                check="message_class IS NULL OR (message_class >= 0 AND message_class <= 3)",
                name="messages_class_is_known",
            ),
        )
