"""The durable queue of callbacks: their targets, their content, and each try to deliver them."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from server.kit.described_enums import DescribedStr
from server.rules.callbacks.callbacks import DisabledReason, TryVerdict
from server.store.models.accounts import Account
from server.store.models.messages import Message
from server.store.models.users import User


class CallbackKind(DescribedStr):
    """What a callback reports."""

    STATUS = "status", "A message's delivery status has changed."
    STOP = "stop", "A receiver asked the account to stop."
    TEST = "test", "Nothing. It is a test of whether callbacks arrive."


class CallbackState(DescribedStr):
    """The state of a callback's delivery."""

    WAITING = "waiting", "It will be tried, or tried again."
    DELIVERED = "delivered", "The endpoint answered with a 2xx."
    FAILED = "failed", "Every try failed, or the URL was disabled; it can be replayed."
    CANCELLED = "cancelled", "There was no URL left to call; it can be replayed."


class CallbackTarget(Model):
    """One URL that an account's callbacks go to, and how it has been doing.

    `host` is the name or address in the URL. The number of calls to one host at a time is bounded, and
    `paused_until_us` keeps a host that does not answer from holding up the others.
    """

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="callback_targets", on_delete=fields.RESTRICT
    )
    url = fields.CharField(max_length=2000)
    host = fields.CharField(max_length=255)
    failing_since_us = fields.BigIntField(null=True)
    failures_in_a_row = fields.IntField(default=0)
    paused_until_us = fields.BigIntField(default=0)
    disabled_at_us = fields.BigIntField(null=True)
    disabled_reason = fields.CharEnumField(DisabledReason, max_length=10, null=True)

    account_id: int

    class Meta:
        table = "callback_targets"
        constraints = (UniqueConstraint(fields=("account_id", "url"), name="callback_targets_unique"),)


class CallbackDelivery(Model):
    """One callback: a row for each event, STOP or test that a URL is to hear of.

    `query` is added to the URL's own query. It is written once, so that every try sends the same.
    `webhook_id` stays the same in retries and replays. `due_at_us` is when it may next be tried, or the end
    of the lease while a worker has it (`claim_id` is then set). `event_sequence` is the number of its event:
    callbacks about one message go out in that order, each only after the one before has ended.
    """

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="callback_deliveries", on_delete=fields.RESTRICT
    )
    user: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="callback_deliveries", null=True, on_delete=fields.RESTRICT
    )
    target: fields.ForeignKeyRelation[CallbackTarget] = fields.ForeignKeyField(
        "models.CallbackTarget", related_name="deliveries", on_delete=fields.RESTRICT
    )
    message: fields.ForeignKeyNullableRelation[Message] = fields.ForeignKeyField(
        "models.Message", related_name="callback_deliveries", null=True, on_delete=fields.RESTRICT
    )
    kind = fields.CharEnumField(CallbackKind, max_length=10)
    event_sequence = fields.BigIntField(null=True)
    webhook_id = fields.CharField(max_length=80, unique=True)
    query = fields.TextField()
    state = fields.CharEnumField(CallbackState, max_length=10, default=CallbackState.WAITING)
    attempts = fields.IntField(default=0)
    due_at_us = fields.BigIntField()
    claim_id = fields.BigIntField(null=True)
    created_at_us = fields.BigIntField()
    ended_at_us = fields.BigIntField(null=True)

    account_id: int
    user_id: int | None
    target_id: int
    message_id: int | None

    class Meta:
        table = "callback_deliveries"
        indexes = (
            Index(fields=("account_id", "id"), name="callback_deliveries_by_account"),
            Index(fields=("account_id", "state", "id"), name="callback_deliveries_by_state"),
            Index(fields=("account_id", "created_at_us", "id"), name="callback_deliveries_by_creation"),
            Index(fields=("user_id", "id"), name="callback_deliveries_by_user"),
            Index(fields=("message_id", "id"), name="callback_deliveries_by_message"),
        )


class CallbackTry(Model):
    """One try to deliver a callback. `address` is where the connection went, if there was one."""

    id = fields.BigIntField(primary_key=True)
    delivery: fields.ForeignKeyRelation[CallbackDelivery] = fields.ForeignKeyField(
        "models.CallbackDelivery", related_name="tries", on_delete=fields.CASCADE
    )
    at_us = fields.BigIntField()
    address = fields.CharField(max_length=45, null=True)
    status = fields.SmallIntField(null=True)
    latency_us = fields.BigIntField()
    verdict = fields.CharEnumField(TryVerdict, max_length=20)

    delivery_id: int

    class Meta:
        table = "callback_tries"
        indexes = (Index(fields=("delivery_id", "id"), name="callback_tries_by_delivery"),)
