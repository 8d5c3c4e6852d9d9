"""Inputs about signing in, tokens and holders."""

from dataclasses import replace

import strawberry
from tortoise.queryset import QuerySet

from server.graphql.schema.enums import HolderOrderField, OrderDirection
from server.graphql.schema.paging import Order
from server.graphql.users.inputs import UserInput
from server.operations.core.principals import Scope
from server.store.models import Holder
from server.store.queries.narrowing import containing

DEFAULT_LIFETIME_SECONDS = 90 * 86_400
MAX_EMAIL_PREFIX = 255
"""One more than the longest address: such a prefix matches nothing, and SQLite limits its patterns."""

BY_EMAIL = Order("holders", ("email",), (str,))


@strawberry.input(description="Filters holders. A field that is left out or null does not filter.")
class HolderFilter:
    email_prefix: str | None = strawberry.field(
        default=None, description="Only those whose e-mail address starts with this. Case does not matter."
    )
    search: str | None = strawberry.field(
        default=None,
        description=(
            "Only those whose name or e-mail address contains this. Case does not matter (on SQLite, only "
            "for A to Z)."
        ),
    )
    is_operator: bool | None = strawberry.field(
        default=None, description="Only operators, or only the others."
    )

    def apply(self, rows: QuerySet[Holder]) -> QuerySet[Holder]:
        if self.email_prefix is not None:
            rows = rows.filter(email__startswith=self.email_prefix[:MAX_EMAIL_PREFIX].lower())
        if self.search is not None:
            rows = containing(rows, self.search, "name", "email")
        return rows.filter(is_operator=self.is_operator) if self.is_operator is not None else rows


@strawberry.input(description="How to sort holders.")
class HolderOrder:
    field: HolderOrderField = strawberry.field(description="What to sort by.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.ASC, description="Ascending or descending."
    )

    @staticmethod
    def of(order: "HolderOrder | None") -> Order:
        if order is None:
            return BY_EMAIL
        columns = Order(BY_EMAIL.of, (order.field.value, "id"), (int, int))
        if order.field is HolderOrderField.EMAIL:
            columns = BY_EMAIL
        return replace(columns, descending=order.direction is OrderDirection.DESC)


@strawberry.input(description="A holder's credentials.")
class HolderCredentials:
    email: str = strawberry.field(description="The e-mail address. Case does not matter.")
    password: str = strawberry.field(description="The holder's password.")


@strawberry.input(description="An API user's credentials.")
class UserCredentials(UserInput):
    password: str = strawberry.field(description="The user's password.")


@strawberry.input(description="Whose credentials these are: a holder's or an API user's.", one_of=True)
class SignInInput:
    holder: HolderCredentials | None = strawberry.field(
        default=strawberry.UNSET, description="A holder or an operator."
    )
    user: UserCredentials | None = strawberry.field(default=strawberry.UNSET, description="An API user.")


@strawberry.input(description="The token to create. It can do no more than its maker.")
class CreateAccessTokenInput:
    label: str = strawberry.field(description="What you call it, 1 to 100 characters.")
    scopes: list[Scope] = strawberry.field(description="What it may be used for; at least one scope.")
    lifetime_seconds: int = strawberry.field(
        default=DEFAULT_LIFETIME_SECONDS,
        description="How many seconds it lasts, up to 366 days; 90 days by default.",
    )
    accounts: list[str] = strawberry.field(
        default_factory=list, description="The only accounts that it may be used for; empty for all of yours."
    )
    user: UserInput | None = strawberry.field(
        default=None, description="The API user of yours that it acts as; null to act as yourself."
    )


@strawberry.input(description="The token to revoke.")
class RevokeAccessTokenInput:
    id: strawberry.ID = strawberry.field(description="The token's id.")


@strawberry.input(description="The holder to create.")
class CreateHolderInput:
    email: str = strawberry.field(
        description="The e-mail address to sign in with. It has to be unique; case does not matter."
    )
    name: str = strawberry.field(description="The holder's name, 1 to 100 characters.")
    password: str | None = strawberry.field(
        default=None, description="12 characters or more; null to generate one."
    )
    is_operator: bool = strawberry.field(
        default=False, description="Whether the holder becomes an operator of this server."
    )
