"""Mutations of messages."""

from server.graphql.messages.inputs import CancelMessageInput, CancelPendingMessagesInput, SendMessageInput
from server.graphql.messages.types import Message, ReceiverVerdict
from server.graphql.schema.access import Access, field, object_type
from server.graphql.schema.context import Info
from server.graphql.schema.errors import Input, Payload, mutation
from server.graphql.schema.ids import key_of
from server.graphql.schema.scalars import Credits
from server.operations.messages.cancellation import cancel_message, cancel_pending_messages
from server.operations.messages.sending import send_message
from server.store.queries.messages import messages_by_id

ANSWERED = Access.SIGNED_IN_ANY_SCOPE


@object_type(access=ANSWERED, description="What sendMessage answers.")
class SendMessagePayload(Payload):
    receivers: list[ReceiverVerdict] = field(
        default_factory=list,
        description="What became of each receiver, in their order; empty where the request as a whole was refused.",
    )
    credits: Credits | None = field(
        default=None, description="What was debited for all of them; null where the request was refused."
    )
    credits_left: Credits | None = field(
        default=None,
        description=(
            "What the sender has left: of its quota where that is on, else of the account; null where the "
            "request was refused, and for an API user without a quota, who does not see the account's credits."
        ),
    )


@object_type(access=ANSWERED, description="What cancelMessage answers.")
class CancelMessagePayload(Payload):
    message: Message | None = field(
        default=None, description="The message as it is now; null where it was refused."
    )


@object_type(access=ANSWERED, description="What cancelPendingMessages answers.")
class CancelPendingMessagesPayload(Payload):
    cancelled: int | None = field(
        default=None, description="How many messages were cancelled and refunded; null where it was refused."
    )


@object_type(access=ANSWERED, description="Mutations of messages.")
class MessageMutations:
    @mutation(
        access=Access.SENDER,
        payload=SendMessagePayload,
        description=(
            "Send one text to up to 1,000 receivers. The acceptable ones are sent to and the others say why "
            "not; what can't be paid for as a whole is not sent at all. Credits are debited before you hear yes."
        ),
    )
    async def send_message(self, info: Info, input: Input[SendMessageInput]) -> SendMessagePayload:
        context, draft = info.context, input.draft()
        sent = await send_message(
            context.services, context.principal, draft, idempotency_key=input.idempotency_key
        )
        # An earlier answer comes without its messages. Where they can't be read, nothing is answered: the same
        # key gets it later.
        messages = {row.id: row for row in sent.messages} or await messages_by_id(sent.message_ids)
        hidden = context.principal.is_user and not sent.from_quota
        return SendMessagePayload(
            receivers=[
                ReceiverVerdict.of(verdict, draft.sender, messages.get(verdict.message_id or 0))
                for verdict in sent.verdicts
            ],
            credits=Credits(sent.credits),
            credits_left=None if hidden else Credits(sent.credits_left),
        )

    @mutation(
        access=Access.SENDER,
        payload=CancelMessagePayload,
        description="Cancel a message that no worker has claimed yet; its credits come back.",
    )
    async def cancel_message(self, info: Info, input: Input[CancelMessageInput]) -> CancelMessagePayload:
        context = info.context
        row = await cancel_message(
            context.services, context.principal, message_id=key_of(input.id, "Message")
        )
        return CancelMessagePayload(message=Message.of(row))

    @mutation(
        access=Access.SENDER,
        payload=CancelPendingMessagesPayload,
        description=(
            "Cancel all messages of an account, or of one user, that no worker has claimed yet; their credits "
            "come back. An API user cancels its own."
        ),
    )
    async def cancel_pending_messages(
        self, info: Info, input: Input[CancelPendingMessagesInput]
    ) -> CancelPendingMessagesPayload:
        context = info.context
        cancelled = await cancel_pending_messages(
            context.services, context.principal, account=input.account, login=input.login
        )
        return CancelPendingMessagesPayload(cancelled=cancelled.count)
