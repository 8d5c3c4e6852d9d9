"""How a text is split into the parts of a message: coding, length and cuts (3GPP TS 23.038 and 23.040)."""

from dataclasses import dataclass

from server.errors import ErrorCode, InvalidInput
from server.kit.described_enums import DescribedStr
from server.rules.messages.gsm_alphabet import septets

DEFAULT_MAX_PARTS = 6

_FIRST_ASTRAL = "\U00010000"
_MAX_NAMED = 10


class Coding(DescribedStr):
    """How the characters of a message are coded."""

    GSM_7BIT = "GSM_7BIT", "The GSM 03.38 alphabet: 160 characters in one part, 153 in each of several."
    UNICODE = "UNICODE", "UTF-16: 70 code units in one part, 67 in each of several."

    @property
    def single_capacity(self) -> int:
        """Return how many units fit in a single part (140 octets, TS 23.040 §9.2.3.24)."""
        return 160 if self is Coding.GSM_7BIT else 70

    @property
    def part_capacity(self) -> int:
        """Return how many units fit in one of several parts, after the header that joins them."""
        return 153 if self is Coding.GSM_7BIT else 67

    def units(self, char: str) -> int:
        """Return how many units a character takes: septets including an escape, or UTF-16 code units."""
        if self is Coding.GSM_7BIT:
            return septets(char)
        return 2 if char >= _FIRST_ASTRAL else 1


@dataclass(frozen=True, slots=True)
class Segments:
    """How a text is sent: its coding, its length in the coding's units, and its parts.

    `forced_unicode` has the distinct characters outside GSM 03.38, in the order of the text.
    """

    coding: Coding
    length: int
    parts: int
    forced_unicode: tuple[str, ...]


def analyse(text: str, coding: Coding | None = None, max_parts: int = DEFAULT_MAX_PARTS) -> Segments:
    """Return how a text is sent in the given coding, or in the cheapest one that has its characters.

    Raises:
        InvalidInput: EMPTY_MESSAGE; MESSAGE_TOO_LONG; CODING_MISMATCH, naming the characters that 7-bit
        coding lacks; INVALID_INPUT for a NUL or half a surrogate pair, which no phone can show.
    """
    max_chars = Coding.GSM_7BIT.single_capacity * max_parts
    if len(text) > max_chars:  # checked first, because looking at the content of a long text is slow
        fewest = -(-len(text) // Coding.GSM_7BIT.part_capacity)
        msg = f"The message needs at least {fewest} parts, but only {max_parts} are allowed."
        raise InvalidInput(msg, code=ErrorCode.MESSAGE_TOO_LONG)
    _check_sendable(text)
    forced_unicode = tuple(dict.fromkeys(char for char in text if not septets(char)))
    if coding is None:
        coding = Coding.UNICODE if forced_unicode else Coding.GSM_7BIT
    _check_coding(coding, forced_unicode)
    parts = len(_cuts(text, coding))
    if parts > max_parts:
        msg = f"The message needs {parts} parts, but only {max_parts} are allowed."
        raise InvalidInput(msg, code=ErrorCode.MESSAGE_TOO_LONG)
    return Segments(coding, _length(text, coding), parts, forced_unicode)


def split(text: str, coding: Coding) -> list[str]:
    """Return the texts of the parts, each as full as whole characters allow.

    A surrogate pair, or an escape with its character, is never split between two parts. `analyse` checks how
    many parts are allowed.

    Raises:
        InvalidInput: as `analyse`, except MESSAGE_TOO_LONG.
    """
    _check_sendable(text)
    _check_coding(coding, tuple(dict.fromkeys(char for char in text if not septets(char))))
    cuts = _cuts(text, coding)
    return [text[start:end] for start, end in zip(cuts, [*cuts[1:], len(text)], strict=True)]


def _cuts(text: str, coding: Coding) -> list[int]:
    """Return the indices where the parts begin."""
    cuts = [0]
    if _length(text, coding) <= coding.single_capacity:
        return cuts
    used = 0
    for index, char in enumerate(text):
        units = coding.units(char)
        if used + units > coding.part_capacity:
            cuts.append(index)
            used = 0
        used += units
    return cuts


def _length(text: str, coding: Coding) -> int:
    return sum(map(coding.units, text))


def _check_sendable(text: str) -> None:
    if not text:
        msg = "The message has no text."
        raise InvalidInput(msg, code=ErrorCode.EMPTY_MESSAGE)
    for char in text:
        if char == "\0" or "\ud800" <= char <= "\udfff":
            msg = f"The message has U+{ord(char):04X}, which is not a valid character."
            raise InvalidInput(msg)


def _check_coding(coding: Coding, outside: tuple[str, ...]) -> None:
    if coding is Coding.UNICODE or not outside:
        return
    named = ", ".join(f"{_shown(char)} (U+{ord(char):04X})" for char in outside[:_MAX_NAMED])
    more = ", and others" if len(outside) > _MAX_NAMED else ""
    msg = f"7-bit coding lacks {named}{more}."
    raise InvalidInput(msg, code=ErrorCode.CODING_MISMATCH)


def _shown(char: str) -> str:
    return f'"{char}"' if char.isprintable() else "a character"
