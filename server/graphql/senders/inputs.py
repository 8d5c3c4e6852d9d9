"""Inputs about sender names and the blacklist."""

from collections.abc import Sequence

import strawberry
from tortoise.queryset import QuerySet

from server.graphql.schema.scalars import DateTime, PhoneNumber
from server.kit.phone_number import parse_phone_number
from server.rules.senders.senders import SenderKind, SenderStatus
from server.store.models import BlacklistEntry, IncomingMessage, Sender
from server.store.queries.narrowing import containing, in_span


@strawberry.input(description="Which incoming messages; what is left out or null narrows nothing.")
class IncomingMessageFilter:
    sender: PhoneNumber | None = strawberry.field(default=None, description="Those from this number.")
    is_stop: bool | None = strawberry.field(
        default=None, description="Those that put their number on the blacklist, or that did not."
    )
    received_after: DateTime | None = strawberry.field(
        default=None, description="Those from the first one at this time or later on."
    )
    received_before: DateTime | None = strawberry.field(
        default=None, description="Those up to the first one at this time or later, which is excluded."
    )

    async def apply(
        self, rows: QuerySet[IncomingMessage], accounts: Sequence[int]
    ) -> QuerySet[IncomingMessage]:
        if self.sender is not None:
            rows = rows.filter(sender=parse_phone_number(self.sender).e164)
        if self.is_stop is not None:
            rows = rows.filter(is_stop=self.is_stop)
        return await in_span(rows, accounts, "sequence", "at_us", self.received_after, self.received_before)


@strawberry.input(description="Filters senders. Absent and null fields filter nothing.")
class SenderFilter:
    search: str | None = strawberry.field(
        default=None, description="Senders whose name contains this, in any case."
    )
    status: SenderStatus | None = strawberry.field(default=None, description="Senders with this status.")

    def apply(self, rows: QuerySet[Sender]) -> QuerySet[Sender]:
        if self.search is not None:
            rows = containing(rows, self.search, "name_key")
        return rows if self.status is None else rows.filter(status=self.status)


@strawberry.input(description="Filters blacklist entries. Absent and null fields filter nothing.")
class BlacklistEntryFilter:
    search: str | None = strawberry.field(
        default=None,
        description="Entries whose `address` contains this. Spaces don't count. `+336` finds the numbers that begin so.",
    )

    def apply(self, rows: QuerySet[BlacklistEntry]) -> QuerySet[BlacklistEntry]:
        return rows if self.search is None else containing(rows, "".join(self.search.split()), "number")


@strawberry.input(description="A sender to be declared.")
class CreateSenderInput:
    account: str = strawberry.field(description="The account's name.")
    name: str = strawberry.field(
        description="Up to 11 letters, digits and . _ - & ' or spaces; a number; or a short code."
    )
    kind: SenderKind | None = strawberry.field(
        default=None,
        description="What it is; null has its form tell. A virtual number has to be named as one.",
    )
    comment: str | None = strawberry.field(
        default=None, description="For the operator who approves it; at most 200 characters."
    )


@strawberry.input(description="An operator's decision on a sender.")
class SetSenderStatusInput:
    account: str = strawberry.field(description="The account's name.")
    name: str = strawberry.field(description="The sender, in any case.")
    status: SenderStatus = strawberry.field(description="Where its approval stands from now on.")


@strawberry.input(description="The sender to take off an account.")
class DeleteSenderInput:
    account: str = strawberry.field(description="The account's name.")
    name: str = strawberry.field(description="The sender, in any case.")


@strawberry.input(description="A number to be put on an account's blacklist.")
class AddToBlacklistInput:
    account: str = strawberry.field(description="The account's name.")
    number: PhoneNumber = strawberry.field(description="Whom not to send to any more.")


@strawberry.input(description="A number to be taken off an account's blacklist.")
class RemoveFromBlacklistInput:
    account: str = strawberry.field(description="The account's name.")
    number: PhoneNumber = strawberry.field(
        description="Whom to send to again: a number, or the `address` of an entry."
    )
