"""Messages from phones that belong to no account."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class UnclaimedMessage(Model):
    """A mobile-originated message that no account could be told for, kept for the server's operators.

    `gateway` is the link that it came by, and `dedup_key` names it there, as in `IncomingMessage`.
    """

    id = fields.BigIntField(primary_key=True)
    gateway = fields.CharField(max_length=40)
    sender = fields.CharField(max_length=20)
    receiver = fields.CharField(max_length=20)
    body = fields.TextField()
    asks_to_stop = fields.BooleanField()
    dedup_key = fields.CharField(max_length=120, unique=True)
    at_us = fields.BigIntField()

    class Meta:
        table = "unclaimed_messages"
        indexes = (Index(fields=("at_us", "id"), name="unclaimed_messages_by_time"),)
