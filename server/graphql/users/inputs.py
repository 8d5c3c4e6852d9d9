"""Inputs about API users."""

import strawberry
from tortoise.queryset import QuerySet

from server.graphql.schema.enums import OrderDirection, UserOrderField
from server.graphql.schema.paging import MAX_PREFIX, Order
from server.graphql.schema.scalars import URL, Credits, IPAddress, PhoneNumber
from server.rules.credits.thresholds import AlertChannel
from server.store.models import User
from server.store.queries.users import with_callback_failing, with_order_keys

GENERATED = "The password that the server generated, shown only once; null if you gave one."
MADE_KEYS = {UserOrderField.LAST_USED_AT, UserOrderField.LIMIT_THRESHOLD}
USER_ORDER = Order("users", ("login_key", "id"), (str, int))


@strawberry.input(description="Filters users. A field that is left out or null does not filter.")
class UserFilter:
    login_prefix: str | None = strawberry.field(
        default=None, description="Only those whose login starts with this. Case does not matter."
    )
    search: str | None = strawberry.field(
        default=None, description="Only those whose login contains this. Case does not matter."
    )
    enabled: bool | None = strawberry.field(
        default=None, description="Only enabled users, or only disabled ones."
    )
    has_quota: bool | None = strawberry.field(
        default=None, description="Only those with a quota, or only those without."
    )
    has_limit: bool | None = strawberry.field(
        default=None, description="Only those with a limit, or only those without."
    )
    restricted: bool | None = strawberry.field(
        default=None, description="Only those with IP restrictions, or only those without."
    )
    callback_failing: bool | None = strawberry.field(
        default=None,
        description=(
            "Only those with a callback URL of their own that is disabled or failing (`disabledAt`, "
            "`failingSince` of their `callback`), or only the others."
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


@strawberry.input(description="How to sort users.")
class UserOrder:
    field: UserOrderField = strawberry.field(description="What to sort by.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.ASC, description="Ascending or descending."
    )

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


@strawberry.input(description="The API user.")
class UserInput:
    account: str = strawberry.field(description="The account's name.")
    login: str = strawberry.field(description="The user's login. Case does not matter.")


@strawberry.input(description="The user to create.")
class CreateUserInput(UserInput):
    login: str = strawberry.field(
        description=(
            "1 to 40 ASCII letters, digits, periods, underscores or hyphens, unique in the account. Case "
            "does not matter."
        )
    )
    password: str | None = strawberry.field(
        default=None, description="Exactly 8 ASCII letters or digits; null to generate one."
    )


@strawberry.input(description="A user's new password.")
class ChangeUserPasswordInput(UserInput):
    password: str | None = strawberry.field(
        default=None, description="Exactly 8 ASCII letters or digits; null to generate one."
    )


@strawberry.input(description="Whether a user is enabled.")
class SetUserEnabledInput(UserInput):
    enabled: bool = strawberry.field(
        description=(
            "False disables the user, and cancels and refunds its messages that are not submitted yet."
        )
    )


@strawberry.input(description="The user to delete.")
class DeleteUserInput(UserInput):
    pass


@strawberry.input(description="A user's new quota.")
class SetUserQuotaInput(UserInput):
    enabled: bool = strawberry.field(
        description="Whether the quota is on. Turning it off returns what is left to the account."
    )
    credits: Credits | None = strawberry.field(
        default=None,
        description=(
            "The credits left to the user from now on. Required to turn the quota on (0 blocks the user); "
            "leave it out to turn it off."
        ),
    )


@strawberry.input(description="How to change a user's quota.")
class AdjustUserQuotaInput(UserInput):
    delta: Credits = strawberry.field(
        description=(
            "The credits to move from the account to the quota; negative to move them back. The quota "
            "can't fall below 0."
        )
    )


@strawberry.input(description="A user's new limit.")
class SetUserLimitInput(UserInput):
    enabled: bool = strawberry.field(
        description="Whether the limit is on. If false, leave the other fields out."
    )
    threshold: Credits | None = strawberry.field(
        default=None, description="At least 1 credit. Required to turn it on."
    )
    channel: AlertChannel | None = strawberry.field(
        default=None, description="How alerts are sent. Required to turn it on."
    )
    email: str | None = strawberry.field(default=None, description="Required for MAIL and BOTH.")
    phone_number: PhoneNumber | None = strawberry.field(
        default=None, description="Required for SMS and BOTH."
    )


@strawberry.input(description="The IP addresses that a user may act from.")
class SetUserIpRestrictionsInput(UserInput):
    addresses: list[IPAddress] = strawberry.field(
        description="At most 5 different IPv4 or IPv6 addresses; empty to allow all."
    )


@strawberry.input(description="The URLs to call when something happens to a user's messages.")
class SetUserCallbackInput(UserInput):
    url: URL | None = strawberry.field(
        default=None,
        description=(
            "Called at each status change; null to use the account's. A forbidden port or address is "
            "refused here. Host names are resolved and checked at each call: try with sendTestCallback."
        ),
    )
    stop_url: URL | None = strawberry.field(
        default=None, description="Called when a receiver asks to stop; null to use the account's."
    )
