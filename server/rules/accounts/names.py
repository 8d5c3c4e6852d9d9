"""The names of accounts."""

import re

from server.errors import ErrorCode, InvalidInput

# 40 characters in total
_ACCOUNT_NAME = re.compile(r"sms-[a-z0-9-]{1,36}")


def is_account_name(text: str) -> bool:
    """Tell whether a text has the form of an account's name."""
    return _ACCOUNT_NAME.fullmatch(text) is not None


def check_account_name(text: str) -> str:
    """Return an account name: `sms-` and lower-case letters, digits or hyphens, at most 40 characters.

    Raises:
        InvalidInput: INVALID_ACCOUNT_NAME.
    """
    if not is_account_name(text):
        msg = (
            "An account name has to be sms- and lower-case letters, digits or hyphens, at most 40 characters."
        )
        raise InvalidInput(msg, code=ErrorCode.INVALID_ACCOUNT_NAME)
    return text
