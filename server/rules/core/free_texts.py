"""Texts that people choose: labels, names, comments, reasons. None can break out of its line when shown."""

import unicodedata

from server.errors import ErrorCode, InvalidInput

LINE_BREAKS = "\r\n\t"

# Control characters, halves of surrogate pairs, line and paragraph separators.
_REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
# They change the direction of all text that follows, also in a log: one text could look like another.
_TURNS_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def unfit_character(text: str, *, allowed: str = "") -> str | None:
    """Return the first character that could break, forge or hide a line, or None."""
    if text.isascii() and text.isprintable():
        return None
    return next((char for char in text if char not in allowed and _is_unfit(char)), None)


def check_line(text: str, longest: int, *, shortest: int = 0, what: str = "This text") -> str:
    """Return a text of one line.

    Raises:
        InvalidInput: INVALID_TEXT, naming a forbidden character; or the text is too short or too long.
    """
    return _check(text, shortest, longest, what, allowed="")


def check_lines(text: str, longest: int) -> str:
    """Return a text of any number of lines.

    Raises:
        InvalidInput: as `check_line`, except that line breaks and tabs are allowed.
    """
    return _check(text, 0, longest, "This text", allowed=LINE_BREAKS)


def readable(text: str, longest: int) -> str:
    """Return a text from outside in a form that can be shown: on one line and not too long."""
    return "".join(" " if _is_unfit(char) else char for char in text[:longest])


def is_blank(text: str) -> bool:
    """Whether a text has no visible character."""
    return all(char.isspace() or unicodedata.category(char) == "Cf" for char in text)


def _check(text: str, shortest: int, longest: int, what: str, *, allowed: str) -> str:
    unfit = unfit_character(text, allowed=allowed)
    if unfit is not None:
        msg = f"This text may not contain U+{ord(unfit):04X}."
        raise InvalidInput(msg, code=ErrorCode.INVALID_TEXT)
    if not shortest <= len(text) <= longest:
        bounds = f"{shortest} to {longest}" if shortest else f"at most {longest}"
        raise InvalidInput(f"{what} has to be {bounds} characters long.")
    return text


def _is_unfit(char: str) -> bool:
    return unicodedata.category(char) in _REFUSED_CATEGORIES or char in _TURNS_DIRECTION
