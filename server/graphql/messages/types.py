"""Messages, as the schema shows them."""

import strawberry

from server.errors import ErrorCode
from server.graphql.callbacks.loaders import callbacks_of
from server.graphql.callbacks.types import CallbackDelivery
from server.graphql.delivery.types import DeliveryEvent, PttCode
from server.graphql.schema import loaders
from server.graphql.schema.access import Access, field, object_type, resolved
from server.graphql.schema.context import Info
from server.graphql.schema.enums import MessageClass
from server.graphql.schema.ids import Node, node_id
from server.graphql.schema.paging import Connection, Order
from server.graphql.schema.scalars import CountryCode, Credits, DateTime, PhoneNumber
from server.operations.messages.screening import Screening, Verdict
from server.rules.messages.deferral import WaitReason
from server.rules.messages.ptt import DeliveryStatus
from server.rules.messages.segments import Coding
from server.rules.notifications.contacts import hide_code
from server.store.models import Message as MessageRow

MESSAGE_ORDER = Order("messages", ("created_at_us", "id"), (int, int), descending=True)


@object_type(
    access=Access.SIGNED_IN,
    description="One SMS to one receiver. An API user sees only those that it sent.",
)
class Message(Node):
    row: strawberry.Private[MessageRow]
    number: str = field(description="The message's id in http2sms and in callbacks.")
    user_login: str | None = field(
        description=(
            "The login of the user who sent it, kept after the user's deletion; null if the holder sent it."
        )
    )
    sender: str = field(description="The sender name that the receiver sees.")
    receiver: PhoneNumber = field(description="The number that it goes to.")
    body: str = field(
        description=(
            "The text as sent, with the STOP clause if one was appended. A confirmation code in it is "
            "replaced by asterisks, because only the receiver may know it."
        )
    )
    coding: Coding = field(description="The coding of its characters.")
    message_class: MessageClass | None = field(
        description="Where the phone stores it; null leaves it to the phone."
    )
    parts: int = field(description="How many parts it has.")
    credits: Credits = field(
        description="The credits debited for it. With the status NOT_BILLED they were refunded."
    )
    tag: str | None = field(description="The sender's own tag, at most 20 characters; null if there is none.")
    created_at: DateTime = field(description="When it was accepted and debited.")
    deferred_until: DateTime | None = field(
        description="The time that it was deferred to; null if it was not deferred."
    )
    held_until: DateTime | None = field(
        description="Until when it was held for advertising hours; null if it was not held."
    )
    link: str | None = field(
        access=Access.HOLDER,
        description=(
            "The name of the operator link that took it; null if none has yet. For the account's holder and "
            "operators."
        ),
    )
    sent_at: DateTime | None = field(description="When the operator accepted it; null if it has not yet.")
    status: DeliveryStatus = field(description="Its delivery status.")
    ptt: PttCode | None = field(description="The reason for the status; null if none was given.")
    status_changed_at: DateTime = field(description="When the status last changed.")

    @resolved(
        description=(
            "Why it is waiting for a link, or why it was not handed over at once; null if neither applies."
        )
    )
    async def wait_reason(self, info: Info) -> WaitReason | None:
        missing = await loaders.waits_for_link(info, self.row)
        return WaitReason.NO_LINK if missing else _wait_reason(self.row)

    @resolved(description="Its acceptance and all changes of its status, oldest first.")
    async def events(self, info: Info) -> list[DeliveryEvent]:
        return [DeliveryEvent.of(row) for row in await loaders.events_of(info, self.row.id)]

    @resolved(
        description="The callbacks about it, one for each change that is reported to a URL, oldest first."
    )
    async def callback_deliveries(self, info: Info) -> list[CallbackDelivery]:
        return [CallbackDelivery.of(row) for row in await callbacks_of(info, self.row.id)]

    @classmethod
    def of(cls, row: MessageRow) -> "Message":
        return cls(
            row=row,
            id=node_id("Message", row.id),
            number=str(row.id),
            user_login=row.user_login,
            sender=row.sender,
            receiver=PhoneNumber(row.receiver),
            body=hide_code(row.body) if row.confidential else row.body,
            coding=row.coding,
            message_class=None if row.message_class is None else MessageClass(str(row.message_class)),
            parts=row.parts,
            credits=Credits(row.credits),
            tag=row.tag,
            created_at=DateTime(row.created_at_us),
            deferred_until=None if row.deferred_until_us is None else DateTime(row.deferred_until_us),
            held_until=None if row.held_until_us is None else DateTime(row.held_until_us),
            link=row.gateway,
            sent_at=None if row.sent_at_us is None else DateTime(row.sent_at_us),
            status=DeliveryStatus(row.status),
            ptt=PttCode.maybe(row.ptt),
            status_changed_at=DateTime(row.status_changed_at_us),
        )


def _wait_reason(row: MessageRow) -> WaitReason | None:
    if row.held_until_us is not None:
        return WaitReason.ADVERTISING_HOURS
    deferred = row.deferred_until_us is not None and row.deferred_until_us > row.created_at_us
    return WaitReason.DEFERRED if deferred else None


@object_type(access=Access.SIGNED_IN, description="A page of messages, newest first.")
class MessageConnection(Connection[Message]):
    pass


@object_type(
    access=Access.SIGNED_IN_ANY_SCOPE,
    description="The result for one receiver of a message, sent or estimated.",
)
class ReceiverVerdict:
    row: strawberry.Private[MessageRow | None]
    verdict: strawberry.Private[Verdict]
    sender: strawberry.Private[str]
    receiver: str = field(description="The receiver as given in the input.")
    number: PhoneNumber | None = field(
        description="The receiver's number; null if the input is not a number."
    )
    country: CountryCode | None = field(description="The number's country; null if it has none.")
    accepted: bool = field(description="Whether it is accepted.")
    credits: Credits = field(description="The price of the message to it; 0 if it is refused.")
    code: ErrorCode | None = field(description="Why it is refused, for programs; null if it is accepted.")
    reason: str | None = field(description="Why it is refused, for people; null if it is accepted.")
    waits_until: DateTime | None = field(
        description="Until when the message to it waits; null if it is handed over at once, or refused."
    )

    @resolved(
        description="Why the message waits, or would wait now; null if it is handed over at once, or refused."
    )
    async def wait_reason(self, info: Info) -> WaitReason | None:
        verdict, missing = self.verdict, False
        if self.row is not None:
            missing = await loaders.waits_for_link(info, self.row)
        elif verdict.number is not None and verdict.accepted and verdict.wait_reason is None:
            missing = await loaders.wants_link(
                info, sender=self.sender, receiver=verdict.number, country=verdict.country or ""
            )
        return WaitReason.NO_LINK if missing else verdict.wait_reason

    @resolved(
        access=Access.SIGNED_IN,
        description="The message to it; null if it is refused, and in an estimate.",
    )
    def message(self) -> Message | None:
        """Return the message without asking the database: once it was accepted, this can't fail."""
        return None if self.row is None else Message.of(self.row)

    @classmethod
    def of(cls, verdict: Verdict, sender: str, row: MessageRow | None = None) -> "ReceiverVerdict":
        """Return a verdict as the schema shows it, with its message if there is one."""
        return cls(
            row=row,
            verdict=verdict,
            sender=sender,
            receiver=verdict.receiver,
            number=None if verdict.number is None else PhoneNumber(verdict.number),
            country=None if verdict.country is None else CountryCode(verdict.country),
            accepted=verdict.accepted,
            credits=Credits(verdict.credits),
            code=verdict.code,
            reason=verdict.reason,
            waits_until=None if verdict.waits_until_us is None else DateTime(verdict.waits_until_us),
        )


@object_type(
    access=Access.SIGNED_IN, description="What sending a message would cost, computed by the code that sends."
)
class MessageEstimate:
    body: str = field(description="The text that would be sent, with the STOP clause if one is appended.")
    coding: Coding = field(description="The coding that it would have.")
    length: int = field(description="Its length in that coding: septets, or UTF-16 code units.")
    parts: int = field(description="How many parts it would have.")
    forced_unicode: list[str] = field(
        description="The distinct characters outside GSM 03.38, which require Unicode."
    )
    credits: Credits = field(description="The price for all accepted receivers together.")
    receivers: list[ReceiverVerdict] = field(description="The result for each receiver, in the given order.")

    @classmethod
    def of(cls, screened: Screening) -> "MessageEstimate":
        return cls(
            body=screened.body,
            coding=screened.segments.coding,
            length=screened.segments.length,
            parts=screened.segments.parts,
            forced_unicode=list(screened.segments.forced_unicode),
            credits=Credits(sum(verdict.credits for verdict in screened.verdicts)),
            receivers=[ReceiverVerdict.of(verdict, screened.sender) for verdict in screened.verdicts],
        )
