"""The ledger of one account: the meaning of its entries, and a check that they add up."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from server.kit.described_enums import DescribedStr


class EntryKind(DescribedStr):
    """Why credits moved."""

    GRANT = "GRANT", "An operator granted credits to the account."
    CORRECTION = "CORRECTION", "An operator took credits back, for the reason given."
    TRANSFER_OUT = "TRANSFER_OUT", "Credits went to another account of the same holder."
    TRANSFER_IN = "TRANSFER_IN", "Credits came from another account of the same holder."
    QUOTA_SET = "QUOTA_SET", "A user's quota was turned on, or set to another amount."
    QUOTA_ADJUSTED = "QUOTA_ADJUSTED", "A user's quota was raised or lowered."
    QUOTA_RELEASED = (
        "QUOTA_RELEASED",
        "A quota was turned off or its user deleted; what was left went back to the account.",
    )
    MESSAGE = "MESSAGE", "A message was accepted and debited."
    REFUND = "REFUND", "A message was not billed or was cancelled, and its credits were refunded."
    ALERT_SMS = "ALERT_SMS", "A limit alert was sent by SMS and debited to the account."


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement, in millicredits: the deltas and the balances afterwards.

    `user_id` is the user whose quota is involved, and `quota_balance` the quota after the entry. Both are
    None if the entry is only about the account.
    """

    sequence: int
    kind: EntryKind
    account_delta: int
    quota_delta: int
    user_id: int | None
    account_balance: int
    quota_balance: int | None
    reference: str


def message_of(kind: EntryKind, reference: str) -> int | None:
    """Return the number of the message that an entry debited or refunded; None for other entries.

    If several were debited together, it is the first.
    """
    return int(reference.rpartition(":")[2]) if kind in {EntryKind.MESSAGE, EntryKind.REFUND} else None


def notification_of(kind: EntryKind, reference: str) -> int | None:
    """Return the id of the notification whose message an entry debited; None for other entries."""
    return int(reference.rpartition(":")[2]) if kind is EntryKind.ALERT_SMS else None


@dataclass(frozen=True, slots=True)
class Breach:
    """The first fault found: the entry's sequence (None if no single entry is wrong) and the reason."""

    sequence: int | None
    reason: str


class LedgerVerifier:
    """Replays one account's ledger: feed it the entries in order of sequence, then call `finish`.

    It keeps one balance per user and one total per kind, however long the ledger is. The table's constraint
    ensures that references are unique. After the first breach, it always returns that one, because nothing
    after it can be trusted.
    """

    def __init__(self) -> None:
        self._sequence = 0
        self._account_balance = 0
        self._quota_balances: defaultdict[int, int] = defaultdict(int)
        self._totals = dict.fromkeys(EntryKind, 0)
        self._breach: Breach | None = None

    @property
    def totals(self) -> Mapping[EntryKind, int]:
        """Return the sum of both deltas so far, for each kind: credits in minus credits out.

        Over all accounts, those of TRANSFER_IN and TRANSFER_OUT cancel out.
        """
        return MappingProxyType(self._totals)

    def feed(self, entry: Entry) -> Breach | None:
        """Check the next entry against the rule of its kind and the balances so far."""
        if self._breach is None:
            reason = self._wrong_sequence(entry) or _wrong_shape(entry) or self._wrong_balance(entry)
            if reason is not None:
                self._breach = Breach(entry.sequence, f"{entry.kind} entry {entry.reference}: {reason}")
        return self._breach

    def finish(
        self,
        *,
        account_left: int,
        quotas: Mapping[int, int],
        spent_by_messages: int | None = None,
        spent_by_alerts: int | None = None,
        refunded: int | None = None,
    ) -> Breach | None:
        """Check the end of the ledger against the balances and sums stored elsewhere.

        `quotas` has each user's remaining quota; users without one may be missing. The sums are positive
        millicredits, or None if the messages are no longer kept.
        """
        if self._breach is None:
            reason = self._wrong_ending(account_left, quotas) or self._wrong_total(
                {
                    EntryKind.MESSAGE: None if spent_by_messages is None else -spent_by_messages,
                    EntryKind.ALERT_SMS: None if spent_by_alerts is None else -spent_by_alerts,
                    EntryKind.REFUND: refunded,
                }
            )
            if reason is not None:
                self._breach = Breach(None, reason)
        return self._breach

    def _wrong_sequence(self, entry: Entry) -> str | None:
        self._sequence += 1
        if entry.sequence == self._sequence:
            return None
        return f"sequence {entry.sequence} where {self._sequence} was due"

    def _wrong_balance(self, entry: Entry) -> str | None:
        self._totals[entry.kind] += entry.account_delta + entry.quota_delta
        self._account_balance += entry.account_delta
        wrong = _wrong_sum("the account", entry.account_balance, self._account_balance)
        if entry.user_id is not None and entry.quota_balance is not None:
            self._quota_balances[entry.user_id] += entry.quota_delta
            due = self._quota_balances[entry.user_id]
            wrong = wrong or _wrong_sum(f"the quota of user {entry.user_id}", entry.quota_balance, due)
        return wrong

    def _wrong_ending(self, account_left: int, quotas: Mapping[int, int]) -> str | None:
        if account_left != self._account_balance:
            return f"the account has {account_left} and its ledger ends at {self._account_balance}"
        for user_id in sorted(self._quota_balances.keys() | quotas.keys()):
            held, due = quotas.get(user_id, 0), self._quota_balances.get(user_id, 0)
            if held != due:
                return f"the quota of user {user_id} has {held} and the ledger ends at {due}"
        return None

    def _wrong_total(self, expected: Mapping[EntryKind, int | None]) -> str | None:
        for kind, total in expected.items():
            if total is not None and total != self._totals[kind]:
                return f"the {kind} entries come to {self._totals[kind]}, and the messages to {total}"
        return None


def _wrong_sum(of: str, written: int, due: int) -> str | None:
    if due < 0:
        return f"{of} falls to {due}"
    return None if written == due else f"{of} has {written} where {due} was due"


def _wrong_shape(entry: Entry) -> str | None:
    concerns_quota = entry.user_id is not None
    if concerns_quota != (entry.quota_balance is not None) or (entry.quota_delta and not concerns_quota):
        return "a user, a quota balance and a quota delta go together"
    if not _LAWS[entry.kind](entry):
        return f"deltas {entry.account_delta} and {entry.quota_delta} are not of its kind"
    return None


def _is_account_credit(entry: Entry) -> bool:
    return entry.user_id is None and entry.account_delta > 0


def _is_account_debit(entry: Entry) -> bool:
    return entry.user_id is None and entry.account_delta < 0


def _is_debit(entry: Entry) -> bool:
    return _is_account_debit(entry) or (entry.account_delta == 0 and entry.quota_delta < 0)


def _is_refund(entry: Entry) -> bool:
    return _is_account_credit(entry) or (entry.account_delta == 0 and entry.quota_delta > 0)


def _is_quota_move(entry: Entry) -> bool:
    # A move of zero is valid: turning a quota on with 0 credits blocks its user, and the ledger may show
    # that.
    return entry.user_id is not None and entry.account_delta + entry.quota_delta == 0


def _is_release(entry: Entry) -> bool:
    return _is_quota_move(entry) and entry.account_delta >= 0 and entry.quota_balance == 0


_LAWS: Mapping[EntryKind, Callable[[Entry], bool]] = MappingProxyType(
    {
        EntryKind.GRANT: _is_account_credit,
        EntryKind.CORRECTION: _is_account_debit,
        EntryKind.TRANSFER_OUT: _is_account_debit,
        EntryKind.TRANSFER_IN: _is_account_credit,
        EntryKind.QUOTA_SET: _is_quota_move,
        EntryKind.QUOTA_ADJUSTED: _is_quota_move,
        EntryKind.QUOTA_RELEASED: _is_release,
        EntryKind.MESSAGE: _is_debit,
        EntryKind.REFUND: _is_refund,
        EntryKind.ALERT_SMS: _is_account_debit,
    }
)
