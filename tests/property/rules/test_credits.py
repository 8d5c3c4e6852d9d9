"""Properties of every amount of credits."""

from decimal import Decimal

from hypothesis import example, given
from hypothesis import strategies as st

from server.errors import ErrorCode, InvalidInput
from server.kit.credits import MAX_MILLICREDITS, format_credits, parse_credits

amounts = st.integers(-MAX_MILLICREDITS, MAX_MILLICREDITS)


@given(amounts)
def test_an_amount_survives_writing_and_reading(millicredits: int) -> None:
    """The shown text reads back as the same amount, and agrees with decimal arithmetic."""
    text = format_credits(millicredits)
    assert parse_credits(text) == millicredits
    assert Decimal(text) * 1_000 == millicredits


@given(amounts)
def test_an_amount_is_written_in_the_shortest_way(millicredits: int) -> None:
    """No shorter text of the amount exists: neither end can be cut without changing it."""
    text = format_credits(millicredits)
    assert text == "0" or not text.removeprefix("-").startswith("00")
    assert "." not in text or text[-1] not in "0."


@given(st.decimals(-(10**12), 10**12, places=3))
def test_every_decimal_with_three_places_is_read_exactly(amount: Decimal) -> None:
    """The plain notation of any decimal number is understood."""
    assert parse_credits(f"{amount:f}") == amount * 1_000


@given(st.text(max_size=20) | st.text("0123456789.-+eE_ ", max_size=20))
@example("-0")
def test_any_text_is_read_or_refused(text: str) -> None:
    """Accepted texts agree with decimal arithmetic; all others are refused as amounts."""
    code = None
    try:
        millicredits = parse_credits(text)
    except InvalidInput as refusal:
        code = refusal.code
    else:
        assert Decimal(text) * 1_000 == millicredits
        assert text.isascii()
    assert code in {None, ErrorCode.INVALID_AMOUNT}
