"""Proving that the credits add up: an account's ledger entry by entry, and the whole server in one sum.

Nothing is locked meanwhile, so sending goes on. One statement, which is one snapshot on both databases,
reads what a proof compares. The entries before it are immutable, so they can be read later.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from server.operations.core.visibility import unknown_account
from server.rules.credits.ledger import Breach, Entry, EntryKind, LedgerVerifier
from server.store.queries.credits import account_snapshot, ledger_entries, server_totals

BATCH = 1_000
_BEFORE_ALL = -(2**63)

# As the operations write them. An entry whose kind was changed afterwards no longer fits its reference.
_REFERENCES: Mapping[EntryKind, str] = MappingProxyType(
    {
        EntryKind.GRANT: "grant",
        EntryKind.CORRECTION: "correction",
        EntryKind.TRANSFER_OUT: "transfer",
        EntryKind.TRANSFER_IN: "transfer",
        EntryKind.QUOTA_SET: "quota",
        EntryKind.QUOTA_ADJUSTED: "quota",
        EntryKind.QUOTA_RELEASED: "quota",
        EntryKind.MESSAGE: "send",
        EntryKind.REFUND: "refund",
        EntryKind.ALERT_SMS: "alert",
    }
)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of checking one account.

    `entries` is how many were checked, including a wrong one. `totals` has for each kind what came in minus
    what went out, in millicredits. `breach` is the first fault found, or None.
    """

    account: str
    entries: int
    totals: Mapping[EntryKind, int]
    breach: Breach | None


@dataclass(frozen=True, slots=True)
class Conservation:
    """What the whole server has taken in and where that is, in millicredits.

    Grants, corrections (negative) and transfers come from the ledgers, the rest from accounts, users and
    messages. `spent` includes alerts by SMS.
    """

    granted: int
    corrected: int
    transferred: int
    left_on_accounts: int
    held_by_quotas: int
    spent: int
    refunded: int

    @property
    def missing(self) -> int:
        """The millicredits that came in and can't be found (below 0: they are there but never came in)."""
        kept = self.left_on_accounts + self.held_by_quotas + self.spent - self.refunded
        return self.granted + self.corrected - kept

    @property
    def holds(self) -> bool:
        """Whether nothing is missing, and the transfers cancel out."""
        return self.missing == 0 and self.transferred == 0


def _no_progress(_done: int, _total: int) -> None:
    """Report nothing."""


async def verify_account(account_id: int, *, progress: Progress = _no_progress) -> Verification:
    """Replay an account's ledger up to now, and compare the result with the balances and messages.

    `progress` is called now and then with how many entries are done, and how many there are.

    Raises:
        NotFound: UNKNOWN_ACCOUNT.
    """
    rows = await account_snapshot(account_id)
    if not rows:
        raise unknown_account()
    now = rows[0]
    quotas = {row["user_id"]: row["quota_left"] for row in rows if row["user_id"] is not None}
    verifier, checked = LedgerVerifier(), 0
    async for row in _entries(account_id, now["last"]):
        checked += 1
        breach = _check(verifier, row)
        if breach is not None:
            return Verification(now["name"], checked, verifier.totals, breach)
        if checked % BATCH == 0:
            progress(checked, now["last"])
    progress(checked, now["last"])
    breach = _wrong_count(now, checked) or verifier.finish(
        account_left=now["credits_left"], quotas=quotas, refunded=now["refunded"]
    )
    breach = breach or _wrong_spending(verifier.totals, now["spent"])
    return Verification(now["name"], checked, verifier.totals, breach)


async def verify_conservation() -> Conservation:
    """Add up the whole server: what was granted must be left, held or spent."""
    return Conservation(**await server_totals())


async def _entries(account_id: int, last: int) -> AsyncIterator[dict[str, Any]]:
    """Yield an account's entries up to a sequence, in order, with one batch in memory at a time."""
    after = _BEFORE_ALL
    while batch := await ledger_entries(account_id, after=after, last=last, limit=BATCH):
        for row in batch:
            yield row
        after = batch[-1]["sequence"]


def _check(verifier: LedgerVerifier, row: dict[str, Any]) -> Breach | None:
    try:
        kind = EntryKind(row["kind"])
    except ValueError:
        return Breach(row["sequence"], f"entry {row['reference']}: its kind, {row['kind']}, is not known")
    # An entry names its spender even if that has no quota, and then no quota moved.
    concerns_quota = row["quota_balance"] is not None
    entry = Entry(**{**row, "kind": kind, "user_id": row["user_id"] if concerns_quota else None})
    breach = verifier.feed(entry)
    if breach is None and not entry.reference.startswith(_REFERENCES[kind] + ":"):
        breach = Breach(entry.sequence, f"{kind} entry {entry.reference}: its reference is of another kind")
    return breach


def _wrong_count(now: dict[str, Any], checked: int) -> Breach | None:
    if checked == now["ledger_sequence"]:
        return None
    return Breach(None, f"the account counts {now['ledger_sequence']} entries and its ledger has {checked}")


def _wrong_spending(totals: Mapping[EntryKind, int], spent: int) -> Breach | None:
    debited = -totals[EntryKind.MESSAGE] - totals[EntryKind.ALERT_SMS]
    if debited == spent:
        return None
    return Breach(None, f"the ledger debits {debited} for messages, and the messages come to {spent}")
