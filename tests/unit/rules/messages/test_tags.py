"""Tags."""

import pytest

from server.errors import ErrorCode, InvalidInput
from server.rules.messages.tags import check_tag


@pytest.mark.parametrize("text", ["", "a", "x" * 20, "é" * 20, "Sale 2026 / 😀", "a\u00a0b", "a\u200db"])
def test_a_short_text_on_one_line_passes(text: str) -> None:
    """Up to 20 characters of any script pass."""
    assert check_tag(text) == text


@pytest.mark.parametrize(
    "text", ["x" * 21, "a\nb", "\t", "\0", "\x7f", "\x85", "\ud800", "\u2028", "\u2029", "\u202e"]
)
def test_longer_and_control_characters_are_refused(text: str) -> None:
    """Longer texts and line breaks are refused."""
    with pytest.raises(
        InvalidInput, match=r"^A tag has to be at most 20 characters, without control characters.$"
    ) as refusal:
        check_tag(text)
    assert refusal.value.code is ErrorCode.INVALID_TAG
