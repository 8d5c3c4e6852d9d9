"""Coding, length and parts of a text."""

import pytest

from server.errors import ErrorCode, InvalidInput
from server.rules.messages.segments import Coding, Segments, analyse, split

GSM, UNICODE = Coding.GSM_7BIT, Coding.UNICODE


def refused(code: ErrorCode, text: str, coding: Coding | None = None, max_parts: int = 6) -> str:
    """Return the message of a refused analysis, after checking the code."""
    with pytest.raises(InvalidInput) as refusal:
        analyse(text, coding, max_parts)
    assert refusal.value.code is code
    return refusal.value.message


@pytest.mark.parametrize(
    ("text", "coding", "length", "parts"),
    [
        ("a", GSM, 1, 1),
        (" ", GSM, 1, 1),
        ("é\n€", GSM, 4, 1),
        ("a" * 160, GSM, 160, 1),
        ("a" * 161, GSM, 161, 2),
        ("a" * 306, GSM, 306, 2),
        ("a" * 307, GSM, 307, 3),
        ("a" * 918, GSM, 918, 6),
        ("€" * 80, GSM, 160, 1),
        ("€" * 80 + "a", GSM, 161, 2),
        ("a" * 159 + "€", GSM, 161, 2),
        ("ж", UNICODE, 1, 1),
        ("ж" * 70, UNICODE, 70, 1),
        ("ж" * 71, UNICODE, 71, 2),
        ("ж" * 134, UNICODE, 134, 2),
        ("ж" * 135, UNICODE, 135, 3),
        ("ж" * 402, UNICODE, 402, 6),
        ("😀" * 35, UNICODE, 70, 1),
        ("😀" * 35 + "a", UNICODE, 71, 2),
        ("\uffff" * 70, UNICODE, 70, 1),
        ("\U00010000" * 35, UNICODE, 70, 1),
        ("ж€", UNICODE, 2, 1),
        ("\x1b", UNICODE, 1, 1),
    ],
)
def test_coding_length_and_parts_follow_from_the_text(
    text: str, coding: Coding, length: int, parts: int
) -> None:
    """The cheapest coding is chosen, and the bounds of one and several parts are exact."""
    segments = analyse(text)
    assert (segments.coding, segments.length, segments.parts) == (coding, length, parts)
    assert len(split(text, coding)) == parts


def test_escape_pairs_at_the_cuts_can_cost_a_part() -> None:
    """306 septets fit in two parts only if no escape is at the end of the first."""
    text = "a" * 152 + "€" + "a" * 152
    segments = analyse(text)
    assert (segments.length, segments.parts) == (306, 3)
    assert split(text, GSM) == ["a" * 152, "€" + "a" * 151, "a"]


def test_surrogate_pairs_at_the_cuts_can_cost_a_part() -> None:
    """134 code units fit in two parts only if no pair crosses the end of the first."""
    text = "ж" * 66 + "😀" + "ж" * 66
    segments = analyse(text)
    assert (segments.length, segments.parts) == (134, 3)
    assert split(text, UNICODE) == ["ж" * 66, "😀" + "ж" * 65, "ж"]


@pytest.mark.parametrize(("coding", "char", "single", "part"), [(GSM, "a", 160, 153), (UNICODE, "ж", 70, 67)])
def test_parts_are_filled_to_the_last_unit(coding: Coding, char: str, single: int, part: int) -> None:
    """A single part holds more than each of several, which have a header."""
    assert split(char * single, coding) == [char * single]
    assert split(char * (single + 1), coding) == [char * part, char * (single + 1 - part)]
    assert split(char * (2 * part), coding) == [char * part] * 2


def test_the_characters_that_forced_unicode_are_named_once_in_order() -> None:
    """A person sees which characters to replace."""
    assert analyse("aжb😀жc\u2019").forced_unicode == ("ж", "😀", "\u2019")
    assert analyse("plain {text}").forced_unicode == ()


def test_unicode_may_be_asked_for_without_need() -> None:
    """A text that fits 7-bit coding is counted in the requested coding."""
    assert analyse("a€", UNICODE) == Segments(UNICODE, 2, 1, ())
    assert analyse("aж", UNICODE) == Segments(UNICODE, 2, 1, ("ж",))
    assert analyse("a" * 71, UNICODE).parts == 2
    assert split("€" * 71, UNICODE) == ["€" * 67, "€" * 4]


def test_seven_bit_may_be_asked_for_where_it_suffices() -> None:
    """A request for 7-bit coding changes nothing for a text that fits it."""
    assert analyse("a€", GSM) == Segments(GSM, 3, 1, ())


def test_an_empty_text_is_refused() -> None:
    """No text is no message."""
    assert refused(ErrorCode.EMPTY_MESSAGE, "") == "The message has no text."
    assert refused(ErrorCode.EMPTY_MESSAGE, "", UNICODE) == "The message has no text."
    with pytest.raises(InvalidInput):
        split("", GSM)


def test_seven_bit_coding_names_what_it_lacks() -> None:
    """A mismatch quotes each character once with its code point, or only the code point if invisible."""
    message = refused(ErrorCode.CODING_MISMATCH, "aжb\x1bж", GSM)
    assert message == '7-bit coding lacks "ж" (U+0436), a character (U+001B).'
    with pytest.raises(InvalidInput, match="U\\+0436") as refusal:
        split("ж", GSM)
    assert refusal.value.code is ErrorCode.CODING_MISMATCH


def test_a_mismatch_names_ten_characters_at_most() -> None:
    """However many are missing, the answer stays short."""
    ten = "абвгдежзик"
    assert refused(ErrorCode.CODING_MISMATCH, ten, GSM).endswith('"к" (U+043A).')
    assert refused(ErrorCode.CODING_MISMATCH, ten + "л", GSM).endswith('"к" (U+043A), and others.')


@pytest.mark.parametrize("code_point", [0xD800, 0xDBFF, 0xDC00, 0xDFFF, 0])
def test_what_is_no_character_is_refused(code_point: int) -> None:
    """Half a surrogate pair and a NUL reach neither database nor operator, in any coding."""
    char = chr(code_point)
    for coding in (None, GSM, UNICODE):
        expected = f"The message has U+{code_point:04X}, which is not a valid character."
        assert refused(ErrorCode.INVALID_INPUT, f"a{char}", coding) == expected
    with pytest.raises(InvalidInput):
        split(char, UNICODE)


@pytest.mark.parametrize("char", ["\ud7ff", "\ue000", "\x01"])
def test_characters_next_to_the_refused_ones_pass(char: str) -> None:
    """The bounds of refused characters are exact."""
    assert analyse(char).forced_unicode == (char,)


def test_more_parts_than_allowed_are_refused() -> None:
    """The bound on parts is exact, by default six, otherwise the server's setting."""
    assert refused(ErrorCode.MESSAGE_TOO_LONG, "a" * 919) == (
        "The message needs 7 parts, but only 6 are allowed."
    )
    refused(ErrorCode.MESSAGE_TOO_LONG, "a" * 161, max_parts=1)
    # A text that is far too long is refused by its length, whatever is in it.
    assert refused(ErrorCode.MESSAGE_TOO_LONG, "\0" * 250_000) == (
        "The message needs at least 1634 parts, but only 6 are allowed."
    )
    assert analyse("a" * 161, max_parts=2).parts == 2
    assert analyse("a" * 160, max_parts=1).parts == 1


def test_codings_are_described() -> None:
    """Each coding has a description."""
    assert all("one part" in coding.description for coding in Coding)
    assert [coding.value for coding in Coding] == ["GSM_7BIT", "UNICODE"]
