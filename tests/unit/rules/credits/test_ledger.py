"""The ledger's proof."""

import dataclasses
from typing import Any

import pytest

from server.rules.credits.ledger import Breach, Entry, EntryKind, LedgerVerifier, message_of, notification_of

Quota = tuple[int, int] | None


def entry(
    sequence: int, kind: str, account: tuple[int, int], quota: Quota = None, user_id: int | None = None
) -> Entry:
    """Return an entry from (delta, balance) of the account and, if involved, of a user's quota."""
    quota_delta, quota_balance = quota or (0, None)
    user_id = user_id or (1 if quota else None)
    return Entry(
        sequence, EntryKind(kind), account[0], quota_delta, user_id, account[1], quota_balance, f"r{sequence}"
    )


HISTORY = (
    entry(1, "GRANT", (200, 200)),
    entry(2, "QUOTA_SET", (-150, 50), (150, 150)),
    entry(3, "MESSAGE", (0, 50), (-30, 120)),
    entry(4, "MESSAGE", (-20, 30)),
    entry(5, "REFUND", (0, 30), (10, 130)),
    entry(6, "REFUND", (5, 35)),
    entry(7, "QUOTA_ADJUSTED", (30, 65), (-30, 100)),
    entry(8, "ALERT_SMS", (-2, 63)),
    entry(9, "QUOTA_SET", (-40, 23), (40, 40), user_id=2),
    entry(10, "QUOTA_RELEASED", (100, 123), (-100, 0)),
    entry(11, "TRANSFER_OUT", (-23, 100)),
    entry(12, "TRANSFER_IN", (7, 107)),
    entry(13, "CORRECTION", (-7, 100)),
    entry(14, "QUOTA_SET", (0, 100), (0, 0)),
)
ENDING: dict[str, Any] = {
    "account_left": 100,
    "quotas": {2: 40},
    "spent_by_messages": 50,
    "spent_by_alerts": 2,
    "refunded": 15,
}


def replay(*entries: Entry) -> LedgerVerifier:
    """Return a verifier that has found no fault in the entries."""
    verifier = LedgerVerifier()
    for each in entries:
        assert verifier.feed(each) is None
    return verifier


def breach_of(*entries: Entry) -> Breach:
    """Return the breach of the last entry."""
    breach = replay(*entries[:-1]).feed(entries[-1])
    assert breach is not None
    return breach


def test_a_ledger_that_adds_up_passes() -> None:
    """Every kind of entry has its place in a sound ledger."""
    assert replay(*HISTORY).finish(**ENDING) is None


def test_an_account_without_entries_has_nothing() -> None:
    """The empty ledger proves the empty account."""
    assert LedgerVerifier().finish(account_left=0, quotas={}) is None
    assert LedgerVerifier().finish(account_left=0, quotas={1: 0}, spent_by_messages=0, refunded=0) is None


def test_totals_are_what_came_in_less_what_went_out() -> None:
    """Each kind has its sum over both sides; movements between the sides cancel out."""
    assert dict(replay(*HISTORY).totals) == {
        EntryKind.GRANT: 200,
        EntryKind.CORRECTION: -7,
        EntryKind.TRANSFER_OUT: -23,
        EntryKind.TRANSFER_IN: 7,
        EntryKind.QUOTA_SET: 0,
        EntryKind.QUOTA_ADJUSTED: 0,
        EntryKind.QUOTA_RELEASED: 0,
        EntryKind.MESSAGE: -50,
        EntryKind.REFUND: 15,
        EntryKind.ALERT_SMS: -2,
    }
    with pytest.raises(TypeError):
        LedgerVerifier().totals[EntryKind.GRANT] = 1  # type: ignore[index]


@pytest.mark.parametrize("sequence", [-1, 0, 2])
def test_sequences_begin_at_one(sequence: int) -> None:
    """A first entry with another number is a breach."""
    assert breach_of(entry(sequence, "GRANT", (1, 1))) == Breach(
        sequence, f"GRANT entry r{sequence}: sequence {sequence} where 1 was due"
    )


@pytest.mark.parametrize("sequence", [1, 3])
def test_sequences_have_neither_gap_nor_repetition(sequence: int) -> None:
    """A missing entry and a duplicate are breaches."""
    breach = breach_of(entry(1, "GRANT", (1, 1)), entry(sequence, "GRANT", (1, 2)))
    assert breach.reason == f"GRANT entry r{sequence}: sequence {sequence} where 2 was due"


FUNDED = (entry(1, "GRANT", (100, 100)), entry(2, "QUOTA_SET", (-50, 50), (50, 50)))


@pytest.mark.parametrize(
    ("kind", "account", "quota"),
    [
        ("GRANT", (0, 50), None),
        ("GRANT", (-1, 49), None),
        ("GRANT", (1, 51), (0, 50)),
        ("GRANT", (0, 50), (1, 51)),
        ("TRANSFER_IN", (0, 50), None),
        ("TRANSFER_IN", (-1, 49), None),
        ("TRANSFER_IN", (1, 51), (0, 50)),
        ("CORRECTION", (0, 50), None),
        ("CORRECTION", (1, 51), None),
        ("CORRECTION", (-1, 49), (0, 50)),
        ("TRANSFER_OUT", (0, 50), None),
        ("TRANSFER_OUT", (1, 51), None),
        ("TRANSFER_OUT", (-1, 49), (0, 50)),
        ("ALERT_SMS", (0, 50), None),
        ("ALERT_SMS", (1, 51), None),
        ("ALERT_SMS", (-1, 49), (0, 50)),
        ("ALERT_SMS", (0, 50), (-1, 49)),
        ("MESSAGE", (0, 50), None),
        ("MESSAGE", (1, 51), None),
        ("MESSAGE", (0, 50), (0, 50)),
        ("MESSAGE", (0, 50), (1, 51)),
        ("MESSAGE", (-1, 49), (-1, 49)),
        ("MESSAGE", (-1, 49), (0, 50)),
        ("MESSAGE", (1, 51), (-1, 49)),
        ("REFUND", (0, 50), None),
        ("REFUND", (-1, 49), None),
        ("REFUND", (0, 50), (0, 50)),
        ("REFUND", (0, 50), (-1, 49)),
        ("REFUND", (1, 51), (1, 51)),
        ("REFUND", (1, 51), (0, 50)),
        ("REFUND", (-1, 49), (1, 51)),
        ("QUOTA_SET", (0, 50), None),
        ("QUOTA_SET", (-1, 49), (2, 52)),
        ("QUOTA_SET", (-1, 49), (0, 50)),
        ("QUOTA_ADJUSTED", (0, 50), None),
        ("QUOTA_ADJUSTED", (1, 51), (0, 50)),
        ("QUOTA_RELEASED", (0, 50), None),
        ("QUOTA_RELEASED", (49, 99), (-49, 1)),
        ("QUOTA_RELEASED", (50, 100), (-51, 0)),
        ("QUOTA_RELEASED", (-1, 49), (1, 51)),
    ],
)
def test_an_entry_has_the_signs_and_sides_of_its_kind(
    kind: str, account: tuple[int, int], quota: Quota
) -> None:
    """A grant that takes, a message that gives or a movement that does not cancel out is a breach."""
    breach = breach_of(*FUNDED, entry(3, kind, account, quota))
    delta = quota[0] if quota else 0
    assert breach == Breach(3, f"{kind} entry r3: deltas {account[0]} and {delta} are not of its kind")


def test_a_release_of_a_quota_that_was_never_filled_gives_nothing() -> None:
    """Deleting a user with an empty quota may have an entry; a loan to the quota may not."""
    replay(*FUNDED, entry(3, "QUOTA_RELEASED", (0, 50), (0, 0), user_id=2))
    owing = dataclasses.replace(entry(1, "QUOTA_RELEASED", (-1, -1), (1, 0)))
    assert "not of its kind" in breach_of(owing).reason


@pytest.mark.parametrize(
    ("user_id", "quota_delta", "quota_balance"),
    [(1, 0, None), (None, 0, 50), (None, 1, None), (None, 1, 51), (1, 1, None), (None, 50, 50)],
)
def test_a_quota_entry_names_its_user_and_balance(
    user_id: int | None, quota_delta: int, quota_balance: int | None
) -> None:
    """User, quota balance and quota delta come together or not at all."""
    broken = Entry(3, EntryKind.REFUND, 0, quota_delta, user_id, 50, quota_balance, "r3")
    assert breach_of(*FUNDED, broken).reason == (
        "REFUND entry r3: a user, a quota balance and a quota delta go together"
    )


def test_the_accounts_balance_is_a_running_sum() -> None:
    """A balance that differs from the sum of the deltas is a breach."""
    assert breach_of(*FUNDED, entry(3, "GRANT", (1, 52))).reason == (
        "GRANT entry r3: the account has 52 where 51 was due"
    )


def test_each_quota_balance_is_a_running_sum_of_its_own() -> None:
    """Users' quotas are separate."""
    assert breach_of(*FUNDED, entry(3, "REFUND", (0, 50), (1, 52))).reason == (
        "REFUND entry r3: the quota of user 1 has 52 where 51 was due"
    )
    assert breach_of(*FUNDED, entry(3, "REFUND", (0, 50), (1, 51), user_id=2)).reason == (
        "REFUND entry r3: the quota of user 2 has 51 where 1 was due"
    )


def test_no_balance_falls_below_nothing() -> None:
    """Overspending is a breach even if the sums are right; spending everything is not."""
    replay(*FUNDED, entry(3, "MESSAGE", (-50, 0)), entry(4, "MESSAGE", (0, 0), (-50, 0)))
    assert breach_of(*FUNDED, entry(3, "MESSAGE", (-51, -1))).reason == (
        "MESSAGE entry r3: the account falls to -1"
    )
    assert breach_of(*FUNDED, entry(3, "MESSAGE", (0, 50), (-51, -1))).reason == (
        "MESSAGE entry r3: the quota of user 1 falls to -1"
    )


def test_the_first_breach_is_the_one_that_is_told() -> None:
    """Entries after a breach can't be trusted, so they are not judged."""
    verifier = LedgerVerifier()
    first = verifier.feed(entry(1, "GRANT", (1, 2)))
    assert first is not None
    assert verifier.feed(entry(2, "GRANT", (1, 3))) is first
    assert verifier.feed(entry(9, "GRANT", (1, 2))) is first
    assert verifier.finish(account_left=0, quotas={}) is first


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"account_left": 99}, "the account has 99 and its ledger ends at 100"),
        ({"account_left": 101}, "the account has 101 and its ledger ends at 100"),
        ({"quotas": {2: 41}}, "the quota of user 2 has 41 and the ledger ends at 40"),
        ({"quotas": {}}, "the quota of user 2 has 0 and the ledger ends at 40"),
        ({"quotas": {2: 40, 3: 1}}, "the quota of user 3 has 1 and the ledger ends at 0"),
        ({"quotas": {9: 1, 3: 2, 2: 40}}, "the quota of user 3 has 2 and the ledger ends at 0"),
        ({"quotas": {1: 1, 2: 40}}, "the quota of user 1 has 1 and the ledger ends at 0"),
        ({"spent_by_messages": 49}, "the MESSAGE entries come to -50, and the messages to -49"),
        ({"spent_by_messages": 0}, "the MESSAGE entries come to -50, and the messages to 0"),
        ({"spent_by_alerts": 3}, "the ALERT_SMS entries come to -2, and the messages to -3"),
        ({"refunded": 14}, "the REFUND entries come to 15, and the messages to 14"),
        ({"refunded": 0}, "the REFUND entries come to 15, and the messages to 0"),
    ],
)
def test_the_end_agrees_with_what_is_stored_elsewhere(change: dict[str, object], reason: str) -> None:
    """Stored balances and sums over messages are compared, and the breach is kept."""
    verifier = replay(*HISTORY)
    breach = verifier.finish(**(ENDING | change))
    assert breach == Breach(None, reason)
    assert verifier.finish(**ENDING) is breach


def test_sums_of_messages_that_are_no_longer_kept_are_not_compared() -> None:
    """After a purge the balances are still proved."""
    assert replay(*HISTORY).finish(account_left=100, quotas={1: 0, 2: 40}) is None


def test_kinds_are_described() -> None:
    """Each kind has its own reason."""
    assert len({kind.description for kind in EntryKind}) == 10
    assert all(kind.description.endswith(".") and kind.value == kind.name for kind in EntryKind)


@pytest.mark.parametrize(
    ("kind", "reference", "message", "notification"),
    [
        (EntryKind.MESSAGE, "send:17", 17, None),
        (EntryKind.REFUND, "refund:18", 18, None),
        (EntryKind.ALERT_SMS, "alert:3:4", None, 4),
        (EntryKind.GRANT, "grant:1:key:7", None, None),
        (EntryKind.QUOTA_SET, "quota:1:2", None, None),
        (EntryKind.CORRECTION, "correction:1:2", None, None),
    ],
)
def test_an_entry_tells_what_message_it_stands_for(
    kind: EntryKind, reference: str, message: int | None, notification: int | None
) -> None:
    """The message's number, or that of its notification; a mere movement of credits has none."""
    assert message_of(kind, reference) == message
    assert notification_of(kind, reference) == notification
