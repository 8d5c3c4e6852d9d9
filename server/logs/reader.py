"""The logs of an account, and reading one from a number on.

Every log counts its entries from 1 without a gap. Numbers are drawn under the account's row lock, which is
held until the commit: a reader that has seen one entry has missed none before it.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

from server.errors import ErrorCode, InvalidInput, NotFound
from server.store.models import AuditEntry, DeliveryEvent, IncomingMessage, LedgerEntry, LimitAlert
from server.store.queries.logs import find_entry, log_bounds, read_log

M = TypeVar("M", DeliveryEvent, LedgerEntry, LimitAlert, IncomingMessage, AuditEntry)


@dataclass(frozen=True, slots=True)
class Log(Generic[M]):
    """One kind of log: its table, and the account's columns with its last number and last deleted number."""

    table: type[M]
    last: str
    purged: str | None = None


DELIVERY = Log(DeliveryEvent, "event_sequence", "events_purged")
LEDGER = Log(LedgerEntry, "ledger_sequence")
ALERTS = Log(LimitAlert, "alert_sequence")
INCOMING = Log(IncomingMessage, "incoming_sequence")
AUDIT = Log(AuditEntry, "audit_sequence")


@dataclass(frozen=True, slots=True)
class Selection(Generic[M]):
    """The entries to follow: an account's, or only those of one of its users or messages."""

    log: Log[M]
    account_id: int
    user_id: int | None = None
    message_id: int | None = None

    def has(self, entry: M) -> bool:
        """Tell whether an entry of the account's log is selected."""
        return (self.user_id is None or getattr(entry, "user_id", None) == self.user_id) and (
            self.message_id is None or getattr(entry, "message_id", None) == self.message_id
        )


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds of a log: the numbers of its last entry and of its last deleted entry (0 for none)."""

    last: int
    purged: int

    def check(self, position: int) -> None:
        """Check that the log can be read on from a position without a gap.

        A position beyond the end is another account's, or from before a backup was restored. A reader that
        waited there would miss everything until the log has grown that far.

        Raises:
            NotFound: CURSOR_EXPIRED.
            InvalidInput: it is beyond the end.
        """
        if position > self.last:
            raise InvalidInput("This is not a cursor of this log; begin without one.", field=("after",))
        if position < self.purged:
            raise NotFound(
                "The entries after this cursor are no longer kept; begin without one.",
                code=ErrorCode.CURSOR_EXPIRED,
                field=("after",),
            )


def cursor_expired(field: str = "after") -> NotFound:
    """Return the error for a cursor whose entry is gone, or is not the same as when the cursor was made."""
    return NotFound(
        "The entry of this cursor is no longer kept, or the log was restored to an older state; "
        "begin without one.",
        code=ErrorCode.CURSOR_EXPIRED,
        field=(field,),
    )


async def check_entry(log: Log[M], account_id: int, position: int, at_us: int) -> None:
    """Check that a position's entry is the one that was written at this time.

    After a backup is restored, the numbers of lost entries are given to others. Position 0 comes before all
    entries. The last deleted entry can't be compared any more.

    Raises:
        NotFound: CURSOR_EXPIRED.
    """
    entry = await find_entry(log.table, account_id, position)
    if not position or (entry is not None and entry.at_us == at_us):
        return
    if entry is not None or position != (await bounds(log, account_id)).purged:
        raise cursor_expired()


async def bounds(log: Log[M], account_id: int) -> Bounds:
    """Return the bounds of an account's log."""
    return Bounds(*await log_bounds(account_id, log.last, log.purged))


async def read(selection: Selection[M], *, after: int, limit: int) -> list[M]:
    """Return the entries after a number, oldest first."""
    return await read_log(
        selection.log.table,
        selection.account_id,
        after=after,
        limit=limit,
        user_id=selection.user_id,
        message_id=selection.message_id,
    )
