"""Inputs about accounts."""

from dataclasses import replace
from typing import Any, cast

import strawberry
from strawberry import UNSET
from tortoise.queryset import QuerySet

from server.graphql.schema.enums import AccountOrderField, OrderDirection
from server.graphql.schema.paging import MAX_PREFIX, Order
from server.graphql.schema.scalars import URL
from server.operations.accounts.accounts import AccountChanges
from server.rules.messages.stop_words import StopLanguage
from server.store.models import Account
from server.store.models.accounts import AccountStatus
from server.store.queries.narrowing import containing

BY_NAME = Order("accounts", ("name",), (str,))


@strawberry.input(description="Filters accounts. A field that is left out or null does not filter.")
class AccountFilter:
    name_prefix: str | None = strawberry.field(
        default=None, description="Only those whose name starts with this. Case does not matter."
    )
    search: str | None = strawberry.field(
        default=None,
        description=(
            "Only those whose name or description contains this. Case does not matter (on SQLite, only for "
            "A to Z)."
        ),
    )
    status: AccountStatus | None = strawberry.field(default=None, description="Only those with this status.")

    def apply(self, rows: QuerySet[Account]) -> QuerySet[Account]:
        if self.name_prefix is not None:
            rows = rows.filter(name__startswith=self.name_prefix[:MAX_PREFIX].lower())
        if self.search is not None:
            rows = containing(rows, self.search, "name", "description")
        return rows.filter(status=self.status) if self.status is not None else rows


@strawberry.input(description="How to sort accounts.")
class AccountOrder:
    field: AccountOrderField = strawberry.field(description="What to sort by.")
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.ASC, description="Ascending or descending."
    )

    @staticmethod
    def of(order: "AccountOrder | None") -> Order:
        if order is None:
            return BY_NAME
        columns = Order(BY_NAME.of, (order.field.value, "id"), (int, int))
        if order.field is AccountOrderField.NAME:
            columns = BY_NAME
        return replace(columns, descending=order.direction is OrderDirection.DESC)


@strawberry.input(description="The settings of an account.")
class AccountDetails:
    """The settings that creating and updating an account have in common."""

    description: str | None = strawberry.field(
        default=UNSET, description="At most 200 characters; null for nothing."
    )
    time_zone: str | None = strawberry.field(
        default=UNSET, description="An IANA time zone, like Europe/Paris; UTC by default."
    )
    stop_clause: str | None = strawberry.field(
        default=UNSET, description="What is appended to advertising messages; null or empty for nothing."
    )
    stop_languages: list[StopLanguage] | None = strawberry.field(
        default=UNSET,
        description=(
            "The languages whose usual stop words count (see `stopLanguages`); null for all, which is the "
            "default. STOP always counts."
        ),
    )
    stop_words: list[str] | None = strawberry.field(
        default=UNSET,
        description=(
            "The account's own stop words, up to 50. They count if a message says nothing else. Replaces "
            "the present ones; null for none."
        ),
    )
    keeps_advertising_hours: bool | None = strawberry.field(
        default=UNSET,
        description=(
            "Whether messages with the STOP clause wait for advertising hours: 08:00 to 20:00 in the "
            "receiver's time zone, except on Sundays. Null for no; messages that already wait keep waiting."
        ),
    )
    callback_url: URL | None = strawberry.field(
        default=UNSET,
        description="Called at each status change if the user has no URL of its own; null for none.",
    )
    stop_callback_url: URL | None = strawberry.field(
        default=UNSET, description="Called at each STOP if the user has no URL of its own; null for none."
    )

    def changes(self) -> AccountChanges:
        """Return the changes: a field that was left out is not changed."""
        changes: dict[str, Any] = {
            name: value
            for name in (
                "description",
                "time_zone",
                "stop_clause",
                "stop_languages",
                "stop_words",
                "keeps_advertising_hours",
                "callback_url",
                "stop_callback_url",
            )
            if (value := getattr(self, name)) is not UNSET
        }
        if changes.get("time_zone", "") is None:
            changes["time_zone"] = "UTC"
        if changes.get("stop_clause", "") is None:
            changes["stop_clause"] = ""
        if changes.get("stop_languages", "") is None:
            changes["stop_languages"] = list(StopLanguage)
        if changes.get("stop_words", "") is None:
            changes["stop_words"] = []
        if changes.get("keeps_advertising_hours", "") is None:
            changes["keeps_advertising_hours"] = False
        return cast("AccountChanges", changes)


@strawberry.input(description="The account to create.")
class CreateAccountInput(AccountDetails):
    name: str = strawberry.field(
        description=(
            "'sms-' and lower-case letters, digits or hyphens, at most 40 characters. No name is ever used "
            "twice."
        )
    )
    holder_email: str = strawberry.field(description="The e-mail address of the holder who will own it.")


@strawberry.input(description="The changes to an account. A field that is left out keeps its value.")
class UpdateAccountInput(AccountDetails):
    account: str = strawberry.field(description="The account's name.")
    status: AccountStatus | None = strawberry.field(
        default=None,
        description=(
            "Disabling cancels and refunds all messages that are not submitted yet. For operators only; "
            "null keeps it."
        ),
    )
    alert_sender: str | None = strawberry.field(
        default=UNSET,
        description="The sender of alerts by SMS, declared and enabled on the account; null for none.",
    )

    def changes(self) -> AccountChanges:
        """Return the changes: a field that was left out is not changed."""
        changes = AccountDetails.changes(self)
        if self.status is not None:
            changes["status"] = self.status
        if self.alert_sender is not UNSET:
            changes["alert_sender"] = self.alert_sender
        return changes
