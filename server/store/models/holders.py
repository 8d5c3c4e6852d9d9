"""The holders, who sign in and own accounts."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model


class Holder(Model):
    """A person with an e-mail address and a password, who owns accounts. An operator also administers."""

    id = fields.BigIntField(primary_key=True)
    email = fields.CharField(max_length=254, unique=True)
    name = fields.CharField(max_length=100)
    password_hash = fields.CharField(max_length=200)
    is_operator = fields.BooleanField(default=False)
    enabled = fields.BooleanField(default=True)
    created_at_us = fields.BigIntField()

    class Meta:
        table = "holders"
        indexes = (Index(fields=("created_at_us", "id"), name="holders_by_creation"),)
        constraints = (CheckConstraint(check="email = lower(email)", name="holders_email_is_lower_case"),)
