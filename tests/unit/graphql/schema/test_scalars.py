"""Scalars accept exactly the forms in their descriptions."""

import pytest

from server.errors import ErrorCode
from server.graphql.schema.scalars import (
    MAX_TEXT,
    SCALARS,
    URL,
    CountryCode,
    Credits,
    DateTime,
    IPAddress,
    Malformed,
    PhoneNumber,
)

NOON_US = 1_789_992_000_000_000  # 21 September 2026, 12:00 UTC


def _parse(scalar: object, value: object) -> object:
    definition = SCALARS[scalar]
    assert definition.parse_value is not None
    return definition.parse_value(value)


def _serialize(scalar: object, value: object) -> object:
    definition = SCALARS[scalar]
    assert definition.serialize is not None
    return definition.serialize(value)


@pytest.mark.parametrize(
    ("text", "millicredits"),
    [
        ("0", 0),
        ("49.5", 49_500),
        ("0.001", 1),
        ("-1.25", -1_250),
        ("1.000", 1_000),
        ("1000000000000", 10**15),
    ],
)
def test_credits_are_exact_decimal_strings(text: str, millicredits: int) -> None:
    """A decimal string is read exactly to thousandths, and written in the shortest form."""
    assert _parse(Credits, text) == millicredits
    assert _parse(Credits, _serialize(Credits, millicredits)) == millicredits


@pytest.mark.parametrize(
    "value",
    [
        "", " ", "1e3", "1.0005", ".5", "5.", "+1", "01", "1,5", "1_000", " 1", "1\n", "٣", "NaN", "Infinity",
        "0x10", "1000000000000.001", "9" * 5_000, 1, 1.5, True, None, [], {}, ["1"],
    ],
    ids=lambda value: repr(value)[:20],
)  # fmt: skip
def test_other_amounts_are_refused(value: object) -> None:
    """JSON numbers, exponents, finer fractions and amounts beyond the bounds are refused."""
    refused = _parse(Credits, value)
    assert isinstance(refused, Malformed)
    assert refused.error.code is ErrorCode.INVALID_AMOUNT


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("2026-09-21T12:00:00Z", NOON_US),
        ("2026-09-21t12:00:00z", NOON_US),
        ("2026-09-21T14:00:00+02:00", NOON_US),
        ("2026-09-21T06:30:00-05:30", NOON_US),
        ("2026-09-21T12:00:00.000001Z", NOON_US + 1),
        ("2026-09-21T12:00:00.5Z", NOON_US + 500_000),
        ("2026-09-21T12:00:00.123456789Z", NOON_US + 123_456),
    ],
)
def test_times_may_have_any_offset(text: str, us: int) -> None:
    """A time is the same instant with any offset."""
    assert _parse(DateTime, text) == us


def test_times_are_shown_in_utc() -> None:
    """Answers use UTC and milliseconds."""
    assert _serialize(DateTime, NOON_US + 123_999) == "2026-09-21T12:00:00.123Z"


@pytest.mark.parametrize(
    "value",
    [
        "", "2026-09-21", "2026-09-21T12:00Z", "2026-09-21T12:00:00", "2026-09-21 12:00:00Z", "20260921T120000Z",
        "2026-W39-1T12:00:00Z", "2026-02-30T12:00:00Z", "2026-09-21T24:00:01Z", "2026-09-21T12:00:60Z",
        "2026-09-21T12:00:00+2", "2026-09-21T12:00:00+25:00", "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-01:00", "0000-01-01T00:00:00Z", "10000-01-01T00:00:00Z", "2026-09-21T12:00:00Z\n",
        "٢٠٢٦-09-21T12:00:00Z", "now", "9" * 5_000, 1_789_992_000, 1.5, True, None, [], {},
    ],
    ids=lambda value: repr(value)[:30],
)  # fmt: skip
def test_other_times_are_refused(value: object) -> None:
    """Forms outside RFC 3339, days that don't exist, and years outside 1 to 9999 in UTC are refused."""
    refused = _parse(DateTime, value)
    assert isinstance(refused, Malformed)
    assert refused.error.code is ErrorCode.INVALID_DATE


@pytest.mark.parametrize("scalar", [PhoneNumber, IPAddress, URL], ids=["PhoneNumber", "IPAddress", "URL"])
def test_texts_are_for_the_operation_to_check(scalar: object) -> None:
    """Numbers, addresses and URLs are any text up to a bound here, so that a refusal can name the field."""
    assert _parse(scalar, "x" * MAX_TEXT) == "x" * MAX_TEXT
    others: list[object] = ["x" * (MAX_TEXT + 1), 1, None, True, [], {}]
    for value in others:
        assert isinstance(_parse(scalar, value), Malformed)


def test_countries_are_two_letters_in_any_case() -> None:
    """A country is two ASCII letters, shown in upper case."""
    assert _parse(CountryCode, "fr") == "FR"
    for value in ("", "F", "FRA", "F1", "ÄÖ", "F ", 33, None, ["FR"]):
        assert isinstance(_parse(CountryCode, value), Malformed)
