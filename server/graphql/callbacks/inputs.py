"""Inputs about callbacks."""

from collections.abc import Sequence

import strawberry
from tortoise.queryset import QuerySet

from server.errors import InvalidInput, about
from server.graphql.delivery.types import EVENT_ORDER
from server.graphql.schema.narrowing import of_user
from server.graphql.schema.scalars import DateTime
from server.graphql.senders.types import INCOMING_ORDER
from server.operations.callbacks.replays import Span
from server.store.models import CallbackDelivery, CallbackState
from server.store.queries.narrowing import in_span

LOGIN = "The user's login; null for the account itself. Case does not matter."


@strawberry.input(description="Filters callbacks. A field that is left out or null does not filter.")
class CallbackDeliveryFilter:
    state: CallbackState | None = strawberry.field(default=None, description="Only those in this state.")
    login: str | None = strawberry.field(
        default=None, description="Only those about messages of the user with this login."
    )
    created_after: DateTime | None = strawberry.field(
        default=None, description="Only those from the first one created at or after this time on."
    )
    created_before: DateTime | None = strawberry.field(
        default=None, description="Only those before the first one created at or after this time."
    )

    async def apply(
        self, rows: QuerySet[CallbackDelivery], accounts: Sequence[int]
    ) -> QuerySet[CallbackDelivery]:
        if self.state is not None:
            rows = rows.filter(state=self.state)
        rows = await of_user(rows, accounts, self.login)
        return await in_span(rows, accounts, "id", "created_at_us", self.created_after, self.created_before)


@strawberry.input(description="Whose key to rotate.")
class RotateCallbackKeyInput:
    account: str = strawberry.field(description="The account's name.")
    login: str | None = strawberry.field(default=None, description=LOGIN)


@strawberry.input(description="Which URL to test.")
class SendTestCallbackInput:
    account: str = strawberry.field(description="The account's name.")
    login: str | None = strawberry.field(default=None, description=LOGIN)
    stop: bool = strawberry.field(
        default=False, description="Whether to test the URL for STOPs instead of the one for status changes."
    )


@strawberry.input(
    description="Which callbacks to send again: those about one message, or those about a span of time."
)
class ReplayCallbacksInput:
    message_id: strawberry.ID | None = strawberry.field(
        default=None, description="The message's id. With it, only `deliveredToo` may be given as well."
    )
    account: str | None = strawberry.field(
        default=None, description="The account's name. Required without a message."
    )
    login: str | None = strawberry.field(
        default=None, description="Only callbacks about this user's messages; null for all of the account's."
    )
    from_: DateTime | None = strawberry.field(
        name="from", default=None, description="The start of the span. Required without a message."
    )
    to: DateTime | None = strawberry.field(
        default=None, description="The end of the span, excluded. Required without a message."
    )
    after: str | None = strawberry.field(
        default=None,
        description="The `nextAfter` of the last call, to continue from there; null to start.",
    )
    stops: bool = strawberry.field(
        default=False,
        description="Whether to send the callbacks about STOPs instead of those about status changes.",
    )
    delivered_too: bool = strawberry.field(
        default=False,
        description="Whether to include callbacks that were delivered, not only those that failed.",
    )

    def span(self) -> Span:
        """Return the span of time.

        Raises:
            InvalidInput: a field is missing or may not be given.
        """
        for name, value in (("account", self.account), ("from", self.from_), ("to", self.to)):
            if value is None:
                raise InvalidInput("Give a message, or an account, `from` and `to`.", field=(name,))
        after = None
        if self.after is not None:
            with about("after"):
                position, at_us = (INCOMING_ORDER if self.stops else EVENT_ORDER).row(self.after).values()
            after = (position, at_us)
        return Span(
            account=self.account or "",
            login=self.login,
            from_us=self.from_ or 0,
            to_us=self.to or 0,
            after=after,
            stops=self.stops,
        )

    def check_message_alone(self) -> None:
        """Check that nothing else is given with a message.

        Raises:
            InvalidInput: a field of a span is given as well.
        """
        of_a_time = (
            ("account", self.account), ("login", self.login), ("from", self.from_), ("to", self.to), ("after", self.after),
        )  # fmt: skip
        for name, value in of_a_time:
            if value is not None:
                raise InvalidInput(
                    "Give a message, or an account, `from` and `to`, but not both.", field=(name,)
                )
        if self.stops:
            raise InvalidInput("A message has no STOPs: leave `stops` out.", field=("stops",))
