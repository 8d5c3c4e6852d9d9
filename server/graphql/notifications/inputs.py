"""Inputs about limits and alerts."""

from collections.abc import Sequence
from typing import Any, cast

import strawberry
from strawberry import UNSET
from tortoise.queryset import QuerySet

from server.graphql.schema.narrowing import of_user
from server.graphql.schema.scalars import Credits, DateTime, PhoneNumber
from server.operations.notifications.templates import TemplateChanges
from server.rules.credits.thresholds import AlertChannel
from server.store.models import LimitAlert
from server.store.queries.narrowing import in_span


@strawberry.input(description="Filters alerts. A field that is left out or null does not filter.")
class LimitAlertFilter:
    login: str | None = strawberry.field(
        default=None, description="Only those of the limit of the user with this login."
    )
    raised_after: DateTime | None = strawberry.field(
        default=None, description="Only those from the first one at or after this time on."
    )
    raised_before: DateTime | None = strawberry.field(
        default=None, description="Only those before the first one at or after this time."
    )

    async def apply(self, rows: QuerySet[LimitAlert], accounts: Sequence[int]) -> QuerySet[LimitAlert]:
        rows = await of_user(rows, accounts, self.login)
        return await in_span(rows, accounts, "sequence", "at_us", self.raised_after, self.raised_before)


@strawberry.input(description="The new limit on an account's own credits.")
class SetAccountLimitInput:
    account: str = strawberry.field(description="The account's name.")
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


@strawberry.input(description="Where to ask for consent to alerts: either an address or a number.")
class RequestConfirmationInput:
    account: str = strawberry.field(description="The account's name.")
    email: str | None = strawberry.field(
        default=None, description="An address that one of the account's limits uses."
    )
    phone_number: PhoneNumber | None = strawberry.field(
        default=None, description="A number that one of the account's limits uses."
    )


@strawberry.input(description="The code from the SMS to a number.")
class ConfirmPhoneNumberInput:
    account: str = strawberry.field(description="The account's name.")
    phone_number: PhoneNumber = strawberry.field(description="The number that the SMS went to.")
    code: str = strawberry.field(description="The six digits from the latest SMS. You have five tries.")


@strawberry.input(
    description=(
        "The texts of an account's alerts, with variables in braces (`AlertTemplates.variables`). A field "
        "that is left out keeps its value; null restores the server's own text."
    )
)
class SetAlertTemplatesInput:
    account: str = strawberry.field(description="The account's name.")
    mail_subject: str | None = strawberry.field(
        default=UNSET,
        description="The subject of mails: one line, at most 200 characters with the variables filled in.",
    )
    mail_body: str | None = strawberry.field(
        default=UNSET, description="The text of mails: at most 4,000 characters with the variables filled in."
    )
    sms_body: str | None = strawberry.field(
        default=UNSET,
        description=(
            "The text of SMS: at most 1,000 characters with the variables filled in, and no more parts than "
            "a message may have."
        ),
    )

    def changes(self) -> TemplateChanges:
        """Return the changes: a field that was left out is not changed."""
        changes: dict[str, Any] = {
            name: value
            for name in ("mail_subject", "mail_body", "sms_body")
            if (value := getattr(self, name)) is not UNSET
        }
        return cast("TemplateChanges", changes)


@strawberry.input(description="The values of an alert's variables in a preview.")
class AlertValuesInput:
    login: str | None = strawberry.field(
        default="script", description="A user's login; null for an alert about the account's own limit."
    )
    remaining: Credits = strawberry.field(
        default=Credits(49_500), description="The credits left to that user, or on the account."
    )
    threshold: Credits = strawberry.field(default=Credits(50_000), description="The limit's threshold.")
    credits_left: Credits = strawberry.field(
        default=Credits(1_234_500), description="The credits left on the account."
    )
