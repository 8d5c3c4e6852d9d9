"""Mutations of credits and rates."""

from server.graphql.accounts.types import Account
from server.graphql.credits.inputs import (
    CorrectCreditsInput,
    GrantCreditsInput,
    SetRateInput,
    TransferCreditsInput,
)
from server.graphql.credits.types import CreditEntry, Rate
from server.graphql.schema.access import Access, field, object_type
from server.graphql.schema.context import Info
from server.graphql.schema.errors import Input, Payload, mutation
from server.operations.credits.credits import correct_credits, grant_credits, set_rate, transfer_credits

ANSWERED = Access.SIGNED_IN_ANY_SCOPE
NOW = "The account as it is now; null if refused."
ENTRY = "The ledger entry that was made now, or earlier with the same key; null if refused."


@object_type(access=ANSWERED, description="The result of grantCredits.")
class GrantCreditsPayload(Payload):
    account: Account | None = field(default=None, description=NOW)
    entry: CreditEntry | None = field(default=None, description=ENTRY)


@object_type(access=ANSWERED, description="The result of correctCredits.")
class CorrectCreditsPayload(Payload):
    account: Account | None = field(default=None, description=NOW)
    entry: CreditEntry | None = field(
        default=None, description="The ledger entry that was made; null if refused."
    )


@object_type(access=ANSWERED, description="The result of transferCredits.")
class TransferCreditsPayload(Payload):
    source: Account | None = field(
        default=None, description="The account that gave, as it is now; null if refused."
    )
    target: Account | None = field(
        default=None, description="The account that took, as it is now; null if refused."
    )
    source_entry: CreditEntry | None = field(default=None, description=ENTRY)
    target_entry: CreditEntry | None = field(default=None, description=ENTRY)


@object_type(access=ANSWERED, description="The result of setRate.")
class SetRatePayload(Payload):
    rate: Rate | None = field(default=None, description="The rate as it is now; null if refused.")


@object_type(access=ANSWERED, description="Mutations of credits and rates.")
class CreditMutations:
    @mutation(
        access=Access.OPERATOR,
        payload=GrantCreditsPayload,
        description="Add credits that a holder bought to an account. For operators only.",
    )
    async def grant_credits(self, info: Info, input: Input[GrantCreditsInput]) -> GrantCreditsPayload:
        context = info.context
        granted = await grant_credits(
            context.services,
            context.principal,
            account=input.account,
            credits=input.credits,
            key=input.idempotency_key,
            reason=input.reason,
        )
        return GrantCreditsPayload(account=Account.of(granted.account), entry=CreditEntry.of(granted.entry))

    @mutation(
        access=Access.OPERATOR,
        payload=CorrectCreditsPayload,
        description="Take back credits that were granted by mistake, with a reason. For operators only.",
    )
    async def correct_credits(self, info: Info, input: Input[CorrectCreditsInput]) -> CorrectCreditsPayload:
        context = info.context
        corrected = await correct_credits(
            context.services,
            context.principal,
            account=input.account,
            credits=input.credits,
            reason=input.reason,
        )
        return CorrectCreditsPayload(
            account=Account.of(corrected.account), entry=CreditEntry.of(corrected.entry)
        )

    @mutation(
        access=Access.TREASURER,
        payload=TransferCreditsPayload,
        description="Move credits between two accounts of one holder, all or nothing.",
    )
    async def transfer_credits(
        self, info: Info, input: Input[TransferCreditsInput]
    ) -> TransferCreditsPayload:
        context = info.context
        moved = await transfer_credits(
            context.services,
            context.principal,
            source=input.source,
            target=input.target,
            credits=input.credits,
            key=input.idempotency_key,
        )
        return TransferCreditsPayload(
            source=Account.of(moved.source.account),
            target=Account.of(moved.target.account),
            source_entry=CreditEntry.of(moved.source.entry),
            target_entry=CreditEntry.of(moved.target.entry),
        )

    @mutation(
        access=Access.OPERATOR,
        payload=SetRatePayload,
        description="Set the price of one message part to a country from now on. For operators only.",
    )
    async def set_rate(self, info: Info, input: Input[SetRateInput]) -> SetRatePayload:
        context = info.context
        row = await set_rate(
            context.services, context.principal, country=input.country, credits=input.credits
        )
        return SetRatePayload(rate=Rate.of(row))
