"""Counters from which processes draw blocks of numbers."""

from tortoise import fields
from tortoise.models import Model


class Counter(Model):
    """The last number of a block handed out under this name."""

    name = fields.CharField(max_length=40, primary_key=True)
    value = fields.BigIntField()

    class Meta:
        table = "counters"
