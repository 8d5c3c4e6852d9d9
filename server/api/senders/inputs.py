"""Inputs about sender names and the blacklist."""

import strawberry

from server.api.scalars import PhoneNumber
from server.rules.senders import SenderKind, SenderStatus


@strawberry.input(description="A sender to be declared.")
class CreateSenderInput:
    """The input of createSender."""

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
    """The input of setSenderStatus."""

    account: str = strawberry.field(description="The account's name.")
    name: str = strawberry.field(description="The sender, in any case.")
    status: SenderStatus = strawberry.field(description="Where its approval stands from now on.")


@strawberry.input(description="The sender to take off an account.")
class DeleteSenderInput:
    """The input of deleteSender."""

    account: str = strawberry.field(description="The account's name.")
    name: str = strawberry.field(description="The sender, in any case.")


@strawberry.input(description="A number to be put on an account's blacklist.")
class AddToBlacklistInput:
    """The input of addToBlacklist."""

    account: str = strawberry.field(description="The account's name.")
    number: PhoneNumber = strawberry.field(description="Whom not to send to any more.")


@strawberry.input(description="A number to be taken off an account's blacklist.")
class RemoveFromBlacklistInput:
    """The input of removeFromBlacklist."""

    account: str = strawberry.field(description="The account's name.")
    number: PhoneNumber = strawberry.field(description="Whom to send to again.")
