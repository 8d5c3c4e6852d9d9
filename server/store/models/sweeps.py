"""Sweeps under way: what has to be done to many rows, and their progress."""

from enum import StrEnum

from tortoise import fields
from tortoise.models import Model

from server.store.models.accounts import Account
from server.store.models.users import User


class SweepKind(StrEnum):
    """What is done to the rows."""

    MESSAGES = "messages"
    CALLBACKS = "callbacks"


class Sweep(Model):
    """Messages to cancel, or callbacks to move to where they go now: an account's, or one user's, in batches.

    It covers rows created up to `begun_at_us`, and is written in the transaction that causes it (a user is
    deleted, say) if one batch is not enough. From then on no worker claims what it covers. Whoever began it
    goes on batch by batch, and writes `touched_at_us` each time. A worker takes over a sweep that was not
    touched for a while. `done` counts the rows. With an `action`, the audit trail gets an entry with that,
    `subject` and `detail` (JSON: the new values and the old ones) when it is finished. A partial index (in
    the migrations) covers unfinished sweeps.
    """

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="sweeps", on_delete=fields.RESTRICT
    )
    user: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="sweeps", null=True, on_delete=fields.RESTRICT
    )
    kind = fields.CharEnumField(SweepKind, max_length=10)
    caused_by = fields.CharField(max_length=300)
    action = fields.CharField(max_length=40, default="")
    subject = fields.CharField(max_length=300, default="")
    detail = fields.TextField(default="[{}, null]")
    done = fields.IntField(default=0)
    begun_at_us = fields.BigIntField()
    touched_at_us = fields.BigIntField()
    finished_at_us = fields.BigIntField(null=True)

    account_id: int
    user_id: int | None

    class Meta:
        table = "sweeps"
