"""The incoming messages (MO)."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from server.store.models.accounts import Account
from server.store.models.users import User


class IncomingMessage(Model):
    """A mobile-originated message to one of an account's senders.

    `user` last wrote to that number. `dedup_key` names the message at its gateway, so that a redelivery is
    stored once. `is_stop` means that it `asks_to_stop` and was applied. `sender` is in E.164, as we wrote to
    it, if that is known, or else as it came.
    """

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="incoming_messages", on_delete=fields.RESTRICT
    )
    sequence = fields.BigIntField()
    user: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="incoming_messages", null=True, on_delete=fields.RESTRICT
    )
    sender = fields.CharField(max_length=20)
    receiver = fields.CharField(max_length=20)
    body = fields.TextField()
    asks_to_stop = fields.BooleanField(default=False)
    is_stop = fields.BooleanField()
    dedup_key = fields.CharField(max_length=120, unique=True)
    at_us = fields.BigIntField()

    account_id: int
    user_id: int | None

    class Meta:
        table = "incoming_messages"
        indexes = (
            Index(fields=("account_id", "sender", "sequence"), name="incoming_messages_by_sender"),
            Index(fields=("account_id", "is_stop", "sequence"), name="incoming_messages_by_stop"),
            Index(fields=("account_id", "at_us", "sequence"), name="incoming_messages_by_time"),
        )
        constraints = (
            UniqueConstraint(fields=("account_id", "sequence"), name="incoming_messages_sequence_unique"),
        )


class IncomingPart(Model):
    """A part of an incoming message, told apart by its reference, that waits for the others.

    Numbers are in the stored form, octets as the operator sent them.
    """

    id = fields.BigIntField(primary_key=True)
    gateway = fields.CharField(max_length=40)
    sender = fields.CharField(max_length=20)
    receiver = fields.CharField(max_length=20)
    reference = fields.IntField()
    total = fields.SmallIntField()
    number = fields.SmallIntField()
    data_coding = fields.SmallIntField()
    octets = fields.BinaryField()
    received_at_us = fields.BigIntField()

    class Meta:
        table = "incoming_parts"
        indexes = (
            Index(fields=("gateway", "id"), name="incoming_parts_by_gateway"),
            Index(
                # Everything needed to find complete or old messages.
                fields=("gateway", "sender", "receiver", "reference", "total", "number", "received_at_us"),
                name="incoming_parts_by_message",
            ),
        )
