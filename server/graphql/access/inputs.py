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
"""One character more than the longest address: a prefix that long fits none, and SQLite takes no endless one."""

BY_EMAIL = Order("holders", ("email",), (str,))


@strawberry.input(description="Which holders; what is left out or null narrows nothing.")
class HolderFilter:
    email_prefix: str | None = strawberry.field(
        default=None, description="Those whose e-mail address begins so, in any case."
    )
    search: str | None = strawberry.field(
        default=None,
        description="Holders whose name or e-mail address contains this, in any case (on SQLite, any case of A to Z only).",
    )
    is_operator: bool | None = strawberry.field(
        default=None, description="Those who are operators, or who are not."
    )

    def apply(self, rows: QuerySet[Holder]) -> QuerySet[Holder]:
        if self.email_prefix is not None:
            rows = rows.filter(email__startswith=self.email_prefix[:MAX_EMAIL_PREFIX].lower())
        if self.search is not None:
            rows = containing(rows, self.search, "name", "email")
        return rows.filter(is_operator=self.is_operator) if self.is_operator is not None else rows


@strawberry.input(description="The order of holders.")
class HolderOrder:
    field: HolderOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Which way.")

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
    email: str = strawberry.field(description="The e-mail address, in any case.")
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


@strawberry.input(description="A token to be made; it can do no more than its maker.")
class CreateAccessTokenInput:
    label: str = strawberry.field(description="What you call it, 1 to 100 characters.")
    scopes: list[Scope] = strawberry.field(description="What it may be used for; at least one.")
    lifetime_seconds: int = strawberry.field(
        default=DEFAULT_LIFETIME_SECONDS,
        description="In how many seconds it ends, up to 366 days; 90 days unless told.",
    )
    accounts: list[str] = strawberry.field(
        default_factory=list, description="The only accounts it may be used for; empty for all of yours."
    )
    user: UserInput | None = strawberry.field(
        default=None, description="A user of yours that it acts as, and as nobody else; null for yourself."
    )


@strawberry.input(description="The token to revoke.")
class RevokeAccessTokenInput:
    id: strawberry.ID = strawberry.field(description="The token's id.")


@strawberry.input(description="A holder to be created.")
class CreateHolderInput:
    email: str = strawberry.field(description="The e-mail address to sign in with, unique in any case.")
    name: str = strawberry.field(description="The holder's name, 1 to 100 characters.")
    password: str = strawberry.field(description="12 characters or more.")
    is_operator: bool = strawberry.field(
        default=False, description="Whether to make an operator of this server."
    )
