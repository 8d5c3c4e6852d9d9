"""The prepaid accounts. An account's row is the lock for all changes to that account."""

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from server.kit.described_enums import DescribedStr
from server.rules.credits.thresholds import AlertChannel
from server.store.models.holders import Holder


class AccountStatus(DescribedStr):
    """Whether an account can be used."""

    ENABLED = "enabled", "Its users can sign in and messages can be sent."
    DISABLED = "disabled", "Nothing can be sent from it, and its users can't sign in."


class Account(Model):
    """A prepaid SMS account, with its credits left and the last number of each of its logs.

    The `alert_` fields are the account's own limit, like a user's, and the templates of all its alerts (None:
    the server's). Events up to the sequence `events_purged` are deleted.
    `stop_languages` are separated by spaces (None: all), and `stop_words` is JSON.
    """

    id = fields.BigIntField(primary_key=True)
    name = fields.CharField(max_length=40, unique=True)
    holder: fields.ForeignKeyRelation[Holder] = fields.ForeignKeyField(
        "models.Holder", related_name="accounts", on_delete=fields.RESTRICT
    )
    description = fields.CharField(max_length=200, null=True)
    status = fields.CharEnumField(AccountStatus, max_length=10, default=AccountStatus.ENABLED)
    time_zone = fields.CharField(max_length=64, default="UTC")
    stop_clause = fields.CharField(max_length=200, default="")
    stop_languages = fields.CharField(max_length=200, null=True)
    stop_words = fields.TextField(default="[]")
    alert_sender = fields.CharField(max_length=20, null=True)
    callback_url = fields.CharField(max_length=2000, null=True)
    stop_callback_url = fields.CharField(max_length=2000, null=True)
    callback_key_version = fields.IntField(default=1)
    callback_key_rotated_at_us = fields.BigIntField(null=True)
    keeps_advertising_hours = fields.BooleanField(default=False)
    alert_on = fields.BooleanField(default=False)
    alert_threshold = fields.BigIntField(null=True)
    alert_channel = fields.CharEnumField(AlertChannel, max_length=4, null=True)
    alert_email = fields.CharField(max_length=254, null=True)
    alert_phone_number = fields.CharField(max_length=20, null=True)
    alert_armed = fields.BooleanField(default=True)
    last_alert_at_us = fields.BigIntField(null=True)
    alert_mail_subject = fields.CharField(max_length=200, null=True)
    alert_mail_body = fields.TextField(null=True)
    alert_sms_body = fields.CharField(max_length=1000, null=True)
    credits_left = fields.BigIntField(default=0)
    ledger_sequence = fields.BigIntField(default=0)
    event_sequence = fields.BigIntField(default=0)
    events_purged = fields.BigIntField(default=0)
    alert_sequence = fields.BigIntField(default=0)
    incoming_sequence = fields.BigIntField(default=0)
    audit_sequence = fields.BigIntField(default=0, db_default=0)
    created_at_us = fields.BigIntField()

    holder_id: int

    class Meta:
        table = "accounts"
        constraints = (
            CheckConstraint(check="credits_left >= 0", name="accounts_credits_left_not_negative"),
            CheckConstraint(
                check="NOT alert_on OR (alert_threshold >= 1000 AND alert_channel IS NOT NULL)",
                name="accounts_alert_on_is_complete",
            ),
        )
