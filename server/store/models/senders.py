"""The sender names declared on accounts."""

from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from server.rules.senders.senders import MAX_SENDER_CHARS, SenderKind, SenderStatus
from server.store.models.accounts import Account


class Sender(Model):
    """A sender name, unique in its account without regard to case, and where its approval stands."""

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="senders", on_delete=fields.RESTRICT
    )
    name = fields.CharField(max_length=20)
    name_key = fields.CharField(max_length=MAX_SENDER_CHARS)
    kind = fields.CharEnumField(SenderKind, max_length=12)
    status = fields.CharEnumField(SenderStatus, max_length=10, default=SenderStatus.WAITING)
    comment = fields.CharField(max_length=200, null=True)
    created_at_us = fields.BigIntField()
    status_changed_at_us = fields.BigIntField()

    account_id: int

    class Meta:
        table = "senders"
        constraints = (UniqueConstraint(fields=("account_id", "name_key"), name="senders_name_unique"),)
