"""The logins of API users."""

import re

from server.errors import ErrorCode, InvalidInput

_LOGIN = re.compile(r"[A-Za-z0-9._-]{1,40}")


def check_login(text: str) -> str:
    """Return a login if it is 1 to 40 ASCII letters, digits, periods, underscores or hyphens.

    Raises:
        InvalidInput: INVALID_LOGIN.
    """
    if not is_login(text):
        msg = "A login has to be 1 to 40 characters of A-Z a-z 0-9 . _ -"
        raise InvalidInput(msg, code=ErrorCode.INVALID_LOGIN)
    return text


def is_login(text: str) -> bool:
    """Tell whether a text can be a login."""
    return _LOGIN.fullmatch(text) is not None


def login_key(text: str) -> str:
    """Return the form of a login that is unique in its account: in lower case."""
    return text.lower()
