"""Which passwords are accepted. No error ever quotes one."""

import re
import secrets
import string

from server.errors import ErrorCode, InvalidInput

MIN_HOLDER_PASSWORD_CHARS = 12
MAX_HOLDER_PASSWORD_CHARS = 1_024
USER_PASSWORD_CHARS = 8
GENERATED_HOLDER_PASSWORD_CHARS = 20

_ALPHABET = string.ascii_letters + string.digits
_USER_PASSWORD = re.compile(rf"[A-Za-z0-9]{{{USER_PASSWORD_CHARS}}}")
_UNTYPABLE = re.compile("[\0\ud800-\udfff]")


def check_user_password(password: str) -> str:
    """Return a user's password if it is exactly 8 ASCII letters or digits.

    Raises:
        InvalidInput: INVALID_PASSWORD.
    """
    if _USER_PASSWORD.fullmatch(password) is None:
        msg = "A user's password has to be exactly 8 ASCII letters or digits."
        raise InvalidInput(msg, code=ErrorCode.INVALID_PASSWORD)
    return password


def check_holder_password(password: str) -> str:
    """Return a holder's password if it is 12 to 1,024 characters of any kind.

    Raises:
        InvalidInput: INVALID_PASSWORD, also for a NUL or half a surrogate pair, which nobody can type.
    """
    length_fits = MIN_HOLDER_PASSWORD_CHARS <= len(password) <= MAX_HOLDER_PASSWORD_CHARS
    if not length_fits or _UNTYPABLE.search(password):
        msg = "A holder's password has to be 12 to 1,024 characters, of any kind."
        raise InvalidInput(msg, code=ErrorCode.INVALID_PASSWORD)
    return password


def generate_holder_password() -> str:
    """Return a new holder's password, each character chosen evenly from the 62 letters and digits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(GENERATED_HOLDER_PASSWORD_CHARS))


def generate_user_password() -> str:
    """Return a new user's password, each character chosen evenly from the 62 letters and digits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(USER_PASSWORD_CHARS))
