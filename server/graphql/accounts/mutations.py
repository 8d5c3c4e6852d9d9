"""Mutations of accounts."""

from server.graphql.accounts.inputs import CreateAccountInput, UpdateAccountInput
from server.graphql.accounts.types import Account
from server.graphql.schema.access import Access, field, object_type
from server.graphql.schema.context import Info
from server.graphql.schema.errors import Input, Payload, mutation
from server.operations.accounts.accounts import create_account, update_account

ANSWERED = Access.SIGNED_IN_ANY_SCOPE
NOW = "The account as it is now; null if refused."


@object_type(access=ANSWERED, description="The result of createAccount.")
class CreateAccountPayload(Payload):
    account: Account | None = field(default=None, description=NOW)


@object_type(access=ANSWERED, description="The result of updateAccount.")
class UpdateAccountPayload(Payload):
    account: Account | None = field(default=None, description=NOW)


@object_type(access=ANSWERED, description="Mutations of accounts.")
class AccountMutations:
    @mutation(
        access=Access.OPERATOR,
        payload=CreateAccountPayload,
        description="Create an account for a holder, with no credits. For operators only.",
    )
    async def create_account(self, info: Info, input: Input[CreateAccountInput]) -> CreateAccountPayload:
        context = info.context
        row = await create_account(
            context.services,
            context.principal,
            name=input.name,
            holder_email=input.holder_email,
            changes=input.changes(),
        )
        return CreateAccountPayload(account=Account.of(row))

    @mutation(
        access=Access.MANAGER,
        payload=UpdateAccountPayload,
        description=(
            "Change the settings of an account. Only operators can change its status: disabling it cancels "
            "and refunds all messages that no worker has claimed yet."
        ),
    )
    async def update_account(self, info: Info, input: Input[UpdateAccountInput]) -> UpdateAccountPayload:
        context = info.context
        row = await update_account(
            context.services, context.principal, account=input.account, changes=input.changes()
        )
        return UpdateAccountPayload(account=Account.of(row))
