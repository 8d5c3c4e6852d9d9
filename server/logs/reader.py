"""The logs of an account, and reading one from a number on.

Every log counts its entries from 1 without a gap. Numbers are drawn under the account's row lock, which
is held until the commit: whoever has read one entry has missed none before it.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

from server.errors import ErrorCode, InvalidInput, NotFound
from server.store.models import DeliveryEvent, IncomingMessage, LedgerEntry, LimitAlert
from server.store.queries.logs import find_entry, log_bounds, read_log

M = TypeVar("M", DeliveryEvent, LedgerEntry, LimitAlert, IncomingMessage)


@dataclass(frozen=True, slots=True)
class Log(Generic[M]):
    """One kind of log: its table, and the account's columns that tell how far it goes and what is gone."""

    table: type[M]
    last: str
    purged: str | None = None


DELIVERY = Log(DeliveryEvent, "event_sequence", "events_purged")
LEDGER = Log(LedgerEntry, "ledger_sequence")
ALERTS = Log(LimitAlert, "alert_sequence")
INCOMING = Log(IncomingMessage, "incoming_sequence")


@dataclass(frozen=True, slots=True)
class Selection(Generic[M]):
    """Which entries are followed: an account's, or just those of one user or one message of it."""

    log: Log[M]
    account_id: int
    user_id: int | None = None
    message_id: int | None = None

    def has(self, entry: M) -> bool:
        """Tell whether an entry of the account's log is one of these."""
        return (self.user_id is None or entry.user_id == self.user_id) and (
            self.message_id is None or getattr(entry, "message_id", None) == self.message_id
        )


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a log goes: the number of its last entry, and of the last one that is gone (0 for none)."""

    last: int
    purged: int

    def check(self, position: int) -> None:
        """Let a position pass from which the log can be read on without a gap.

        One beyond the end is another account's, or of a database that is older now: a backup that was
        put back. Whoever waited there would miss all that comes until the log has grown as far.

        Raises:
            NotFound: CURSOR_EXPIRED.
            InvalidInput: it is beyond the end.
        """
        if position > self.last:
            raise InvalidInput("This is not a cursor of this log; begin without one.", field=("after",))
        if position < self.purged:
            raise NotFound(
                "What came next after this cursor is no longer kept; begin without one.",
                code=ErrorCode.CURSOR_EXPIRED,
                field=("after",),
            )


def cursor_expired(field: str = "after") -> NotFound:
    """Refuse a cursor whose entry is not there, or not the one that it was when the cursor was given out."""
    return NotFound(
        "The entry of this cursor is no longer kept, or the log has been put back to an older state since; "
        "begin without one.",
        code=ErrorCode.CURSOR_EXPIRED,
        field=(field,),
    )


async def check_entry(log: Log[M], account_id: int, position: int, at_us: int) -> None:
    """Let a position pass whose entry is the one that was written at this time.

    After a backup was put back, the numbers of the entries that are lost are given to others. Position 0 is
    before all, and the entry at the end of what is purged can't be compared with any more.

    Raises:
        NotFound: CURSOR_EXPIRED.
    """
    entry = await find_entry(log.table, account_id, position)
    if not position or (entry is not None and entry.at_us == at_us):
        return
    if entry is not None or position != (await bounds(log, account_id)).purged:
        raise cursor_expired()


async def bounds(log: Log[M], account_id: int) -> Bounds:
    """Return how far an account's log goes."""
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
