"""The answers stored for idempotency keys."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model


class IdempotencyKey(Model):
    """The stored answer of one successful operation of one principal."""

    id = fields.BigIntField(primary_key=True)
    principal = fields.CharField(max_length=80)
    operation = fields.CharField(max_length=40)
    key = fields.CharField(max_length=64)
    input_digest = fields.CharField(max_length=64)
    answer = fields.TextField()
    at_us = fields.BigIntField()

    class Meta:
        table = "idempotency_keys"
        indexes = (Index(fields=("at_us",), name="idempotency_keys_by_age"),)
        constraints = (
            UniqueConstraint(fields=("principal", "operation", "key"), name="idempotency_keys_unique"),
        )
