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
SENDER_NOW = "The sender as it is now; null if refused."
ACCOUNT_NOW = "The account as it is now; null if refused."


@object_type(access=ANSWERED, description="The result of createSender.")
class CreateSenderPayload(Payload):
    sender: Sender | None = field(default=None, description=SENDER_NOW)


@object_type(access=ANSWERED, description="The result of setSenderStatus.")
class SetSenderStatusPayload(Payload):
    sender: Sender | None = field(default=None, description=SENDER_NOW)


@object_type(access=ANSWERED, description="The result of deleteSender.")
class DeleteSenderPayload(Payload):
    account: Account | None = field(default=None, description=ACCOUNT_NOW)
    deleted_sender_id: strawberry.ID | None = field(
        default=None, description="The id of the deleted sender; null if refused."
    )


@object_type(access=ANSWERED, description="The result of addToBlacklist.")
class AddToBlacklistPayload(Payload):
    entry: BlacklistEntry | None = field(
        default=None, description="The entry on the blacklist; null if refused."
    )


@object_type(access=ANSWERED, description="The result of removeFromBlacklist.")
class RemoveFromBlacklistPayload(Payload):
    account: Account | None = field(default=None, description=ACCOUNT_NOW)
    deleted_entry_id: strawberry.ID | None = field(
        default=None, description="The id of the deleted entry; null if refused."
    )


@object_type(access=ANSWERED, description="Mutations of sender names and the blacklist.")
class SenderMutations:
    @mutation(
        access=Access.MANAGER,
        payload=CreateSenderPayload,
        description="Declare a sender on an account. It can be used after an operator has approved it.",
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
        description="Approve, refuse or disable a sender. For operators only.",
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
        description="Remove a sender from an account. Messages sent with it keep its name.",
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
        description="Block a number from now on, as if its owner had asked to stop.",
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
        description="Unblock a number.",
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
