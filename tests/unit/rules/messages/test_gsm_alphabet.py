"""The GSM 7-bit default alphabet, character by character."""

import unicodedata

import pytest

from server.rules.messages.gsm_alphabet import BASIC_CODES, BASIC_TABLE, EXTENSION_CODES, septets

# 3GPP TS 23.038 §6.2.1, by Unicode name, where the table differs from ASCII.
NATIONAL = {
    0x00: "COMMERCIAL AT", 0x01: "POUND SIGN", 0x02: "DOLLAR SIGN", 0x03: "YEN SIGN",
    0x04: "LATIN SMALL LETTER E WITH GRAVE", 0x05: "LATIN SMALL LETTER E WITH ACUTE",
    0x06: "LATIN SMALL LETTER U WITH GRAVE", 0x07: "LATIN SMALL LETTER I WITH GRAVE",
    0x08: "LATIN SMALL LETTER O WITH GRAVE", 0x09: "LATIN CAPITAL LETTER C WITH CEDILLA",
    0x0B: "LATIN CAPITAL LETTER O WITH STROKE", 0x0C: "LATIN SMALL LETTER O WITH STROKE",
    0x0E: "LATIN CAPITAL LETTER A WITH RING ABOVE", 0x0F: "LATIN SMALL LETTER A WITH RING ABOVE",
    0x10: "GREEK CAPITAL LETTER DELTA", 0x11: "LOW LINE", 0x12: "GREEK CAPITAL LETTER PHI",
    0x13: "GREEK CAPITAL LETTER GAMMA", 0x14: "GREEK CAPITAL LETTER LAMDA", 0x15: "GREEK CAPITAL LETTER OMEGA",
    0x16: "GREEK CAPITAL LETTER PI", 0x17: "GREEK CAPITAL LETTER PSI", 0x18: "GREEK CAPITAL LETTER SIGMA",
    0x19: "GREEK CAPITAL LETTER THETA", 0x1A: "GREEK CAPITAL LETTER XI", 0x1C: "LATIN CAPITAL LETTER AE",
    0x1D: "LATIN SMALL LETTER AE", 0x1E: "LATIN SMALL LETTER SHARP S", 0x1F: "LATIN CAPITAL LETTER E WITH ACUTE",
    0x24: "CURRENCY SIGN", 0x40: "INVERTED EXCLAMATION MARK", 0x5B: "LATIN CAPITAL LETTER A WITH DIAERESIS",
    0x5C: "LATIN CAPITAL LETTER O WITH DIAERESIS", 0x5D: "LATIN CAPITAL LETTER N WITH TILDE",
    0x5E: "LATIN CAPITAL LETTER U WITH DIAERESIS", 0x5F: "SECTION SIGN", 0x60: "INVERTED QUESTION MARK",
    0x7B: "LATIN SMALL LETTER A WITH DIAERESIS", 0x7C: "LATIN SMALL LETTER O WITH DIAERESIS",
    0x7D: "LATIN SMALL LETTER N WITH TILDE", 0x7E: "LATIN SMALL LETTER U WITH DIAERESIS",
    0x7F: "LATIN SMALL LETTER A WITH GRAVE",
}  # fmt: skip


@pytest.mark.parametrize("code", range(128))
def test_each_code_stands_for_the_character_of_the_standard(code: int) -> None:
    """The basic table has each character at its code: national letters by name, others as in ASCII."""
    char = BASIC_TABLE[code]
    assert char == (unicodedata.lookup(NATIONAL[code]) if code in NATIONAL else chr(code))


def test_the_basic_table_has_128_places_and_no_character_twice() -> None:
    """The table is complete; the escape is not a character of texts."""
    assert len(BASIC_TABLE) == len(set(BASIC_TABLE)) == 128
    assert len(BASIC_CODES) == 127
    assert all(BASIC_TABLE[code] == char for char, code in BASIC_CODES.items())


def test_the_extension_table_is_that_of_the_standard() -> None:
    """Ten characters follow an escape, each with its code (TS 23.038 §6.2.1.1)."""
    assert EXTENSION_CODES == {
        "\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F, "[": 0x3C, "~": 0x3D, "]": 0x3E, "|": 0x40, "€": 0x65,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("char", "count"),
    [("A", 1), ("@", 1), ("\n", 1), ("€", 2), ("\f", 2), ("\x1b", 0), ("ç", 0), ("`", 0), ("\t", 0), ("\u0410", 0),
     ("\u2126", 0), ("\u212b", 0), ("\u2019", 0), ("\u00a0", 0), ("😀", 0)],
)  # fmt: skip
def test_a_character_takes_one_septet_two_or_is_lacking(char: str, count: int) -> None:
    """Look-alikes of the table's characters, and the escape itself, are missing."""
    assert septets(char) == count


def test_the_tables_can_not_be_changed() -> None:
    """No caller can change the alphabet for others."""
    for table in (BASIC_CODES, EXTENSION_CODES):
        with pytest.raises(TypeError):
            table["x"] = 1  # type: ignore[index]
