"""The audit trail: who changed what."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from server.store.models.accounts import Account


class AuditEntry(Model):
    """One change that someone made.

    `detail` has the new values and `before` the old ones, as JSON objects by the names of the mutation's
    input. Neither ever contains a password or a token. `sequence` counts an account's entries from 1 without a
    gap, in the order of commits (see `DeliveryEvent`). Entries without an account have 0.
    """

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="audit_entries", null=True, on_delete=fields.RESTRICT
    )
    sequence = fields.BigIntField(default=0, db_default=0)
    action = fields.CharField(max_length=40)
    subject = fields.CharField(max_length=300)
    detail = fields.TextField()
    before = fields.TextField(null=True)
    caused_by = fields.CharField(max_length=300)
    at_us = fields.BigIntField()

    account_id: int | None

    class Meta:
        table = "audit_entries"
        indexes = (
            Index(fields=("account_id", "action", "sequence"), name="audit_entries_by_action"),
            Index(fields=("account_id", "subject", "sequence"), name="audit_entries_by_subject"),
            Index(fields=("account_id", "caused_by", "sequence"), name="audit_entries_by_causer"),
            Index(fields=("account_id", "at_us", "sequence"), name="audit_entries_by_time"),
        )
        constraints = (
            UniqueConstraint(fields=("account_id", "sequence"), name="audit_entries_sequence_unique"),
        )
