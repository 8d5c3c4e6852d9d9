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


@object_type(access=ANSWERED, description="The result of rotateCallbackKey.")
class RotateCallbackKeyPayload(Payload):
    callback: Callback | None = field(default=None, description="The callback as it is now; null if refused.")
    signing_secret: str | None = field(
        default=None,
        description=(
            "The new key in the form that Standard Webhooks libraries take, shown only once; null if refused."
        ),
    )


@object_type(access=ANSWERED, description="The result of sendTestCallback.")
class SendTestCallbackPayload(Payload):
    delivery: CallbackDelivery | None = field(
        default=None, description="The callback, which will be delivered soon; null if refused."
    )


@object_type(access=ANSWERED, description="The result of replayCallbacks.")
class ReplayCallbacksPayload(Payload):
    replayed: int | None = field(
        default=None, description="How many callbacks are sent again; null if refused."
    )
    next_after: str | None = field(
        default=None,
        description="Pass this as `after` in the next call to continue; null if nothing is left.",
    )


@object_type(access=ANSWERED, description="Mutations of callbacks.")
class CallbackMutations:
    @mutation(
        access=Access.MANAGING_READER,
        payload=RotateCallbackKeyPayload,
        description=(
            "Give a user, or the account itself, a new key to sign its callbacks. For a day (a setting) "
            "both keys sign, so that endpoints can switch over. Use this to get the first key, too."
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
            "Call a URL as if message number 0 were delivered, or as if a STOP came in. The call goes the "
            "way of all callbacks."
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
            "Send failed callbacks again, or all of them: for one message, or for a span of time, at most "
            "1,000 per call. They go to the URLs as set now, with the same `webhook-id`. Those without a "
            "URL, or with a disabled one, are skipped."
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
