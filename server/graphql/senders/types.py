"""Sender names, the blacklist and incoming messages, as the schema shows them."""

import strawberry

from server.graphql.schema.access import Access, field, object_type
from server.graphql.schema.ids import Node, node_id
from server.graphql.schema.paging import Connection, Order
from server.graphql.schema.scalars import DateTime, PhoneNumber, phone_number
from server.rules.messages.stop_words import USUAL_WORDS, StopLanguage
from server.rules.senders.senders import SenderKind, SenderStatus
from server.store.models import BlacklistEntry as BlacklistRow
from server.store.models import IncomingMessage as IncomingRow
from server.store.models import Sender as SenderRow
from server.store.models import UnclaimedMessage as UnclaimedRow

SENDER_ORDER = Order("senders", ("name_key", "id"), (str, int))
BLACKLIST_ORDER = Order("blacklist", ("number",), (str,))
UNCLAIMED_ORDER = Order("unclaimed messages", ("at_us", "id"), (int, int), descending=True)
INCOMING_ORDER = Order("incoming messages", ("sequence",), (int,), descending=True, mark="at_us")


@object_type(
    access=Access.SIGNED_IN,
    description="A sender name declared on an account. An API user sees its account's, to choose from.",
)
class Sender(Node):
    row: strawberry.Private[SenderRow]
    name: str = field(description="What receivers see; unique in its account without regard to case.")
    kind: SenderKind = field(description="What it is made of.")
    status: SenderStatus = field(description="Whether messages may bear it.")
    comment: str | None = field(description="What its declarer said of it; null for nothing.")
    created_at: DateTime = field(description="When it was declared.")
    status_changed_at: DateTime = field(description="When its status last changed.")

    @classmethod
    def of(cls, row: SenderRow) -> "Sender":
        return cls(
            row=row,
            id=node_id("Sender", row.id),
            name=row.name,
            kind=row.kind,
            status=row.status,
            comment=row.comment,
            created_at=DateTime(row.created_at_us),
            status_changed_at=DateTime(row.status_changed_at_us),
        )


@object_type(access=Access.SIGNED_IN, description="A page of senders, by name.")
class SenderConnection(Connection[Sender]):
    pass


@object_type(access=Access.ANYONE, description="What usually asks to stop in a language.")
class StopLanguageDetails:
    language: StopLanguage = field(description="Its name in this schema.")
    description: str = field(description="Which language it is, in English.")
    words: list[str] = field(description="Its usual words to stop with, beside STOP.")

    @classmethod
    def of(cls, language: StopLanguage) -> "StopLanguageDetails":
        return cls(language=language, description=language.description, words=[*USUAL_WORDS[language]])


@object_type(
    access=Access.HOLDER,
    description="A number that an account no longer sends to. For the account's holder and operators.",
)
class BlacklistEntry(Node):
    number: PhoneNumber | None = field(
        description="The number that is not sent to; null where `address` is no number in E.164."
    )
    address: str = field(
        description=(
            "What is on the blacklist, as `removeFromBlacklist` takes it: the number, or what an operator named a "
            "phone by when earlier versions put it there."
        )
    )
    since: DateTime = field(description="When it was put on the blacklist.")

    @classmethod
    def of(cls, row: BlacklistRow) -> "BlacklistEntry":
        return cls(
            id=node_id("BlacklistEntry", row.id),
            number=phone_number(row.number),
            address=row.number,
            since=DateTime(row.at_us),
        )


@object_type(access=Access.HOLDER, description="A page of the blacklist, by number.")
class BlacklistConnection(Connection[BlacklistEntry]):
    pass


@object_type(
    access=Access.HOLDER,
    description="A message that came in from a phone (MO). For the account's holder and operators.",
)
class IncomingMessage(Node):
    cursor: str = field(
        description=(
            "Opaque. As `after` of `incomingMessage` it goes on from here; as `before` of `incomingMessages` "
            "it gives what is newer."
        )
    )
    sender: PhoneNumber | None = field(
        description=(
            "The number that it came from, as messages are sent to it; null where that can't be told: see "
            "`senderAddress`."
        )
    )
    sender_address: str = field(
        description=(
            "The number that it came from, or what the operator named its sender by: a number as its country "
            "writes it, a short code, a name."
        )
    )
    receiver: str = field(description="The sender name that it answers.")
    body: str = field(description="Its text.")
    asks_to_stop: bool = field(description="Whether it says a word to stop with, and nothing else.")
    is_stop: bool = field(
        description=(
            "Whether it asked to stop, and so put its number on the blacklist. False for one that `asksToStop` if "
            "its account never wrote to that phone over the link that it came by, or the phone can't be told."
        )
    )
    received_at: DateTime = field(description="When it arrived.")

    @classmethod
    def of(cls, row: IncomingRow) -> "IncomingMessage":
        return cls(
            id=node_id("IncomingMessage", row.id),
            cursor=INCOMING_ORDER.cursor(row),
            sender=phone_number(row.sender),
            sender_address=row.sender,
            receiver=row.receiver,
            body=row.body,
            asks_to_stop=row.asks_to_stop,
            is_stop=row.is_stop,
            received_at=DateTime(row.at_us),
        )


@object_type(access=Access.HOLDER, description="A page of incoming messages, newest first.")
class IncomingMessageConnection(Connection[IncomingMessage]):
    pass


@object_type(
    access=Access.OPERATOR,
    description=(
        "A message that came in from a phone and belongs to no account: nobody wrote to that phone under that "
        "name, and the name is not that of one account alone. The newest 10,000 are kept, for as long as "
        "CHAPPE_EVENT_RETENTION_DAYS. An operator's."
    ),
)
class UnclaimedMessage(Node):
    link: str = field(description="The link that it came by.")
    sender: PhoneNumber | None = field(
        description="The number that it came from; null where that can't be told: see `senderAddress`."
    )
    sender_address: str = field(
        description="The number that it came from, or what the operator named its sender by."
    )
    receiver: str = field(description="What it was sent to, as the operator named it.")
    body: str = field(description="Its text, up to 2,000 characters.")
    asks_to_stop: bool = field(
        description=(
            "Whether it says a usual word to stop with, and nothing else. It stopped nothing: `addToBlacklist` can, "
            "on the account that it is meant for."
        )
    )
    received_at: DateTime = field(description="When it arrived.")

    @classmethod
    def of(cls, row: UnclaimedRow) -> "UnclaimedMessage":
        return cls(
            id=node_id("UnclaimedMessage", row.id),
            link=row.gateway,
            sender=phone_number(row.sender),
            sender_address=row.sender,
            receiver=row.receiver,
            body=row.body,
            asks_to_stop=row.asks_to_stop,
            received_at=DateTime(row.at_us),
        )


@object_type(access=Access.OPERATOR, description="A page of unclaimed messages, newest first.")
class UnclaimedMessageConnection(Connection[UnclaimedMessage]):
    pass
