"""Statistics: counts of messages and of their outcomes, by account, user and time.

They change in the transaction that accepts or ends a message, under the account's lock (docs/adr/0015). Each message
counts four times: in the quarter of an hour and in the day (UTC) of its acceptance, for its sender and for the whole
account. `user_id` is 0 for the account's holder, and -1 for the whole account. `slot_minutes` is 15 or 1,440.
"""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint
from tortoise.models import Model


class MessageSums(Model):
    """Sums of the messages accepted in one slot, by their present status, with credits in millicredits."""

    id = fields.BigIntField(primary_key=True)
    account_id = fields.BigIntField()
    user_id = fields.BigIntField()
    slot_minutes = fields.SmallIntField()
    start_us = fields.BigIntField()
    messages = fields.BigIntField()
    parts = fields.BigIntField()
    credits = fields.BigIntField()
    refunded = fields.BigIntField()
    delivered = fields.BigIntField()
    failed = fields.BigIntField()
    not_billed = fields.BigIntField()

    class Meta:
        table = "message_sums"
        indexes = (Index(fields=("account_id", "slot_minutes", "start_us"), name="message_sums_by_time"),)
        constraints = (
            UniqueConstraint(
                fields=("account_id", "user_id", "slot_minutes", "start_us"), name="message_sums_unique"
            ),
        )


class MessageOutcomes(Model):
    """How many messages accepted in one slot ended with the same ptt code after about the same time.

    `ptt` is -1 for none. `time_bucket` is the bucket of the time to delivery (see `rules.statistics.delivery_times`),
    and -1 if the message was not delivered. Messages that ended with neither have no row.
    """

    id = fields.BigIntField(primary_key=True)
    account_id = fields.BigIntField()
    user_id = fields.BigIntField()
    slot_minutes = fields.SmallIntField()
    start_us = fields.BigIntField()
    ptt = fields.IntField()
    time_bucket = fields.SmallIntField()
    messages = fields.BigIntField()

    class Meta:
        table = "message_outcomes"
        constraints = (
            UniqueConstraint(
                fields=("account_id", "user_id", "slot_minutes", "start_us", "ptt", "time_bucket"),
                name="message_outcomes_unique",
            ),
        )
