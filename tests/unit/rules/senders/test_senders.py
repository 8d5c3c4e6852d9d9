"""Sender names."""

import pytest

from server.errors import ErrorCode, InvalidInput
from server.rules.senders.senders import SenderKind, SenderStatus, may_be_declared, parse_sender, sender_key

ALPHANUMERIC, NUMERIC, SHORT_CODE, VIRTUAL = SenderKind


@pytest.mark.parametrize(
    ("text", "sender", "kind"),
    [
        ("Chappe", "Chappe", ALPHANUMERIC),
        ("A", "A", ALPHANUMERIC),
        ("z", "z", ALPHANUMERIC),
        ("A.b_c-d&e'f", "A.b_c-d&e'f", ALPHANUMERIC),
        ("12 Monkeys", "12 Monkeys", ALPHANUMERIC),
        ("123456789ab", "123456789ab", ALPHANUMERIC),
        ("00A", "00A", ALPHANUMERIC),
        ("123", "123", SHORT_CODE),
        ("12345678", "12345678", SHORT_CODE),
        ("00123456", "00123456", SHORT_CODE),
        ("+447700900004", "+447700900004", NUMERIC),
        ("00447700900004", "+447700900004", NUMERIC),
        ("+44 (0)7700-900.004", "+447700900004", NUMERIC),
        (" 447700900004", "+447700900004", NUMERIC),
        ("\u200e+44\xa07700900004\ufeff", "+447700900004", NUMERIC),
        ("\u200e36180\u200f", "36180", SHORT_CODE),
    ],
)
def test_a_sender_is_recognised_by_its_form(text: str, sender: str, kind: SenderKind) -> None:
    """Names, numbers and short codes are distinguished, and numbers get one form."""
    assert parse_sender(text) == (sender, kind)
    assert parse_sender(text, kind) == (sender, kind)


def test_a_virtual_number_is_a_number_that_is_declared_as_such() -> None:
    """It has the form of any number."""
    assert parse_sender("0044 7700 900004", VIRTUAL) == ("+447700900004", VIRTUAL)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", None),
        ("abcdefghijkl", None),
        ("12", None),
        ("123456789", None),
        ("447700900004", None),
        ("+1234", None),
        ("+44A", None),
        (" Chappe", None),
        ("Chappe ", None),
        (" ", None),
        ("...", None),
        ("Chappe\n", None),
        ("Chap\npe", None),
        ("Chappé", None),
        ("Chappe!", None),
        ("Chap/pe", None),
        ("Ж", None),
        ("12", SHORT_CODE),
        ("123456789", SHORT_CODE),
        ("+1234", SHORT_CODE),
        ("12A", SHORT_CODE),
        ("12٣", SHORT_CODE),
        ("12345", ALPHANUMERIC),
        ("+447700900004", ALPHANUMERIC),
        ("Chappe", NUMERIC),
        ("12345", NUMERIC),
        ("Chappe", VIRTUAL),
        ("12345", VIRTUAL),
    ],
)
def test_any_other_sender_is_refused(text: str, kind: SenderKind | None) -> None:
    """Senders that no network carries, or of another kind than declared, are refused."""
    words = r"^A sender has to be a name of at most 11 .* at least one letter, a number in .*, or a short code of 3 to 8 digits.$"
    with pytest.raises(InvalidInput, match=words) as refusal:
        parse_sender(text, kind)
    assert refusal.value.code is ErrorCode.INVALID_SENDER


def test_senders_are_told_apart_without_regard_to_case() -> None:
    """Two names that differ only in case are one sender."""
    assert sender_key("CHAPPE") == sender_key("chappe") == "chappe"
    assert sender_key("+447700900004") == "+447700900004"


@pytest.mark.parametrize(
    "text", ["00447700900004", " 447700900004", "+44 7700 900004", "\ufeff+447700900004"]
)
def test_a_number_has_one_key_however_it_is_written(text: str) -> None:
    """Since it has one stored form."""
    assert sender_key(text) == "+447700900004"


def test_what_is_no_sender_has_a_key_that_none_has() -> None:
    """It is searched unchanged, and not found."""
    assert sender_key("No Sender At All") == "no sender at all"


@pytest.mark.parametrize(
    ("key", "may_be"),
    [
        ("chappe", True),
        ("+447700900004", True),
        ("n" * 20, True),
        ("n" * 21, False),
        ("é", False),
        ("a\0", False),
    ],
)
def test_what_no_account_can_have_declared_is_not_looked_for(key: str, *, may_be: bool) -> None:
    """A key is at most as long as the longest sender, with characters of senders."""
    assert may_be_declared(key) is may_be


def test_kinds_and_statuses_are_described() -> None:
    """Each member has its own description."""
    descriptions = [member.description for member in (*SenderKind, *SenderStatus)]
    assert all(text.endswith(".") for text in descriptions)
    assert len(set(descriptions)) == 8
    assert [status.value for status in SenderStatus] == ["WAITING", "ENABLED", "REFUSED", "DISABLED"]
    assert [kind.value for kind in SenderKind] == ["ALPHANUMERIC", "NUMERIC", "SHORT_CODE", "VIRTUAL"]
