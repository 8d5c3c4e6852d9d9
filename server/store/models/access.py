"""Access tokens and sessions, and the memory of failed sign-ins."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint
from tortoise.models import Model

from server.store.models.holders import Holder
from server.store.models.users import User


class AccessToken(Model):
    """A bearer token or a session, of a holder or of an API user. Only its digest is kept.

    With a user it acts as that user, whoever made it, otherwise as its holder. `scopes` and `account_ids` are
    separated by spaces; an empty `account_ids` binds the token to no account. `address` is where it was last
    used from, and `user_agent` the program that began a session.
    """

    id = fields.BigIntField(primary_key=True)
    digest = fields.CharField(max_length=64, unique=True)
    holder: fields.ForeignKeyNullableRelation[Holder] = fields.ForeignKeyField(
        "models.Holder", related_name="tokens", null=True, on_delete=fields.RESTRICT
    )
    user: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "models.User", related_name="tokens", null=True, on_delete=fields.RESTRICT
    )
    is_session = fields.BooleanField()
    label = fields.CharField(max_length=100)
    scopes = fields.CharField(max_length=100)
    account_ids = fields.TextField(default="")
    created_at_us = fields.BigIntField()
    expires_at_us = fields.BigIntField()
    last_used_at_us = fields.BigIntField(null=True)
    revoked_at_us = fields.BigIntField(null=True)
    address = fields.CharField(max_length=45, null=True)
    user_agent = fields.CharField(max_length=200, null=True)

    holder_id: int | None
    user_id: int | None

    class Meta:
        table = "access_tokens"
        indexes = (
            Index(fields=("holder_id", "id"), name="access_tokens_by_holder"),
            Index(fields=("user_id", "id"), name="access_tokens_by_user"),
        )
        constraints = (
            CheckConstraint(
                check="holder_id IS NOT NULL OR user_id IS NOT NULL", name="access_tokens_have_a_principal"
            ),
        )


class Throttle(Model):
    """The failed sign-ins of one login or one address, shared by all processes.

    `updated_at_us` is when the last one failed. `looking` tries are under way, in processes that report their
    end before `looking_until_us` unless they die.
    """

    key = fields.CharField(max_length=200, primary_key=True)
    failures = fields.IntField()
    blocked_until_us = fields.BigIntField()
    updated_at_us = fields.BigIntField()
    looking = fields.IntField(default=0)
    looking_until_us = fields.BigIntField(default=0)

    class Meta:
        table = "throttles"


class SignInOrigin(Model):
    """That a login has succeeded from a network of addresses. The key is a digest of the two."""

    key = fields.CharField(max_length=64, primary_key=True)
    used_at_us = fields.BigIntField()

    class Meta:
        table = "sign_in_origins"


class RateBucket(Model):
    """How full one caller's leaky bucket of points was at a time, shared by all processes."""

    key = fields.CharField(max_length=200, primary_key=True)
    level = fields.BigIntField()
    at_us = fields.BigIntField()

    class Meta:
        table = "rate_buckets"
