"""The API users of an account."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from server.rules.credits.thresholds import AlertChannel
from server.store.models.accounts import Account


class User(Model):
    """An API user: a login and password of its own, a quota, a limit, addresses and callbacks.

    Deletion is soft: a partial unique index (in the migrations) keeps `login_key` unique among the users of
    an account that are not deleted. `ip_restrictions` has canonical addresses, separated by spaces.
    `maker_token_id` is the token that made the user or set its password, and `ends_at_us` when the user ends
    with that token; None if a session made or kept it.
    """

    id = fields.BigIntField(primary_key=True)
    account: fields.ForeignKeyRelation[Account] = fields.ForeignKeyField(
        "models.Account", related_name="users", on_delete=fields.RESTRICT
    )
    login = fields.CharField(max_length=40)
    login_key = fields.CharField(max_length=40)
    password_hash = fields.CharField(max_length=200)
    enabled = fields.BooleanField(default=True)
    created_at_us = fields.BigIntField()
    deleted_at_us = fields.BigIntField(null=True)
    last_used_at_us = fields.BigIntField(null=True)
    quota_on = fields.BooleanField(default=False)
    quota_left = fields.BigIntField(default=0)
    quota_assigned = fields.BigIntField(default=0)
    limit_on = fields.BooleanField(default=False)
    limit_threshold = fields.BigIntField(null=True)
    limit_channel = fields.CharEnumField(AlertChannel, max_length=4, null=True)
    limit_email = fields.CharField(max_length=254, null=True)
    limit_phone_number = fields.CharField(max_length=20, null=True)
    limit_armed = fields.BooleanField(default=True)
    last_alert_at_us = fields.BigIntField(null=True)
    ip_restrictions = fields.CharField(max_length=240, default="")
    callback_url = fields.CharField(max_length=2000, null=True)
    stop_callback_url = fields.CharField(max_length=2000, null=True)
    callback_key_version = fields.IntField(default=1)
    callback_key_rotated_at_us = fields.BigIntField(null=True)
    maker_token_id = fields.BigIntField(null=True)
    ends_at_us = fields.BigIntField(null=True)

    account_id: int

    class Meta:
        table = "users"
        indexes = (Index(fields=("maker_token_id",), name="users_by_maker"),)
        constraints = (
            CheckConstraint(check="quota_left >= 0", name="users_quota_left_not_negative"),
            CheckConstraint(check="quota_on OR quota_left = 0", name="users_quota_off_holds_nothing"),
            CheckConstraint(
                check="deleted_at_us IS NULL OR NOT quota_on", name="users_deleted_holds_no_quota"
            ),
            CheckConstraint(
                check="NOT limit_on OR (limit_threshold >= 1000 AND limit_channel IS NOT NULL)",
                name="users_limit_on_is_complete",
            ),
        )

    def may_act(self, at_us: int) -> bool:
        """Whether the user may act at a time: it is enabled, not deleted, and has not ended."""
        ended = self.ends_at_us is not None and self.ends_at_us <= at_us
        return self.enabled and self.deleted_at_us is None and not ended
