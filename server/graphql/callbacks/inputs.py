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

LOGIN = "The user's login, in any case; null for the account itself."


@strawberry.input(description="Which callbacks; what is left out or null narrows nothing.")
class CallbackDeliveryFilter:
    state: CallbackState | None = strawberry.field(default=None, description="Those in this state.")
    login: str | None = strawberry.field(
        default=None, description="Those about messages of the user with this login."
    )
    created_after: DateTime | None = strawberry.field(
        default=None, description="Those from the first one made at this time or later on."
    )
    created_before: DateTime | None = strawberry.field(
        default=None, description="Those up to the first one made at this time or later, which is excluded."
    )

    async def apply(
        self, rows: QuerySet[CallbackDelivery], accounts: Sequence[int]
    ) -> QuerySet[CallbackDelivery]:
        if self.state is not None:
            rows = rows.filter(state=self.state)
        rows = await of_user(rows, accounts, self.login)
        return await in_span(rows, accounts, "id", "created_at_us", self.created_after, self.created_before)


@strawberry.input(description="Whose key is to be rotated.")
class RotateCallbackKeyInput:
    account: str = strawberry.field(description="The account's name.")
    login: str | None = strawberry.field(default=None, description=LOGIN)


@strawberry.input(description="Which URL is to be tested.")
class SendTestCallbackInput:
    account: str = strawberry.field(description="The account's name.")
    login: str | None = strawberry.field(default=None, description=LOGIN)
    stop: bool = strawberry.field(
        default=False, description="The URL for STOPs, instead of that for status changes."
    )


@strawberry.input(
    description="What is to be called back once more: one message's status changes, or what happened in a time."
)
class ReplayCallbacksInput:
    message_id: strawberry.ID | None = strawberry.field(
        default=None, description="A message; then nothing else but `deliveredToo` is given."
    )
    account: str | None = strawberry.field(
        default=None, description="The account's name; needed without a message."
    )
    login: str | None = strawberry.field(
        default=None, description="Only what concerns this user's messages; null for all of the account's."
    )
    from_: DateTime | None = strawberry.field(
        name="from", default=None, description="When the time begins; needed without a message."
    )
    to: DateTime | None = strawberry.field(
        default=None, description="When it ends, which no longer counts; needed without a message."
    )
    after: str | None = strawberry.field(
        default=None,
        description="What `nextAfter` of the last call gave, to go on from there; null to begin.",
    )
    stops: bool = strawberry.field(
        default=False, description="The STOPs of the time, instead of status changes."
    )
    delivered_too: bool = strawberry.field(
        default=False, description="Also what was delivered, instead of only what was missed."
    )

    def span(self) -> Span:
        """Return which time is meant.

        Raises:
            InvalidInput: a field is missing, or one too many.
        """
        for name, value in (("account", self.account), ("from", self.from_), ("to", self.to)):
            if value is None:
                raise InvalidInput("Give a message, or account, `from` and `to`.", field=(name,))
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
        """Let a call about one message pass.

        Raises:
            InvalidInput: a time is given as well.
        """
        of_a_time = (
            ("account", self.account), ("login", self.login), ("from", self.from_), ("to", self.to), ("after", self.after),
        )  # fmt: skip
        for name, value in of_a_time:
            if value is not None:
                raise InvalidInput("Give a message, or account, `from` and `to`, not both.", field=(name,))
        if self.stops:
            raise InvalidInput("A message has no STOPs.", field=("stops",))
