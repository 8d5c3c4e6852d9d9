"""Filters and orders for lists of API users."""

from tortoise.expressions import RawSQL
from tortoise.functions import Coalesce
from tortoise.queryset import QuerySet

from server.store.models import User

_CALLBACK_FAILS = RawSQL(
    """EXISTS (
        SELECT 1 FROM callback_targets
        WHERE callback_targets.account_id = users.account_id
          AND callback_targets.url IN (users.callback_url, users.stop_callback_url)
          AND (callback_targets.disabled_at_us IS NOT NULL OR callback_targets.failing_since_us IS NOT NULL)
    )"""
)


def with_callback_failing(users: QuerySet[User], *, failing: bool) -> QuerySet[User]:
    """Return the users with a callback URL of their own that is disabled or failing, or those without one."""
    return users.annotate(callback_fails=_CALLBACK_FAILS).filter(callback_fails=failing)


def with_order_keys(users: QuerySet[User]) -> QuerySet[User]:
    """Return users with columns to order them by that are 0 where the user's own column is null.

    A page can't begin after a null, because nothing compares as less or greater.
    """
    return users.annotate(
        last_used_or_never_us=Coalesce("last_used_at_us", 0),
        limit_threshold_or_none=Coalesce("limit_threshold", 0),
    )
