"""Texts by people."""

import pytest

from server.errors import ErrorCode, InvalidInput
from server.rules.core.free_texts import check_line, check_lines, is_blank


@pytest.mark.parametrize("text", ["", "Billing of Ada", "Café 😀", "a\u200db", "\u05d0\u200f", "x" * 20])
def test_a_line_of_any_script_passes(text: str) -> None:
    """Some scripts need joiners and direction marks."""
    assert check_line(text, 20) == text


@pytest.mark.parametrize(
    "char",
    ["\0", "\t", "\r", "\n", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\ud800", "\u202e", "\u2066"],
)
def test_what_breaks_or_turns_a_line_is_named(char: str) -> None:
    """It could forge a log line or a mail header, or make a text look like another."""
    with pytest.raises(InvalidInput, match=rf"^This text may not contain U\+{ord(char):04X}\.$") as refusal:
        check_line(f"a{char}b", 20)
    assert refusal.value.code is ErrorCode.INVALID_TEXT


def test_a_text_of_several_lines_may_have_breaks_and_nothing_else() -> None:
    """A clause may have two lines."""
    assert check_lines("one\r\ntwo\tthree", 20) == "one\r\ntwo\tthree"
    with pytest.raises(InvalidInput):
        check_lines("one\x1btwo", 20)


@pytest.mark.parametrize(("text", "bounds"), [("", "1 to 5"), ("x" * 6, "1 to 5")])
def test_a_line_keeps_its_bounds(text: str, bounds: str) -> None:
    """The refusal names them."""
    with pytest.raises(InvalidInput, match=f"^A name has to be {bounds} characters long.$") as refusal:
        check_line(text, 5, shortest=1, what="A name")
    assert refusal.value.code is ErrorCode.INVALID_INPUT


@pytest.mark.parametrize(
    ("text", "blank"),
    [("", True), (" ", True), ("\r\n\t\xa0", True), ("\u200b\ufeff", True), (" . ", False), ("\x1b", False)],
)
def test_a_text_without_anything_to_see_is_blank(text: str, *, blank: bool) -> None:
    """Spaces of any width, line breaks and invisible characters."""
    assert is_blank(text) is blank
