"""The names of accounts."""

import re

from server.errors import ErrorCode, InvalidInput

# 40 characters in all.
_ACCOUNT_NAME = re.compile(r"sms-[a-z0-9-]{1,36}")


def check_account_name(text: str) -> str:
    """Return an account name: `sms-`, then lower-case letters, digits and hyphens, 40 characters at most.

    Raises:
        InvalidInput: INVALID_ACCOUNT_NAME.
    """
    if _ACCOUNT_NAME.fullmatch(text) is None:
        msg = "An account name is sms- and lower-case letters, digits or hyphens, at most 40 characters."
        raise InvalidInput(msg, code=ErrorCode.INVALID_ACCOUNT_NAME)
    return text
