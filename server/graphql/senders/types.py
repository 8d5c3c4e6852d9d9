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
    description=(
        "A sender name declared on an account. An API user sees those of its account, to choose from."
    ),
)
class Sender(Node):
    row: strawberry.Private[SenderRow]
    name: str = field(description="The name that receivers see, unique in its account. Case does not matter.")
    kind: SenderKind = field(description="What kind of sender it is.")
    status: SenderStatus = field(description="Whether it may be used.")
    comment: str | None = field(description="The comment given when it was declared; null if there is none.")
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


@object_type(access=Access.ANYONE, description="The usual stop words of a language.")
class StopLanguageDetails:
    language: StopLanguage = field(description="Its name in this schema.")
    description: str = field(description="The language, in English.")
    words: list[str] = field(description="Its usual stop words, in addition to STOP.")

    @classmethod
    def of(cls, language: StopLanguage) -> "StopLanguageDetails":
        return cls(language=language, description=language.description, words=[*USUAL_WORDS[language]])


@object_type(
    access=Access.HOLDER,
    description="A number that an account no longer sends to. For the account's holder and operators.",
)
class BlacklistEntry(Node):
    number: PhoneNumber | None = field(
        description="The blocked number; null if `address` is not a number in E.164."
    )
    address: str = field(
        description=(
            "The entry as `removeFromBlacklist` takes it: the number, or the operator's own name for a "
            "phone if an earlier version added it."
        )
    )
    since: DateTime = field(description="When it was added.")

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
    description="A message received from a phone (MO). For the account's holder and operators.",
)
class IncomingMessage(Node):
    cursor: str = field(
        description=(
            "An opaque cursor. Pass it as `after` of `incomingMessage` to continue from here, or as "
            "`before` of `incomingMessages` to get newer ones."
        )
    )
    sender: PhoneNumber | None = field(
        description=(
            "The number that it came from, in the form that messages are sent to. Null if it can't be "
            "determined: see `senderAddress`."
        )
    )
    sender_address: str = field(
        description=(
            "The number that it came from, or the sender as the operator wrote it: a national number, a "
            "short code or a name."
        )
    )
    receiver: str = field(description="The sender name that it replies to.")
    body: str = field(description="Its text.")
    asks_to_stop: bool = field(description="Whether its text is a stop word and nothing else.")
    is_stop: bool = field(
        description=(
            "Whether it put its number on the blacklist. False despite `asksToStop` if the account never "
            "sent to that phone over the same link, or if the phone can't be determined."
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
        "A message received from a phone that belongs to no account: nobody wrote to that phone under that "
        "name, and no account or more than one has the name. The newest 10,000 are kept, for "
        "CHAPPE_EVENT_RETENTION_DAYS. For operators only."
    ),
)
class UnclaimedMessage(Node):
    link: str = field(description="The link that it came over.")
    sender: PhoneNumber | None = field(
        description="The number that it came from; null if it can't be determined: see `senderAddress`."
    )
    sender_address: str = field(
        description="The number that it came from, or the sender as the operator wrote it."
    )
    receiver: str = field(description="What it was sent to, as the operator wrote it.")
    body: str = field(description="Its text, up to 2,000 characters.")
    asks_to_stop: bool = field(
        description=(
            "Whether its text is a usual stop word and nothing else. It blocked nothing: use "
            "`addToBlacklist` on the account that it is meant for."
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
