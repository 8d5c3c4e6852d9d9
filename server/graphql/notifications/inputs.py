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


@strawberry.input(description="Which alerts; what is left out or null narrows nothing.")
class LimitAlertFilter:
    login: str | None = strawberry.field(
        default=None, description="Those of the limit of the user with this login."
    )
    raised_after: DateTime | None = strawberry.field(
        default=None, description="Those from the first one at this time or later on."
    )
    raised_before: DateTime | None = strawberry.field(
        default=None, description="Those up to the first one at this time or later, which is excluded."
    )

    async def apply(self, rows: QuerySet[LimitAlert], accounts: Sequence[int]) -> QuerySet[LimitAlert]:
        rows = await of_user(rows, accounts, self.login)
        return await in_span(rows, accounts, "sequence", "at_us", self.raised_after, self.raised_before)


@strawberry.input(description="The limit on an account's own credits, as it is to be from now on.")
class SetAccountLimitInput:
    account: str = strawberry.field(description="The account's name.")
    enabled: bool = strawberry.field(description="Off takes none of the other fields.")
    threshold: Credits | None = strawberry.field(
        default=None, description="At least 1 credit; needed to turn it on."
    )
    channel: AlertChannel | None = strawberry.field(
        default=None, description="How alerts are sent; needed to turn it on."
    )
    email: str | None = strawberry.field(default=None, description="Needed for MAIL and BOTH.")
    phone_number: PhoneNumber | None = strawberry.field(default=None, description="Needed for SMS and BOTH.")


@strawberry.input(description="Whom to ask whether alerts may come: an address or a number, one of the two.")
class RequestConfirmationInput:
    account: str = strawberry.field(description="The account's name.")
    email: str | None = strawberry.field(default=None, description="An address that one of its limits names.")
    phone_number: PhoneNumber | None = strawberry.field(
        default=None, description="A number that one of its limits names."
    )


@strawberry.input(description="The code that an SMS brought to a number.")
class ConfirmPhoneNumberInput:
    account: str = strawberry.field(description="The account's name.")
    phone_number: PhoneNumber = strawberry.field(description="The number that the SMS went to.")
    code: str = strawberry.field(description="The six digits of the latest SMS; five tries.")


@strawberry.input(
    description=(
        "The texts of an account's alerts, with variables in braces (`AlertTemplates.variables`); what is left out "
        "stays as it is, and null goes back to the server's own."
    )
)
class SetAlertTemplatesInput:
    account: str = strawberry.field(description="The account's name.")
    mail_subject: str | None = strawberry.field(
        default=UNSET, description="One line, at most 200 characters with the variables filled in."
    )
    mail_body: str | None = strawberry.field(
        default=UNSET, description="At most 4,000 characters with the variables filled in."
    )
    sms_body: str | None = strawberry.field(
        default=UNSET,
        description="At most 1,000 characters with the variables filled in, and no more parts than a message may have.",
    )

    def changes(self) -> TemplateChanges:
        """Return what is to change: what was left out stays."""
        changes: dict[str, Any] = {
            name: value
            for name in ("mail_subject", "mail_body", "sms_body")
            if (value := getattr(self, name)) is not UNSET
        }
        return cast("TemplateChanges", changes)


@strawberry.input(description="What the variables of an alert stand for in a preview.")
class AlertValuesInput:
    login: str | None = strawberry.field(
        default="script", description="A user's login; null for an alert of the account's own limit."
    )
    remaining: Credits = strawberry.field(
        default=Credits(49_500), description="What is left to that user, or on the account."
    )
    threshold: Credits = strawberry.field(default=Credits(50_000), description="The limit's threshold.")
    credits_left: Credits = strawberry.field(
        default=Credits(1_234_500), description="What is left on the account."
    )
