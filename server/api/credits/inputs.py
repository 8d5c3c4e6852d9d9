"""Inputs about credits."""

import strawberry

from server.api.scalars import CountryCode, Credits

KEY = (
    "1 to 64 printable ASCII characters of your choice. Repeated with the same input it gives the stored "
    "answer and moves nothing again; it is kept for 7 days."
)


@strawberry.input(description="Credits to be granted to an account.")
class GrantCreditsInput:
    """The input of grantCredits."""

    account: str = strawberry.field(description="The account's name.")
    credits: Credits = strawberry.field(description="How many, more than 0.")
    idempotency_key: str = strawberry.field(description=KEY)
    reason: str | None = strawberry.field(default=None, description="For the ledger: an order's number, say.")


@strawberry.input(description="Credits to be taken off an account again.")
class CorrectCreditsInput:
    """The input of correctCredits."""

    account: str = strawberry.field(description="The account's name.")
    credits: Credits = strawberry.field(description="How many to take, more than 0.")
    reason: str = strawberry.field(description="Why, for the ledger; at most 200 characters.")


@strawberry.input(description="Credits to be moved between two accounts of one holder.")
class TransferCreditsInput:
    """The input of transferCredits."""

    source: str = strawberry.field(description="The name of the account that gives.")
    target: str = strawberry.field(description="The name of the account that takes.")
    credits: Credits = strawberry.field(description="How many, more than 0.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.input(description="A rate, as it is to be from now on.")
class SetRateInput:
    """The input of setRate."""

    country: CountryCode = strawberry.field(description="The receivers' country.")
    credits: Credits = strawberry.field(description="The price of one part, more than 0.")
