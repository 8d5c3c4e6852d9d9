"""Mutations of callbacks."""

from server.errors import about
from server.graphql.callbacks.inputs import (
    ReplayCallbacksInput,
    RotateCallbackKeyInput,
    SendTestCallbackInput,
)
from server.graphql.callbacks.types import Callback, CallbackDelivery
from server.graphql.delivery.types import EVENT_ORDER
from server.graphql.schema.access import Access, field, object_type
from server.graphql.schema.context import Info
from server.graphql.schema.errors import Input, Payload, mutation
from server.graphql.schema.ids import key_of
from server.graphql.senders.types import INCOMING_ORDER
from server.operations.callbacks.management import rotate_callback_key, send_test_callback
from server.operations.callbacks.replays import replay_message, replay_span

ANSWERED = Access.SIGNED_IN_ANY_SCOPE


@object_type(access=ANSWERED, description="What rotateCallbackKey answers.")
class RotateCallbackKeyPayload(Payload):
    callback: Callback | None = field(
        default=None, description="The callback as it is now; null where it was refused."
    )
    signing_secret: str | None = field(
        default=None,
        description="The new key, as libraries for Standard Webhooks take it, shown this once; null where refused.",
    )


@object_type(access=ANSWERED, description="What sendTestCallback answers.")
class SendTestCallbackPayload(Payload):
    delivery: CallbackDelivery | None = field(
        default=None, description="The callback, which is on its way; null where it was refused."
    )


@object_type(access=ANSWERED, description="What replayCallbacks answers.")
class ReplayCallbacksPayload(Payload):
    replayed: int | None = field(
        default=None, description="How many callbacks are on their way once more; null where it was refused."
    )
    next_after: str | None = field(
        default=None,
        description="As `after`, where the next call goes on; null once there is nothing left to look at.",
    )


@object_type(access=ANSWERED, description="Mutations of callbacks.")
class CallbackMutations:
    @mutation(
        access=Access.MANAGING_READER,
        payload=RotateCallbackKeyPayload,
        description=(
            "Give a user, or the account itself, a new key that signs its callbacks. The old one signs beside it "
            "for a day (a setting), so that endpoints can change over. Also the way to come by a first key."
        ),
    )
    async def rotate_callback_key(
        self, info: Info, input: Input[RotateCallbackKeyInput]
    ) -> RotateCallbackKeyPayload:
        context = info.context
        rotated = await rotate_callback_key(
            context.services, context.principal, account=input.account, login=input.login
        )
        return RotateCallbackKeyPayload(callback=Callback.of(rotated.owner), signing_secret=rotated.secret)

    @mutation(
        access=Access.MANAGER,
        payload=SendTestCallbackPayload,
        description=(
            "Have a URL called as for a delivered message number 0, or for a STOP, by the way that all callbacks go."
        ),
    )
    async def send_test_callback(
        self, info: Info, input: Input[SendTestCallbackInput]
    ) -> SendTestCallbackPayload:
        context = info.context
        row = await send_test_callback(
            context.services,
            context.principal,
            account=input.account,
            login=input.login,
            stop=input.stop,
        )
        return SendTestCallbackPayload(delivery=CallbackDelivery.of(row))

    @mutation(
        access=Access.MANAGING_READER,
        payload=ReplayCallbacksPayload,
        description=(
            "Call back once more what was missed, or all of it, to the URLs as they are set now and under the same "
            "`webhook-id`: of one message, or of a time, at most 1,000 at once. What has no URL, or a disabled one, stays as it is."
        ),
    )
    async def replay_callbacks(
        self, info: Info, input: Input[ReplayCallbacksInput]
    ) -> ReplayCallbacksPayload:
        context = info.context
        if input.message_id is not None:
            input.check_message_alone()
            with about("messageId"):
                message_id = key_of(input.message_id, "Message")
            replayed = await replay_message(
                context.services, context.principal, message_id=message_id, delivered_too=input.delivered_too
            )
        else:
            replayed = await replay_span(
                context.services, context.principal, input.span(), delivered_too=input.delivered_too
            )
        order = INCOMING_ORDER if input.stops else EVENT_ORDER
        return ReplayCallbacksPayload(
            replayed=replayed.count,
            next_after=None if replayed.next_after is None else order.cursor_at(*replayed.next_after),
        )
