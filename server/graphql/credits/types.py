"""Credits, as the schema shows them: ledger entries, rates, and the ledger's verification."""

import strawberry

from server.graphql.messages.types import Message
from server.graphql.schema import loaders
from server.graphql.schema.access import Access, field, object_type, resolved
from server.graphql.schema.context import Info
from server.graphql.schema.ids import Node, node_id
from server.graphql.schema.paging import Connection, Order
from server.graphql.schema.scalars import CountryCode, Credits, DateTime
from server.graphql.users.types import User
from server.operations.core.visibility import read_account
from server.operations.credits.verification import verify_account
from server.rules.credits.ledger import EntryKind
from server.store.models import LedgerEntry
from server.store.models import Rate as RateRow

ENTRY_ORDER = Order("credit entries", ("sequence",), (int,), descending=True, mark="at_us")


@object_type(
    access=Access.HOLDER,
    description="One movement of credits, never changed afterwards. For the account's holder and operators.",
)
class CreditEntry(Node):
    row: strawberry.Private[LedgerEntry]
    cursor: str = field(
        description=(
            "An opaque cursor. Pass it as `after` of `creditsChanged` to continue from here, or as `before` "
            "of `creditEntries` to get newer entries."
        )
    )
    sequence: str = field(description="Its number in the account's ledger, from 1 without gaps.")
    kind: EntryKind = field(description="Why credits moved.")
    account_delta: Credits = field(description="The credits added to the account; negative if taken.")
    quota_delta: Credits = field(description="The credits added to the user's quota; negative if taken.")
    account_balance: Credits = field(description="The account's balance afterwards.")
    quota_balance: Credits | None = field(
        description="The user's quota afterwards; null if no quota was involved."
    )
    user_login: str | None = field(
        description="The login of the user involved, kept after the user's deletion; null if there was none."
    )
    reference: str = field(description="A reference to its cause, unique on the whole server.")
    caused_by: str = field(description="Who caused it: an e-mail address, 'user:' and a login, or 'server'.")
    reason: str | None = field(description="The reason given; null if there was none.")
    occurred_at: DateTime = field(description="When it happened.")

    @resolved(description="The user involved; null if there was none, or if it is deleted.")
    async def user(self, info: Info) -> User | None:
        row = await loaders.live_user(info, self.row.user_id)
        return User.of(row) if row else None

    @resolved(
        description=(
            "The message that was debited or refunded, or the first of several that were debited together. "
            "Null if no message was involved."
        )
    )
    async def message(self, info: Info) -> Message | None:
        row = await loaders.message_of_entry(info, self.row)
        return Message.of(row) if row else None

    @classmethod
    def of(cls, row: LedgerEntry) -> "CreditEntry":
        return cls(
            row=row,
            id=node_id("CreditEntry", row.id),
            cursor=ENTRY_ORDER.cursor(row),
            sequence=str(row.sequence),
            kind=row.kind,
            account_delta=Credits(row.account_delta),
            quota_delta=Credits(row.quota_delta),
            account_balance=Credits(row.account_balance),
            quota_balance=None if row.quota_balance is None else Credits(row.quota_balance),
            user_login=row.user_login,
            reference=row.reference,
            caused_by=row.caused_by,
            reason=row.reason,
            occurred_at=DateTime(row.at_us),
        )


@object_type(access=Access.HOLDER, description="A page of the ledger, newest first.")
class CreditEntryConnection(Connection[CreditEntry]):
    pass


@object_type(
    access=Access.ANYONE,
    description="The price of one message part to a country. Anyone may read the table.",
)
class Rate:
    country: CountryCode = field(description="The receiver's country.")
    credits: Credits = field(description="The price of one part.")

    @classmethod
    def of(cls, row: RateRow) -> "Rate":
        return cls(country=CountryCode(row.country), credits=Credits(row.credits))


@object_type(access=Access.HOLDER, description="The sum of all movements for one reason.")
class LedgerTotal:
    kind: EntryKind = field(description="The reason.")
    credits: Credits = field(description="Credits in minus credits out; quota movements cancel out.")


@object_type(
    access=Access.HOLDER,
    description="Whether an account's ledger adds up. For the account's holder and operators.",
)
class LedgerVerification:
    intact: bool = field(description="Whether everything adds up.")
    entries: str = field(description="How many entries were checked.")
    totals: list[LedgerTotal] = field(description="The sum for each reason.")
    breach_sequence: str | None = field(
        description=(
            "The number of the first wrong entry; null if there is none, or if no single entry is wrong."
        )
    )
    breach: str | None = field(description="What is wrong; null if nothing is.")

    @classmethod
    async def load(cls, info: Info, account: str) -> "LedgerVerification":
        """Verify the ledger of an account that the caller may see.

        Raises:
            NotFound: UNKNOWN_ACCOUNT.
        """
        row = await read_account(info.context.services, info.context.principal, account)
        proof = await verify_account(row.id)
        breach = proof.breach
        return cls(
            intact=breach is None,
            entries=str(proof.entries),
            totals=[LedgerTotal(kind=kind, credits=Credits(sum_)) for kind, sum_ in proof.totals.items()],
            breach_sequence=str(breach.sequence) if breach and breach.sequence is not None else None,
            breach=breach.reason if breach else None,
        )
