"""The ledger: one immutable entry for every movement of credits."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.models import Model

from server.rules.credits.ledger import EntryKind
from server.store.models.accounts import Account
from server.store.models.users import User


class LedgerEntry(Model):
    """One movement: what it did to the account and to a user's quota, and both balances after it.

    `sequence` counts an account's entries from 1 without a gap, in commit order.
    """

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="ledger_entries", on_delete=fields.RESTRICT
    )
    sequence = fields.BigIntField()
    kind = fields.CharEnumField(EntryKind, max_length=20)
    account_delta = fields.BigIntField()
    quota_delta = fields.BigIntField(default=0)
    user: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="ledger_entries", null=True, on_delete=fields.RESTRICT
    )
    user_login = fields.CharField(max_length=40, null=True)
    account_balance = fields.BigIntField()
    quota_balance = fields.BigIntField(null=True)
    reference = fields.CharField(max_length=100, unique=True)
    caused_by = fields.CharField(max_length=300)
    reason = fields.CharField(max_length=200, null=True)
    at_us = fields.BigIntField()

    account_id: int
    user_id: int | None

    class Meta:
        table = "ledger_entries"
        indexes = (
            Index(fields=("account_id", "user_id", "sequence"), name="ledger_entries_by_user"),
            Index(fields=("account_id", "at_us", "sequence"), name="ledger_entries_by_time"),
            Index(fields=("account_id", "kind", "sequence"), name="ledger_entries_by_kind"),
        )
        constraints = (
            UniqueConstraint(fields=("account_id", "sequence"), name="ledger_entries_sequence_unique"),
            CheckConstraint(check="account_balance >= 0", name="ledger_entries_account_not_negative"),
            CheckConstraint(
                check="quota_balance IS NULL OR quota_balance >= 0", name="ledger_entries_quota_not_negative"
            ),
            CheckConstraint(
                check="account_delta <> 0 OR quota_delta <> 0", name="ledger_entries_move_something"
            ),
        )
