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


@object_type(access=ANSWERED, description="The result of sendMessage.")
class SendMessagePayload(Payload):
    receivers: list[ReceiverVerdict] = field(
        default_factory=list,
        description=(
            "The result for each receiver, in the given order; empty if the whole request was refused."
        ),
    )
    credits: Credits | None = field(
        default=None, description="The credits debited for all of them; null if the request was refused."
    )
    credits_left: Credits | None = field(
        default=None,
        description=(
            "The credits left, in the user's quota if it is on, otherwise in the account. Null if the "
            "request was refused, and for an API user without a quota, who may not see the account's "
            "credits."
        ),
    )


@object_type(access=ANSWERED, description="The result of cancelMessage.")
class CancelMessagePayload(Payload):
    message: Message | None = field(default=None, description="The message as it is now; null if refused.")


@object_type(access=ANSWERED, description="The result of cancelPendingMessages.")
class CancelPendingMessagesPayload(Payload):
    cancelled: int | None = field(
        default=None, description="How many messages were cancelled and refunded; null if refused."
    )


@object_type(access=ANSWERED, description="Mutations of messages.")
class MessageMutations:
    @mutation(
        access=Access.SENDER,
        payload=SendMessagePayload,
        description=(
            "Send one text to up to 1,000 receivers. The text goes to the valid ones; the others say why "
            "they were refused. If the credits do not cover all valid ones, nothing is sent. Credits are "
            "debited before you get the answer."
        ),
    )
    async def send_message(self, info: Info, input: Input[SendMessageInput]) -> SendMessagePayload:
        context, draft = info.context, input.draft()
        sent = await send_message(
            context.services, context.principal, draft, idempotency_key=input.idempotency_key
        )
        # A stored answer comes without its messages. If they can't be read, this fails, and the same key gets
        # the answer later.
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
        description="Cancel a message that no worker has claimed yet. Its credits are refunded.",
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
            "Cancel all messages of an account, or of one user, that no worker has claimed yet. Their "
            "credits are refunded. An API user cancels its own."
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
