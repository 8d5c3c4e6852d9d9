"""The numbers that asked an account to stop."""

from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model

from server.store.models.accounts import Account


class BlacklistEntry(Model):
    """One number (E.164) that this account no longer sends to."""

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="blacklist", on_delete=fields.RESTRICT
    )
    number = fields.CharField(max_length=20)
    at_us = fields.BigIntField()

    account_id: int

    class Meta:
        table = "blacklist_entries"
        constraints = (UniqueConstraint(fields=("account_id", "number"), name="blacklist_number_unique"),)
