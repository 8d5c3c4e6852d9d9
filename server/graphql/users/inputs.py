"""Inputs about API users."""

import strawberry
from tortoise.queryset import QuerySet

from server.graphql.schema.enums import OrderDirection, UserOrderField
from server.graphql.schema.paging import MAX_PREFIX, Order
from server.graphql.schema.scalars import URL, Credits, IPAddress, PhoneNumber
from server.rules.credits.thresholds import AlertChannel
from server.store.models import User
from server.store.queries.users import with_callback_failing, with_order_keys

MADE_KEYS = {UserOrderField.LAST_USED_AT, UserOrderField.LIMIT_THRESHOLD}
USER_ORDER = Order("users", ("login_key", "id"), (str, int))


@strawberry.input(description="Which users; what is left out or null narrows nothing.")
class UserFilter:
    login_prefix: str | None = strawberry.field(
        default=None, description="Those whose login begins so, in any case."
    )
    search: str | None = strawberry.field(
        default=None, description="Users whose login contains this, in any case."
    )
    enabled: bool | None = strawberry.field(default=None, description="Those who may act, or who may not.")
    has_quota: bool | None = strawberry.field(default=None, description="Those with a quota, or without one.")
    has_limit: bool | None = strawberry.field(default=None, description="Those with a limit, or without one.")
    restricted: bool | None = strawberry.field(
        default=None, description="Users with IP restrictions, or without."
    )
    callback_failing: bool | None = strawberry.field(
        default=None,
        description=(
            "Users with a callback URL of their own that is disabled or failing (`disabledAt`, `failingSince` of "
            "their `callback`), or users without one."
        ),
    )

    def apply(self, rows: QuerySet[User]) -> QuerySet[User]:
        if self.login_prefix is not None:
            rows = rows.filter(login_key__startswith=self.login_prefix[:MAX_PREFIX].lower())
        if self.search is not None:
            rows = rows.filter(login_key__contains=self.search[:MAX_PREFIX].lower())
        if self.restricted is not None:
            rows = rows.exclude(ip_restrictions="") if self.restricted else rows.filter(ip_restrictions="")
        if self.callback_failing is not None:
            rows = with_callback_failing(rows, failing=self.callback_failing)
        switches = {"enabled": self.enabled, "quota_on": self.has_quota, "limit_on": self.has_limit}
        return rows.filter(**{name: value for name, value in switches.items() if value is not None})


@strawberry.input(description="The order of users.")
class UserOrder:
    field: UserOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Which way.")

    @staticmethod
    def keyed(order: "UserOrder | None", rows: QuerySet[User]) -> QuerySet[User]:
        """Return users with the column that orders them."""
        return rows if order is None or order.field not in MADE_KEYS else with_order_keys(rows)

    @staticmethod
    def of(order: "UserOrder | None") -> Order:
        if order is None:
            return USER_ORDER
        kind = str if order.field is UserOrderField.LOGIN else int
        descending = order.direction is OrderDirection.DESC
        return Order(USER_ORDER.of, (order.field.value, "id"), (kind, int), descending=descending)


@strawberry.input(description="Which API user.")
class UserInput:
    account: str = strawberry.field(description="The account's name.")
    login: str = strawberry.field(description="The user's login, in any case.")


@strawberry.input(description="A user to be created.")
class CreateUserInput(UserInput):
    login: str = strawberry.field(
        description="1 to 40 ASCII letters, digits, points, underscores or hyphens; unique in its account in any case."
    )
    password: str | None = strawberry.field(
        default=None, description="Exactly 8 ASCII letters or digits; null has the server generate one."
    )


@strawberry.input(description="A user's new password.")
class ChangeUserPasswordInput(UserInput):
    password: str | None = strawberry.field(
        default=None, description="Exactly 8 ASCII letters or digits; null has the server generate one."
    )


@strawberry.input(description="Whether a user may act.")
class SetUserEnabledInput(UserInput):
    enabled: bool = strawberry.field(
        description="False stops it, and cancels and refunds its messages that are not submitted yet."
    )


@strawberry.input(description="The user to delete.")
class DeleteUserInput(UserInput):
    pass


@strawberry.input(description="A user's quota, as it is to be from now on.")
class SetUserQuotaInput(UserInput):
    enabled: bool = strawberry.field(description="Off gives all that is left of it back to the account.")
    credits: Credits | None = strawberry.field(
        default=None,
        description="What is left to the user from now on: needed to turn it on (0 blocks the user), absent for off.",
    )


@strawberry.input(description="What to add to a user's quota.")
class AdjustUserQuotaInput(UserInput):
    delta: Credits = strawberry.field(
        description="Moved from the account to the quota; negative moves back, down to 0 and no further."
    )


@strawberry.input(description="A user's limit, as it is to be from now on.")
class SetUserLimitInput(UserInput):
    enabled: bool = strawberry.field(description="Off takes none of the other fields.")
    threshold: Credits | None = strawberry.field(
        default=None, description="At least 1 credit; needed to turn it on."
    )
    channel: AlertChannel | None = strawberry.field(
        default=None, description="How alerts are sent; needed to turn it on."
    )
    email: str | None = strawberry.field(default=None, description="Needed for MAIL and BOTH.")
    phone_number: PhoneNumber | None = strawberry.field(default=None, description="Needed for SMS and BOTH.")


@strawberry.input(description="The addresses from which a user may act.")
class SetUserIpRestrictionsInput(UserInput):
    addresses: list[IPAddress] = strawberry.field(
        description="At most 5 different ones, v4 or v6; empty for any address."
    )


@strawberry.input(description="What is called when something happens to a user's messages.")
class SetUserCallbackInput(UserInput):
    url: URL | None = strawberry.field(
        default=None,
        description=(
            "Called at each status change; null leaves it to the account's. A port or an address that may not be "
            "called is refused here; where a name leads is judged at each call, and sendTestCallback tells."
        ),
    )
    stop_url: URL | None = strawberry.field(
        default=None, description="Called when a receiver asks to stop; null leaves it to the account's."
    )
