"""Properties of every ledger: a sound one passes, and a tampered one does not."""

import dataclasses
from collections import Counter

from hypothesis import assume, given
from hypothesis import strategies as st

from server.rules.credits.ledger import Breach, Entry, EntryKind, LedgerVerifier

USERS = (1, 2, 3)
MOVES = ("grant", "correct", "out", "in", "set", "adjust", "release", "send", "refund", "alert")


class Book:
    """Keeps a ledger correctly, as the operations do."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.account = 0
        self.quotas: Counter[int] = Counter()
        self.entries: list[Entry] = []

    def write(
        self, kind: EntryKind, account_delta: int, quota_delta: int = 0, user_id: int | None = None
    ) -> None:
        """Write an entry, unless it would overdraw a side."""
        held = 0 if user_id is None else self.quotas[user_id]
        if self.account + account_delta < 0 or held + quota_delta < 0:
            return
        self.account += account_delta
        balance = None
        if user_id is not None:
            self.quotas[user_id] += quota_delta
            balance = self.quotas[user_id]
        number = len(self.entries) + 1
        self.entries.append(
            Entry(number, kind, account_delta, quota_delta, user_id, self.account, balance, f"r{number}")
        )

    def move(self, move: str, amount: int, user_id: int, *, from_quota: bool) -> None:
        """Make one typical movement."""
        side = (0, amount, user_id) if from_quota else (amount, 0, None)
        if move == "release":
            self.write(EntryKind.QUOTA_RELEASED, self.quotas[user_id], -self.quotas[user_id], user_id)
        elif move in {"set", "adjust"}:
            kind = EntryKind.QUOTA_SET if move == "set" else EntryKind.QUOTA_ADJUSTED
            signed = amount if from_quota else -amount
            self.write(kind, -signed, signed, user_id)
        elif move == "send":
            self.write(EntryKind.MESSAGE, -side[0], -side[1], side[2])
        elif move == "refund":
            self.write(EntryKind.REFUND, *side)
        else:
            kinds = {"grant": EntryKind.GRANT, "in": EntryKind.TRANSFER_IN, "correct": EntryKind.CORRECTION,
                     "out": EntryKind.TRANSFER_OUT, "alert": EntryKind.ALERT_SMS}  # fmt: skip
            self.write(kinds[move], amount if move in {"grant", "in"} else -amount)

    def sum(self, kind: EntryKind) -> int:
        """Return the sum of the entries of a kind, without a sign."""
        return abs(
            sum(entry.account_delta + entry.quota_delta for entry in self.entries if entry.kind is kind)
        )

    def verify(self, entries: list[Entry]) -> Breach | None:
        """Verify some entries against this book's balances and sums."""
        verifier = LedgerVerifier()
        for entry in entries:
            verifier.feed(entry)
        return verifier.finish(
            account_left=self.account,
            quotas=self.quotas,
            spent_by_messages=self.sum(EntryKind.MESSAGE),
            spent_by_alerts=self.sum(EntryKind.ALERT_SMS),
            refunded=self.sum(EntryKind.REFUND),
        )


def kept(moves: list[tuple[str, int, int, bool]]) -> Book:
    """Return the book of an account after a first grant and some movements."""
    book = Book()
    book.write(EntryKind.GRANT, 500)
    for move, amount, user_id, from_quota in moves:
        book.move(move, amount, user_id, from_quota=from_quota)
    return book


books = st.lists(
    st.tuples(st.sampled_from(MOVES), st.integers(1, 100), st.sampled_from(USERS), st.booleans()), max_size=40
).map(kept)


@given(books)
def test_an_honest_ledger_passes(book: Book) -> None:
    """A ledger that is kept by the rules never has a breach."""
    assert book.verify(book.entries) is None


@given(books)
def test_conservation_follows_from_the_totals(book: Book) -> None:
    """Credits in minus credits out equals the rest on the account and in quotas."""
    verifier = LedgerVerifier()
    for entry in book.entries:
        verifier.feed(entry)
    assert sum(verifier.totals.values()) == book.account + book.quotas.total()


@given(books, st.data())
def test_a_tampered_number_is_found(book: Book, data: st.DataObject) -> None:
    """Any number of any entry, changed to any other, is a breach, no earlier than that entry."""
    index = data.draw(st.integers(0, len(book.entries) - 1))
    victim = book.entries[index]
    field = data.draw(
        st.sampled_from(
            ["sequence", "account_delta", "quota_delta", "account_balance", "quota_balance", "user_id"]
        )
    )
    value = data.draw(st.none() | st.sampled_from(USERS) | st.integers(-700, 700))
    assume(value is not None or field in {"quota_balance", "user_id"})
    assume(value != getattr(victim, field))
    # A movement of zero between two unused quotas means the same for either user.
    assume(field != "user_id" or victim.quota_delta != 0)
    tampered = dataclasses.replace(victim, **{field: value})  # type: ignore[arg-type]
    breach = book.verify([*book.entries[:index], tampered, *book.entries[index + 1 :]])
    assert breach is not None
    assert breach.sequence is None or breach.sequence >= min(victim.sequence, tampered.sequence)


@given(books, st.data())
def test_a_kind_of_another_meaning_is_found(book: Book, data: st.DataObject) -> None:
    """An entry with another kind is a breach, except between kinds that move credits in the same way."""
    alike = (
        {EntryKind.GRANT, EntryKind.TRANSFER_IN},
        {EntryKind.CORRECTION, EntryKind.TRANSFER_OUT},
        {EntryKind.QUOTA_SET, EntryKind.QUOTA_ADJUSTED, EntryKind.QUOTA_RELEASED},
    )
    index = data.draw(st.integers(0, len(book.entries) - 1))
    victim = book.entries[index]
    kind = data.draw(st.sampled_from(EntryKind))
    assume(kind is not victim.kind and not any({kind, victim.kind} <= kinds for kinds in alike))
    tampered = dataclasses.replace(victim, kind=kind)
    assert book.verify([*book.entries[:index], tampered, *book.entries[index + 1 :]]) is not None


@given(books, st.data())
def test_a_missing_a_doubled_and_a_swapped_entry_are_found(book: Book, data: st.DataObject) -> None:
    """All entries exist, once, in their order."""
    index = data.draw(st.integers(0, len(book.entries) - 1))
    head, victim, tail = book.entries[:index], book.entries[index], book.entries[index + 1 :]
    # A ledger without its last entry is still sound, if that entry moved nothing.
    if tail or victim.account_delta or victim.quota_delta:
        assert book.verify([*head, *tail]) is not None
    assert book.verify([*head, victim, victim, *tail]) is not None
    if tail:
        assert book.verify([*head, tail[0], victim, *tail[1:]]) is not None


@given(books, st.integers(-5, 5).filter(bool), st.sampled_from(USERS))
def test_a_balance_changed_behind_the_ledger_is_found(book: Book, difference: int, user_id: int) -> None:
    """A column that was changed without an entry disagrees with the ledger's end."""
    book.quotas[user_id] += difference
    breach = book.verify(book.entries)
    assert breach is not None
    assert breach.sequence is None
    book.quotas[user_id] -= difference
    book.account += difference
    assert book.verify(book.entries) is not None
