"""The prepaid accounts. An account's row is the lock under which everything of that account changes."""

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from server.kit.described import DescribedStr
from server.models.holders import Holder


class AccountStatus(DescribedStr):
    """Whether an account can be used."""

    ENABLED = "enabled", "Its users can sign in and messages can be sent."
    DISABLED = "disabled", "Nothing can be sent from it, and its users can't sign in."


class Account(Model):
    """A prepaid SMS account, with its credits left and the last number of each of its logs."""

    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(max_length=40, unique=True)
    holder: fields.ForeignKeyRelation[Holder] = fields.ForeignKeyField(
        "models.Holder", related_name="accounts", on_delete=fields.RESTRICT
    )
    description = fields.CharField(max_length=200, null=True)
    status = fields.CharEnumField(AccountStatus, max_length=10, default=AccountStatus.ENABLED)
    time_zone = fields.CharField(max_length=64, default="UTC")
    stop_clause = fields.CharField(max_length=200, default="")
    alert_sender = fields.CharField(max_length=20, null=True)
    callback_url = fields.CharField(max_length=2000, null=True)
    stop_callback_url = fields.CharField(max_length=2000, null=True)
    credits_left = fields.BigIntField(default=0)
    ledger_sequence = fields.BigIntField(default=0)
    event_sequence = fields.BigIntField(default=0)
    alert_sequence = fields.BigIntField(default=0)
    incoming_sequence = fields.BigIntField(default=0)
    created_at_us = fields.BigIntField()

    holder_id: int

    class Meta:
        table = "accounts"
        constraints = (CheckConstraint(check="credits_left >= 0", name="accounts_credits_left_not_negative"),)
