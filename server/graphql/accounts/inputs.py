"""Inputs about accounts."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import strawberry
from strawberry import UNSET
from tortoise.queryset import QuerySet

from server.graphql.schema.enums import AccountOrderField, OrderDirection
from server.graphql.schema.narrowing import of_text
from server.graphql.schema.paging import MAX_PREFIX, Order
from server.graphql.schema.scalars import URL, DateTime
from server.operations.accounts.accounts import AccountChanges
from server.rules.messages.stop_words import StopLanguage
from server.store.models import Account, AuditEntry
from server.store.models.accounts import AccountStatus
from server.store.queries.narrowing import containing, in_span

BY_NAME = Order("accounts", ("name",), (str,))


@strawberry.input(description="Which accounts; what is left out or null narrows nothing.")
class AccountFilter:
    name_prefix: str | None = strawberry.field(
        default=None, description="Those whose name begins so, in any case."
    )
    search: str | None = strawberry.field(
        default=None,
        description="Accounts whose name or description contains this, in any case (on SQLite, any case of A to Z only).",
    )
    status: AccountStatus | None = strawberry.field(default=None, description="Those with this status.")

    def apply(self, rows: QuerySet[Account]) -> QuerySet[Account]:
        if self.name_prefix is not None:
            rows = rows.filter(name__startswith=self.name_prefix[:MAX_PREFIX].lower())
        if self.search is not None:
            rows = containing(rows, self.search, "name", "description")
        return rows.filter(status=self.status) if self.status is not None else rows


@strawberry.input(description="The order of accounts.")
class AccountOrder:
    field: AccountOrderField = strawberry.field(description="By what.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="Which way.")

    @staticmethod
    def of(order: "AccountOrder | None") -> Order:
        if order is None:
            return BY_NAME
        columns = Order(BY_NAME.of, (order.field.value, "id"), (int, int))
        if order.field is AccountOrderField.NAME:
            columns = BY_NAME
        return replace(columns, descending=order.direction is OrderDirection.DESC)


@strawberry.input(description="Which entries of the audit trail; what is left out or null narrows nothing.")
class AuditEntryFilter:
    action: str | None = strawberry.field(default=None, description="Those that this mutation made.")
    subject: str | None = strawberry.field(
        default=None, description="Those made to exactly this: a login, a sender, a number, an account."
    )
    caused_by: str | None = strawberry.field(
        default=None, description="Those made by exactly this one: an e-mail address, or 'user:' and a login."
    )
    occurred_after: DateTime | None = strawberry.field(
        default=None, description="Those from the first one at this time or later on."
    )
    occurred_before: DateTime | None = strawberry.field(
        default=None, description="Those up to the first one at this time or later, which is excluded."
    )

    async def apply(self, rows: QuerySet[AuditEntry], accounts: Sequence[int]) -> QuerySet[AuditEntry]:
        for column in ("action", "subject", "caused_by"):
            rows = of_text(rows, column, getattr(self, column))
        return await in_span(rows, accounts, "id", "at_us", self.occurred_after, self.occurred_before)


@strawberry.input(description="What may be said of an account.")
class AccountDetails:
    """The details of an account that creating and updating have in common."""

    description: str | None = strawberry.field(
        default=UNSET, description="At most 200 characters; null for nothing."
    )
    time_zone: str | None = strawberry.field(
        default=UNSET, description="An IANA time zone, like Europe/Paris; UTC where none is given."
    )
    stop_clause: str | None = strawberry.field(
        default=UNSET, description="What is appended to advertising messages; null or empty for nothing."
    )
    stop_languages: list[StopLanguage] | None = strawberry.field(
        default=UNSET,
        description=(
            "The languages whose usual words ask to stop (see `stopLanguages`); null for all, as at first. STOP "
            "counts always."
        ),
    )
    stop_words: list[str] | None = strawberry.field(
        default=UNSET,
        description=(
            "Other words that ask to stop, up to 50, where they are all that a message says; replaces those that "
            "there are. Null for none."
        ),
    )
    keeps_advertising_hours: bool | None = strawberry.field(
        default=UNSET,
        description=(
            "Whether messages that bear the STOP clause wait for the hours of advertising: 08:00 to 20:00 "
            "where the receiver is, Sundays excepted. Null for no; what was held before stays held."
        ),
    )
    callback_url: URL | None = strawberry.field(
        default=UNSET,
        description="Called at each status change, where the user has no URL of its own; null for none.",
    )
    stop_callback_url: URL | None = strawberry.field(
        default=UNSET, description="Called at each STOP, where the user has no URL of its own; null for none."
    )

    def changes(self) -> AccountChanges:
        """Return what is to change: what was left out stays."""
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


@strawberry.input(description="An account to be created.")
class CreateAccountInput(AccountDetails):
    name: str = strawberry.field(
        description="'sms-' and lower-case letters, digits or hyphens, at most 40 characters; never given twice."
    )
    holder_email: str = strawberry.field(description="The e-mail address of the holder who is to own it.")


@strawberry.input(description="What is to change of an account; what is left out stays as it is.")
class UpdateAccountInput(AccountDetails):
    account: str = strawberry.field(description="The account's name.")
    status: AccountStatus | None = strawberry.field(
        default=None,
        description="Disabling cancels and refunds what is not submitted yet. An operator's to change; null keeps it.",
    )
    alert_sender: str | None = strawberry.field(
        default=UNSET,
        description="The sender of alerts by SMS, declared and enabled on the account; null for none.",
    )

    def changes(self) -> AccountChanges:
        """Return what is to change: what was left out stays."""
        changes = AccountDetails.changes(self)
        if self.status is not None:
            changes["status"] = self.status
        if self.alert_sender is not UNSET:
            changes["alert_sender"] = self.alert_sender
        return changes
