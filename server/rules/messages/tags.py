"""Tags: short texts that a client uses to find its messages again."""

from server.errors import ErrorCode, InvalidInput
from server.rules.core.free_texts import unfit_character

MAX_TAG_CHARS = 20


def check_tag(text: str) -> str:
    """Return a tag if it is at most 20 characters on one line.

    Raises:
        InvalidInput: INVALID_TAG.
    """
    if len(text) > MAX_TAG_CHARS or unfit_character(text) is not None:
        msg = "A tag has to be at most 20 characters, without control characters."
        raise InvalidInput(msg, code=ErrorCode.INVALID_TAG)
    return text
