"""Inputs about messages."""

import strawberry
from tortoise.queryset import QuerySet

from server.graphql.schema.enums import MessageClass
from server.graphql.schema.scalars import DateTime, PhoneNumber
from server.kit.phone_number import parse_phone_number
from server.operations.messages.screening import Draft
from server.rules.accounts.logins import check_login, login_key
from server.rules.messages.ptt import DeliveryStatus, check_ptt_code
from server.rules.messages.segments import Coding
from server.rules.messages.tags import check_tag
from server.store.models import Message
from server.store.queries.messages import with_ptt


@strawberry.input(description="Filters messages. A field that is left out or null does not filter.")
class MessageFilter:
    login: str | None = strawberry.field(default=None, description="Only those of the user with this login.")
    receiver: PhoneNumber | None = strawberry.field(default=None, description="Only those to this number.")
    status: list[DeliveryStatus] | None = strawberry.field(
        default=None, description="Only those with one of these statuses."
    )
    ptt: list[int] | None = strawberry.field(
        default=None, description="Only those with one of these ptt codes."
    )
    tag: str | None = strawberry.field(default=None, description="Only those with exactly this tag.")
    created_after: DateTime | None = strawberry.field(
        default=None, description="Only those accepted at or after this time."
    )
    created_before: DateTime | None = strawberry.field(
        default=None, description="Only those accepted before this time."
    )

    def apply(self, rows: QuerySet[Message]) -> QuerySet[Message]:
        conditions: dict[str, object] = {}
        if self.login is not None:
            conditions |= {"user__login_key": login_key(check_login(self.login)), "user__deleted_at_us": None}
        if self.receiver is not None:
            conditions["receiver"] = parse_phone_number(self.receiver).e164
        if self.status is not None:
            conditions["status__in"] = {int(status) for status in self.status}
        if self.ptt is not None:
            rows = with_ptt(rows, {check_ptt_code(code) for code in self.ptt})
        if self.tag is not None:
            conditions["tag"] = check_tag(self.tag)
        if self.created_after is not None:
            conditions["created_at_us__gte"] = self.created_after
        if self.created_before is not None:
            conditions["created_at_us__lt"] = self.created_before
        return rows.filter(**conditions)


@strawberry.input(description="The message to estimate.")
class EstimateMessageInput:
    account: str = strawberry.field(description="The name of the account that would pay.")
    sender: str = strawberry.field(description="A sender declared and enabled on the account.")
    receivers: list[str] = strawberry.field(
        description="Up to 1,000 numbers in international format: +33612345678 or 0033612345678."
    )
    text: str = strawberry.field(description="The text of the message.")
    coding: Coding | None = strawberry.field(
        default=None, description="The coding; null picks the cheapest that can encode the text."
    )
    message_class: MessageClass | None = strawberry.field(
        default=None, description="Where the phone stores it; null leaves it to the phone."
    )
    no_stop: bool = strawberry.field(
        default=False, description="True if it is not advertising: then the STOP clause is not appended."
    )
    tag: str | None = strawberry.field(default=None, description="A tag of your own, at most 20 characters.")
    deferred_until: DateTime | None = strawberry.field(
        default=None, description="When to send it, up to a year ahead; null to send it now."
    )

    def draft(self) -> Draft:
        """Return the message as operations know it."""
        return Draft(
            account=self.account,
            sender=self.sender,
            receivers=tuple(self.receivers),
            text=self.text,
            coding=self.coding,
            message_class=None if self.message_class is None else int(self.message_class.value),
            no_stop=self.no_stop,
            tag=self.tag,
            deferred_until_us=self.deferred_until,
        )


@strawberry.input(description="The message to send: one text to up to 1,000 receivers.")
class SendMessageInput(EstimateMessageInput):
    idempotency_key: str = strawberry.field(
        description=(
            "A key of your choice, 1 to 64 printable ASCII characters. The same key with the same input "
            "gives the stored answer and sends nothing again. It is kept for 7 days."
        )
    )


@strawberry.input(description="The message to cancel.")
class CancelMessageInput:
    id: strawberry.ID = strawberry.field(description="The message's id.")


@strawberry.input(description="Which messages to cancel.")
class CancelPendingMessagesInput:
    account: str = strawberry.field(description="The account's name.")
    login: str | None = strawberry.field(
        default=None,
        description="Only those of this user; null for all of the account, or for an API user's own.",
    )
