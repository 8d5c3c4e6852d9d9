"""The delivery of messages: their parts at the operator, the receipts, and the event log."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from server.store.models.accounts import Account
from server.store.models.messages import Message
from server.store.models.users import User


class MessagePart(Model):
    """One part of a message as the operator knows it, and the status its receipts have brought.

    `operator_id` is the operator's id in the form by which receipts are matched, `operator_raw_id` the id as
    the operator wrote it, if that differs. A part with status 0 is not handed over yet, although the operator
    has others of its message.
    """

    id = fields.BigIntField(primary_key=True)
    message: fields.ForeignKeyRelation[Message] = fields.ForeignKeyField(
        "models.Message", related_name="submitted_parts", on_delete=fields.RESTRICT
    )
    account_id = fields.BigIntField()
    part = fields.SmallIntField()
    gateway = fields.CharField(max_length=40)
    operator_id = fields.CharField(max_length=80)
    operator_raw_id = fields.CharField(max_length=80, null=True)
    status = fields.SmallIntField()
    ptt = fields.IntField(null=True)

    message_id: int

    class Meta:
        table = "message_parts"
        indexes = (Index(fields=("gateway", "operator_id"), name="message_parts_by_operator_id"),)
        constraints = (UniqueConstraint(fields=("message_id", "part"), name="message_parts_unique"),)


class Receipt(Model):
    """A receipt as it came. One without `message_part` is parked: its submission is not recorded yet.

    `hex_id` and `decimal_id` are other forms that the part's id may have, if the operator may write the same
    number in two ways. `receiver_digits` is the end of the number that it came from, to check such a guess.
    If its word is not known, `unread` has the word, and the status is 0, which changes nothing. If only its
    text says that it is a receipt, `as_message` has, as JSON, the message from a phone that it is taken for
    when it fits no message of ours. A partial index (in the migrations) covers waiting receipts.
    """

    id = fields.BigIntField(primary_key=True)
    gateway = fields.CharField(max_length=40)
    operator_id = fields.CharField(max_length=80)
    operator_raw_id = fields.CharField(max_length=80, null=True)
    hex_id = fields.CharField(max_length=80, null=True)
    decimal_id = fields.CharField(max_length=80, null=True)
    receiver_digits = fields.CharField(max_length=7, null=True)
    unread = fields.CharField(max_length=80, null=True)
    as_message = fields.TextField(null=True)
    status = fields.SmallIntField()
    ptt = fields.IntField(null=True)
    received_at_us = fields.BigIntField()
    message_part: fields.ForeignKeyNullableRelation[MessagePart] = fields.ForeignKeyField(
        "models.MessagePart", related_name="receipts", null=True, on_delete=fields.RESTRICT
    )

    message_part_id: int | None

    class Meta:
        table = "receipts"
        indexes = (Index(fields=("message_part_id",), name="receipts_by_part"),)


class DeliveryEvent(Model):
    """One message accepted, or one change of its delivery status.

    A message's first event says that it was accepted. It has no `previous_status`, and its time is the
    message's own.
    `sequence` counts an account's events from 1 without a gap. It is drawn under the account's row lock,
    which is held until the commit, so the order of sequences is the order of commits: a reader that has seen
    one has seen all before it.
    """

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="delivery_events", on_delete=fields.RESTRICT
    )
    sequence = fields.BigIntField()
    message: fields.ForeignKeyRelation[Message] = fields.ForeignKeyField(
        "models.Message", related_name="events", on_delete=fields.RESTRICT
    )
    user: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="delivery_events", null=True, on_delete=fields.RESTRICT
    )
    previous_status = fields.SmallIntField(null=True)
    status = fields.SmallIntField()
    previous_ptt = fields.IntField(null=True)
    ptt = fields.IntField(null=True)
    at_us = fields.BigIntField()

    account_id: int
    message_id: int
    user_id: int | None

    class Meta:
        table = "delivery_events"
        indexes = (
            Index(fields=("account_id", "user_id", "sequence"), name="delivery_events_by_user"),
            Index(fields=("message_id", "sequence"), name="delivery_events_by_message"),
        )
        constraints = (
            UniqueConstraint(fields=("account_id", "sequence"), name="delivery_events_sequence_unique"),
        )
