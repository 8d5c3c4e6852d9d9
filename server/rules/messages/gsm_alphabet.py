"""The GSM 7-bit default alphabet and its extension table (3GPP TS 23.038 §6.2.1 and §6.2.1.1)."""

from collections.abc import Mapping
from types import MappingProxyType

ESCAPE = "\x1b"

# A character's index is its code. The escape is at 0x1B; a text can't use it as a character.
BASIC_TABLE = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)

BASIC_CODES: Mapping[str, int] = MappingProxyType(
    {char: code for code, char in enumerate(BASIC_TABLE) if char != ESCAPE}
)
"""The code of each character of the basic table."""

EXTENSION_CODES: Mapping[str, int] = MappingProxyType(
    {
        "\f": 0x0A,
        "^": 0x14,
        "{": 0x28,
        "}": 0x29,
        "\\": 0x2F,
        "[": 0x3C,
        "~": 0x3D,
        "]": 0x3E,
        "|": 0x40,
        "€": 0x65,
    }
)
"""The code, after an escape, of each character of the extension table."""


def septets(char: str) -> int:
    """Return how many septets a character takes: 1, 2 with its escape, or 0 if the alphabet lacks it."""
    if char in BASIC_CODES:
        return 1
    return 2 if char in EXTENSION_CODES else 0
