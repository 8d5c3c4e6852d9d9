"""The price of one part of a message, by the receiver's country."""

from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model


class Rate(Model):
    """The price of one part to one country (ISO 3166-1 alpha-2)."""

    country = fields.CharField(max_length=2, primary_key=True)
    credits = fields.BigIntField()
    updated_at_us = fields.BigIntField()

    class Meta:
        table = "rates"
        constraints = (CheckConstraint(check="credits > 0", name="rates_are_positive"),)
