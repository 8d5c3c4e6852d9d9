"""Mutations of sender names and the blacklist."""

import strawberry

from server.graphql.accounts.types import Account
from server.graphql.schema.access import Access, field, object_type
from server.graphql.schema.context import Info
from server.graphql.schema.errors import Input, Payload, mutation
from server.graphql.schema.ids import node_id
from server.graphql.senders.inputs import (
    AddToBlacklistInput,
    CreateSenderInput,
    DeleteSenderInput,
    RemoveFromBlacklistInput,
    SetSenderStatusInput,
)
from server.graphql.senders.types import BlacklistEntry, Sender
from server.operations.dispatch.inbound import add_to_blacklist, remove_from_blacklist
from server.operations.senders.senders import create_sender, delete_sender, set_sender_status

ANSWERED = Access.SIGNED_IN_ANY_SCOPE
SENDER_NOW = "The sender as it is now; null where it was refused."
ACCOUNT_NOW = "The account as it is now; null where it was refused."


@object_type(access=ANSWERED, description="What createSender answers.")
class CreateSenderPayload(Payload):
    sender: Sender | None = field(default=None, description=SENDER_NOW)


@object_type(access=ANSWERED, description="What setSenderStatus answers.")
class SetSenderStatusPayload(Payload):
    sender: Sender | None = field(default=None, description=SENDER_NOW)


@object_type(access=ANSWERED, description="What deleteSender answers.")
class DeleteSenderPayload(Payload):
    account: Account | None = field(default=None, description=ACCOUNT_NOW)
    deleted_sender_id: strawberry.ID | None = field(
        default=None, description="The id that the sender had; null where it was refused."
    )


@object_type(access=ANSWERED, description="What addToBlacklist answers.")
class AddToBlacklistPayload(Payload):
    entry: BlacklistEntry | None = field(
        default=None, description="The number on the blacklist; null where it was refused."
    )


@object_type(access=ANSWERED, description="What removeFromBlacklist answers.")
class RemoveFromBlacklistPayload(Payload):
    account: Account | None = field(default=None, description=ACCOUNT_NOW)
    deleted_entry_id: strawberry.ID | None = field(
        default=None, description="The id that the blacklist's entry had; null where it was refused."
    )


@object_type(access=ANSWERED, description="Mutations of sender names and the blacklist.")
class SenderMutations:
    @mutation(
        access=Access.MANAGER,
        payload=CreateSenderPayload,
        description="Declare a sender on an account; it can be used once an operator has approved it.",
    )
    async def create_sender(self, info: Info, input: Input[CreateSenderInput]) -> CreateSenderPayload:
        context = info.context
        row = await create_sender(
            context.services,
            context.principal,
            account=input.account,
            name=input.name,
            kind=input.kind,
            comment=input.comment,
        )
        return CreateSenderPayload(sender=Sender.of(row))

    @mutation(
        access=Access.OPERATOR,
        payload=SetSenderStatusPayload,
        description="Approve, refuse or disable a sender. An operator's right.",
    )
    async def set_sender_status(
        self, info: Info, input: Input[SetSenderStatusInput]
    ) -> SetSenderStatusPayload:
        context = info.context
        row = await set_sender_status(
            context.services,
            context.principal,
            account=input.account,
            name=input.name,
            status=input.status,
        )
        return SetSenderStatusPayload(sender=Sender.of(row))

    @mutation(
        access=Access.MANAGER,
        payload=DeleteSenderPayload,
        description="Take a sender off an account; messages sent with it keep its name.",
    )
    async def delete_sender(self, info: Info, input: Input[DeleteSenderInput]) -> DeleteSenderPayload:
        context = info.context
        row, deleted = await delete_sender(
            context.services, context.principal, account=input.account, name=input.name
        )
        return DeleteSenderPayload(account=Account.of(row), deleted_sender_id=node_id("Sender", deleted))

    @mutation(
        access=Access.MANAGER,
        payload=AddToBlacklistPayload,
        description="Refuse sending to a number from now on, as if its owner had asked for it.",
    )
    async def add_to_blacklist(self, info: Info, input: Input[AddToBlacklistInput]) -> AddToBlacklistPayload:
        context = info.context
        row = await add_to_blacklist(
            context.services, context.principal, account=input.account, number=input.number
        )
        return AddToBlacklistPayload(entry=BlacklistEntry.of(row))

    @mutation(
        access=Access.MANAGER,
        payload=RemoveFromBlacklistPayload,
        description="Allow sending to a number again.",
    )
    async def remove_from_blacklist(
        self, info: Info, input: Input[RemoveFromBlacklistInput]
    ) -> RemoveFromBlacklistPayload:
        context = info.context
        row, deleted = await remove_from_blacklist(
            context.services, context.principal, account=input.account, number=input.number
        )
        return RemoveFromBlacklistPayload(
            account=Account.of(row), deleted_entry_id=node_id("BlacklistEntry", deleted)
        )
