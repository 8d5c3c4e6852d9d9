"""Credits as decimal strings and as millicredits."""

import pytest

from server.errors import ErrorCode, InvalidInput
from server.kit.credits import MAX_CREDITS, MAX_MILLICREDITS, format_credits, parse_credits


@pytest.mark.parametrize(
    ("text", "millicredits"),
    [
        ("0", 0),
        ("-0", 0),
        ("0.0", 0),
        ("1", 1_000),
        ("49.5", 49_500),
        ("49.50", 49_500),
        ("49.500", 49_500),
        ("0.005", 5),
        ("-0.005", -5),
        ("2.35", 2_350),
        ("-12.3", -12_300),
        ("100", 100_000),
        ("1000000000000", 10**15),
        ("1000000000000.000", 10**15),
        ("-1000000000000", -(10**15)),
        ("999999999999.999", 10**15 - 1),
    ],
)
def test_a_decimal_string_is_read_exactly(text: str, millicredits: int) -> None:
    """Every digit counts, and none is rounded."""
    assert parse_credits(text) == millicredits


@pytest.mark.parametrize(
    "text",
    [
        "", "-", ".", ".5", "5.", "-.5", "+1", "--1", "1.2345", "1.0000", "1e3", "1E3", "1_000", "1,5", "1 000",
        " 1", "1 ", "1\n", "\t1", "0x10", "NaN", "Infinity", "inf", "01", "00", "-01", "1.2.3", "\uff11", "٣", "1.٣",
        "1000000000000.001", "-1000000000000.001", "1000000000001", "10000000000000", "9" * 5_000,
    ],
)  # fmt: skip
def test_any_other_text_is_refused(text: str) -> None:
    """Anything but a plain decimal number within the bound is refused as an amount."""
    with pytest.raises(InvalidInput) as refusal:
        parse_credits(text)
    assert refusal.value.code is ErrorCode.INVALID_AMOUNT


def test_refusals_tell_the_form_or_the_bound() -> None:
    """The message says how to write an amount, and how large it may be."""
    with pytest.raises(
        InvalidInput, match=r"^An amount is written as a decimal number with at most three digits"
    ):
        parse_credits("1.2345")
    with pytest.raises(InvalidInput, match=r"^An amount is at most 1000000000000 credits.$"):
        parse_credits("1000000000000.001")


@pytest.mark.parametrize(
    ("millicredits", "text"),
    [
        (0, "0"),
        (1, "0.001"),
        (-5, "-0.005"),
        (10, "0.01"),
        (100, "0.1"),
        (1_000, "1"),
        (-1_000, "-1"),
        (49_500, "49.5"),
        (-49_500, "-49.5"),
        (2_350, "2.35"),
        (100_000, "100"),
        (10**15, "1000000000000"),
    ],
)
def test_millicredits_are_written_as_briefly_as_possible(millicredits: int, text: str) -> None:
    """Without unnecessary zeros, points or signs."""
    assert format_credits(millicredits) == text


def test_thousands_of_the_largest_amounts_fit_in_64_bits() -> None:
    """Sums over many accounts at the bound stay within a signed 64-bit column."""
    assert MAX_MILLICREDITS == MAX_CREDITS * 1_000 == 10**15
    assert MAX_MILLICREDITS * 9_000 < 2**63
