"""Characters to octets and back, by `data_coding` (SMPP 3.4 §5.2.19; 3GPP TS 23.038 §4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from server.rules.links.smpp import DefaultAlphabet, FlashForm
from server.rules.messages.gsm_alphabet import BASIC_CODES, BASIC_TABLE, ESCAPE, EXTENSION_CODES
from server.rules.messages.segments import Coding, split

DATA_CODING_DEFAULT = 0x00
DATA_CODING_ASCII = 0x01
DATA_CODING_LATIN_1 = 0x03
DATA_CODING_UCS2 = 0x08

_GENERAL_GROUP = 0x10
_CLASS_GROUP = 0xF0
_UTF_16 = "utf-16-be"
_LATIN_1 = "latin-1"
_BINARY = frozenset({0x02, 0x04})
_CHARSETS: Mapping[int, str] = MappingProxyType(
    {DATA_CODING_ASCII: _LATIN_1, DATA_CODING_LATIN_1: _LATIN_1, 0x06: "iso8859-5", 0x07: "iso8859-8"}
)

_ENCODING_TABLE = MappingProxyType(
    {
        **{char: bytes((code,)) for char, code in BASIC_CODES.items()},
        **{char: bytes((BASIC_TABLE.index(ESCAPE), code)) for char, code in EXTENSION_CODES.items()},
    }
)
_EXTENSION_CHARS: Mapping[int, str] = MappingProxyType({code: char for char, code in EXTENSION_CODES.items()})


class TooManyParts(Exception):
    """In the operator's alphabet a message takes more parts than were charged."""


@dataclass(frozen=True, slots=True)
class EncodedParts:
    """The parts of a message in octets, and their `data_coding`."""

    data_coding: int
    parts: tuple[bytes, ...]


def encode_parts(
    parts: Sequence[str],
    coding: Coding,
    *,
    message_class: int | None = None,
    alphabet: DefaultAlphabet = DefaultAlphabet.GSM_7BIT,
    flash_form: FlashForm = FlashForm.GENERAL,
) -> EncodedParts:
    """Return the texts of a message's parts encoded as the link's operator wants.

    If the operator wants Latin-1 and the text has a character outside it (a Greek one, say), the whole
    message goes as UCS-2, cut again, since such parts hold less.

    Raises:
        KeyError: a 7-bit text has a character outside GSM 03.38.
        TooManyParts: cut again, there are more parts.
    """
    if coding is Coding.GSM_7BIT:
        try:
            octets = tuple(_encode_default(part, alphabet) for part in parts)
        except UnicodeEncodeError:
            planned = len(parts)
            parts = split("".join(parts), Coding.UNICODE)
            if len(parts) > planned:
                raise TooManyParts from None
        else:
            return EncodedParts(_with_class(DATA_CODING_DEFAULT, message_class, flash_form), octets)
    return EncodedParts(
        _with_class(DATA_CODING_UCS2, message_class), tuple(part.encode(_UTF_16) for part in parts)
    )


def carries(parts: Sequence[str], coding: Coding, alphabet: DefaultAlphabet) -> bool:
    """Tell whether a message takes no more parts in this alphabet than were charged."""
    if coding is Coding.UNICODE or alphabet is DefaultAlphabet.GSM_7BIT:
        return True
    try:
        encode_parts(parts, coding, alphabet=alphabet)
    except TooManyParts:
        return False
    return True


def decode_text(octets: bytes, data_coding: int, alphabet: DefaultAlphabet = DefaultAlphabet.GSM_7BIT) -> str:
    """Return the text of an incoming message; unreadable octets become replacement characters.

    A NUL is left out: phones show nothing for it, and databases refuse it.
    """
    return _decode(octets, _alphabet_code(data_coding), alphabet).replace("\0", "")


def encode_gsm(text: str) -> bytes:
    """Return a text in GSM 03.38, one septet per octet, with extension characters after an escape.

    Raises:
        KeyError: a character is outside the alphabet.
    """
    return b"".join([_ENCODING_TABLE[char] for char in text])


def decode_gsm(octets: bytes) -> str:
    """Return the text of unpacked GSM 03.38.

    An escape before a code that is not in the extension table is skipped (TS 23.038 §6.2.1.1). Octets above
    127 are not septets: operators that send them mean Latin-1.
    """
    chars: list[str] = []
    escaped = False
    for octet in octets:
        char = BASIC_TABLE[octet] if octet < len(BASIC_TABLE) else chr(octet)
        if char == ESCAPE:
            escaped = True
            continue
        chars.append(_EXTENSION_CHARS.get(octet, char) if escaped else char)
        escaped = False
    return "".join(chars)


def is_unicode(data_coding: int) -> bool:
    """Tell whether octets with this `data_coding` are UTF-16."""
    return _alphabet_code(data_coding) == DATA_CODING_UCS2


def _encode_default(text: str, alphabet: DefaultAlphabet) -> bytes:
    return encode_gsm(text) if alphabet is DefaultAlphabet.GSM_7BIT else text.encode(_LATIN_1)


def _with_class(
    data_coding: int, message_class: int | None, flash_form: FlashForm = FlashForm.GENERAL
) -> int:
    if message_class is None:
        return data_coding
    group = _CLASS_GROUP if flash_form is FlashForm.CLASS_GROUP else _GENERAL_GROUP
    return data_coding | group | message_class


def _alphabet_code(data_coding: int) -> int:
    """Return the code from 0x00 to 0x0F, without a class, that names the same alphabet.

    The groups with a class or a waiting indication are those of TS 23.038 §4. From 0xC0 on, the alphabet is
    in other bits.
    """
    if data_coding < _GENERAL_GROUP:
        return data_coding
    group, low = data_coding & 0xF0, data_coding & 0x0C
    if group <= 0x70:  # noqa: PLR2004 the general group: compression and class, then the alphabet
        return low
    if group == 0xE0:  # noqa: PLR2004 message waiting, in UCS-2
        return DATA_CODING_UCS2
    return low & 0x04 if group == _CLASS_GROUP else DATA_CODING_DEFAULT


def _decode(octets: bytes, code: int, alphabet: DefaultAlphabet) -> str:
    if code == DATA_CODING_UCS2:
        return octets.decode(_UTF_16, "replace").removeprefix("\ufeff")
    if code in _CHARSETS or code in _BINARY:
        return octets.decode(_CHARSETS.get(code, _LATIN_1), "replace")
    return decode_gsm(octets) if alphabet is DefaultAlphabet.GSM_7BIT else octets.decode(_LATIN_1)
