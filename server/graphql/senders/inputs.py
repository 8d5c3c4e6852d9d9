"""Inputs about sender names and the blacklist."""

from collections.abc import Sequence

import strawberry
from tortoise.queryset import QuerySet

from server.graphql.schema.scalars import DateTime, PhoneNumber
from server.kit.phone_number import parse_phone_number
from server.rules.senders.senders import SenderKind, SenderStatus
from server.store.models import BlacklistEntry, IncomingMessage, Sender
from server.store.queries.narrowing import containing, in_span


@strawberry.input(description="Filters incoming messages. A field that is left out or null does not filter.")
class IncomingMessageFilter:
    sender: PhoneNumber | None = strawberry.field(default=None, description="Only those from this number.")
    is_stop: bool | None = strawberry.field(
        default=None, description="Only those that put their number on the blacklist, or only the others."
    )
    received_after: DateTime | None = strawberry.field(
        default=None, description="Only those from the first one at or after this time on."
    )
    received_before: DateTime | None = strawberry.field(
        default=None, description="Only those before the first one at or after this time."
    )

    async def apply(
        self, rows: QuerySet[IncomingMessage], accounts: Sequence[int]
    ) -> QuerySet[IncomingMessage]:
        if self.sender is not None:
            rows = rows.filter(sender=parse_phone_number(self.sender).e164)
        if self.is_stop is not None:
            rows = rows.filter(is_stop=self.is_stop)
        return await in_span(rows, accounts, "sequence", "at_us", self.received_after, self.received_before)


@strawberry.input(description="Filters senders. A field that is left out or null does not filter.")
class SenderFilter:
    search: str | None = strawberry.field(
        default=None, description="Only those whose name contains this. Case does not matter."
    )
    status: SenderStatus | None = strawberry.field(default=None, description="Only those with this status.")

    def apply(self, rows: QuerySet[Sender]) -> QuerySet[Sender]:
        if self.search is not None:
            rows = containing(rows, self.search, "name_key")
        return rows if self.status is None else rows.filter(status=self.status)


@strawberry.input(description="Filters blacklist entries. A field that is left out or null does not filter.")
class BlacklistEntryFilter:
    search: str | None = strawberry.field(
        default=None,
        description=(
            "Only those whose `address` contains this. Spaces do not matter. `+336` finds the numbers that "
            "start with it."
        ),
    )

    def apply(self, rows: QuerySet[BlacklistEntry]) -> QuerySet[BlacklistEntry]:
        return rows if self.search is None else containing(rows, "".join(self.search.split()), "number")


@strawberry.input(description="The sender to declare.")
class CreateSenderInput:
    account: str = strawberry.field(description="The account's name.")
    name: str = strawberry.field(
        description="Up to 11 letters, digits and . _ - & ' or spaces; a number; or a short code."
    )
    kind: SenderKind | None = strawberry.field(
        default=None,
        description="Its kind; null to infer it from the name. A virtual number has to be given as VIRTUAL.",
    )
    comment: str | None = strawberry.field(
        default=None, description="A comment for the operator who approves it, at most 200 characters."
    )


@strawberry.input(description="An operator's decision on a sender.")
class SetSenderStatusInput:
    account: str = strawberry.field(description="The account's name.")
    name: str = strawberry.field(description="The sender's name. Case does not matter.")
    status: SenderStatus = strawberry.field(description="Its new status.")


@strawberry.input(description="The sender to remove from an account.")
class DeleteSenderInput:
    account: str = strawberry.field(description="The account's name.")
    name: str = strawberry.field(description="The sender's name. Case does not matter.")


@strawberry.input(description="The number to put on an account's blacklist.")
class AddToBlacklistInput:
    account: str = strawberry.field(description="The account's name.")
    number: PhoneNumber = strawberry.field(description="The number to block.")


@strawberry.input(description="The number to remove from an account's blacklist.")
class RemoveFromBlacklistInput:
    account: str = strawberry.field(description="The account's name.")
    number: PhoneNumber = strawberry.field(description="The number to unblock, or the `address` of an entry.")
