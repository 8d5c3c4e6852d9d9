"""The audit trail: who changed what."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from server.store.models.accounts import Account


class AuditEntry(Model):
    """One change that someone made.

    `detail` has the new values and `before` the old ones, as JSON objects by the names of the mutation's
    input. Neither ever contains a password or a token.
    """

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyNullableRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="audit_entries", null=True, on_delete=fields.RESTRICT
    )
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
            Index(fields=("account_id", "id"), name="audit_entries_by_account"),
            Index(fields=("account_id", "action", "id"), name="audit_entries_by_action"),
            Index(fields=("account_id", "subject", "id"), name="audit_entries_by_subject"),
            Index(fields=("account_id", "caused_by", "id"), name="audit_entries_by_causer"),
            Index(fields=("account_id", "at_us", "id"), name="audit_entries_by_time"),
        )
