"""The alerts raised by limits."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from server.rules.credits.thresholds import AlertChannel
from server.store.models.accounts import Account
from server.store.models.users import User


class LimitAlert(Model):
    """One downward crossing of a user's limit, or without a user of the account's own.

    It is written in the transaction that moved the credits.
    """

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="limit_alerts", on_delete=fields.RESTRICT
    )
    sequence = fields.BigIntField()
    user: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="limit_alerts", null=True, on_delete=fields.RESTRICT
    )
    user_login = fields.CharField(max_length=40, null=True)
    remaining = fields.BigIntField()
    threshold = fields.BigIntField()
    channel = fields.CharEnumField(AlertChannel, max_length=4)
    email = fields.CharField(max_length=254, null=True)
    phone_number = fields.CharField(max_length=16, null=True)
    at_us = fields.BigIntField()

    account_id: int
    user_id: int | None

    class Meta:
        table = "limit_alerts"
        indexes = (
            Index(fields=("user_id", "sequence"), name="limit_alerts_by_user"),
            Index(fields=("account_id", "at_us", "sequence"), name="limit_alerts_by_time"),
        )
        constraints = (
            UniqueConstraint(fields=("account_id", "sequence"), name="limit_alerts_sequence_unique"),
        )
