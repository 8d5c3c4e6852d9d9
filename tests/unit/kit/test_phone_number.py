"""Telephone numbers."""

import re
from zoneinfo import ZoneInfo

import pytest

from server.errors import ErrorCode, InvalidInput
from server.kit.phone_number import last_digits, parse_phone_number, time_zones


@pytest.mark.parametrize(
    ("text", "e164", "country"),
    [
        ("+447700900004", "+447700900004", "GB"),
        ("00447700900004", "+447700900004", "GB"),
        ("+44 7700 900-004", "+447700900004", "GB"),
        ("+44.7700.900.004", "+447700900004", "GB"),
        ("+44 (0)7700 900004", "+447700900004", "GB"),
        ("0044 7700 900004", "+447700900004", "GB"),
        ("+12125550100", "+12125550100", "US"),
        ("+15550100000", "+15550100000", "US"),
        ("+14165550100", "+14165550100", "CA"),
        ("+70000000000", "+70000000000", "RU"),
        ("+77012345678", "+77012345678", "KZ"),
        ("+33612345678", "+33612345678", "FR"),
        ("+390612345678", "+390612345678", "IT"),
        ("+80012345678", "+80012345678", None),
        (" +447700900004 ", "+447700900004", "GB"),
        ("+447700900004\r\n", "+447700900004", "GB"),
        (" 447700900004", "+447700900004", "GB"),
        ("  33 6 12 34 56 78", "+33612345678", "FR"),
        (" 00447700900004", "+447700900004", "GB"),
        ("\u202a+44\xa07700\u202f900004\u202c", "+447700900004", "GB"),
        ("\ufeff\u200e+33\u200b612345678\u200f", "+33612345678", "FR"),
    ],
)
def test_an_international_number_is_brought_into_one_form(text: str, e164: str, country: str | None) -> None:
    """In any spelling, a number has one stored form and its country's rate."""
    number = parse_phone_number(text)
    assert (number.e164, number.country) == (e164, country)


@pytest.mark.parametrize(
    "text",
    [
        "", "+", "00", "447700900004", "07700900004", " 07700900004", "+44\n7700900004", "+44\u20117700900004",
        "++447700900004", "+ ", "+44770090000a", "+44\uff17700900004", "+4477", "+44770090000412345", "+999123456789",
        "+0447700900004", "tel:+447700900004", "+447700900004;ext=1", "+447700900004x12", "+44/7700900004",
        "+1212555010", "0-0447700900004", "+44\t7700900004", "+44" + " " * 18 + "7700900004-", "(+44)7700900004",
    ],
)  # fmt: skip
def test_a_number_that_can_not_be_is_refused(text: str) -> None:
    """National formats, other characters, other digits and impossible lengths are refused."""
    with pytest.raises(InvalidInput, match=r"^A number is written in international format, like") as refusal:
        parse_phone_number(text)
    assert refusal.value.code is ErrorCode.INVALID_PHONE_NUMBER


@pytest.mark.parametrize(
    ("text", "named"),
    [("+44\u20117700900004", "U+2011"), ("+44\uff17700900004", "U+FF17"), ("+44\t7700900004", "U+0009")],
)
def test_a_sign_that_can_not_be_seen_or_typed_is_named(text: str, named: str) -> None:
    """A person could not see it in the number."""
    with pytest.raises(InvalidInput, match=rf"like \+447700900004, without {re.escape(named)}\.$"):
        parse_phone_number(text)


def test_a_long_text_is_not_looked_through() -> None:
    """A text that is too long costs no work."""
    with pytest.raises(InvalidInput):
        parse_phone_number("\u200e" * 1_000_000 + "+447700900004")


def test_at_most_32_characters_are_looked_at() -> None:
    """The bound on the length is exact."""
    number = "+447700900004"
    padding = " " * (32 - len(number))
    assert parse_phone_number(f"+44{padding}7700900004").e164 == number
    with pytest.raises(InvalidInput):
        parse_phone_number(f"+44{padding} 7700900004")


def test_a_number_is_a_value() -> None:
    """Two spellings of a number give equal, immutable values."""
    number = parse_phone_number("+447700900004")
    assert number == parse_phone_number("00447700900004")
    with pytest.raises(AttributeError):
        number.e164 = "+1"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("number", "zones"),
    [
        ("+33612345678", {"Europe/Paris"}),
        ("+12125550100", {"America/New_York"}),
        ("+447700900004", {"Europe/London", "Europe/Guernsey", "Europe/Isle_of_Man"}),
        ("+80012345678", {"UTC"}),
    ],
)
def test_a_number_tells_where_its_phone_may_be(number: str, zones: set[str]) -> None:
    """By its prefix, even in a range without subscribers; UTC if it belongs to no place."""
    assert set(time_zones(number)) == zones
    for zone in zones:
        assert ZoneInfo(zone)


@pytest.mark.parametrize(
    ("address", "digits"),
    [
        ("+447700900004", "0900004"),
        ("00447700900004", "0900004"),
        ("07700900004", "0900004"),
        ("7700900004", "0900004"),
        ("1234567", "1234567"),
        ("0123456", None),
        ("36000", None),
        ("447700XXXXXX", None),
        ("Chappe", None),
        ("", None),
    ],
)
def test_a_number_ends_alike_in_every_form(address: str, digits: str | None) -> None:
    """International or national; a text that is too short, or not a number, has none."""
    assert last_digits(address) == digits
