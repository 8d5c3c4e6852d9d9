"""Tags: short texts by which a client finds its messages again."""

import unicodedata

from server.errors import ErrorCode, InvalidInput

MAX_TAG_CHARS = 20

# Control characters, halves of surrogate pairs, line and paragraph separators.
_REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})


def check_tag(text: str) -> str:
    """Return a tag of at most 20 characters on one line.

    Raises:
        InvalidInput: INVALID_TAG.
    """
    if len(text) > MAX_TAG_CHARS or any(unicodedata.category(char) in _REFUSED_CATEGORIES for char in text):
        msg = "A tag is at most 20 characters, without control characters."
        raise InvalidInput(msg, code=ErrorCode.INVALID_TAG)
    return text
