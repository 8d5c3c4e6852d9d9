"""The simulated operator's own store, as a real operator would have one: what it still has to report."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class SimulatedReceipt(Model):
    """A receipt (or, with a `body`, an incoming message) that the simulator hands over once it is due."""

    id = fields.BigIntField(primary_key=True)
    due_at_us = fields.BigIntField()
    operator_id = fields.CharField(max_length=80)
    status = fields.SmallIntField(null=True)
    ptt = fields.IntField(null=True)
    sender = fields.CharField(max_length=20, null=True)
    receiver = fields.CharField(max_length=20, null=True)
    body = fields.TextField(null=True)

    class Meta:
        table = "simulated_receipts"
        indexes = (Index(fields=("due_at_us", "id"), name="simulated_receipts_by_due"),)
