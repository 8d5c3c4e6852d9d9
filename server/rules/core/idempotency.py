"""Idempotency keys, and how to recognise the same input."""

import hashlib
import json
import re

from server.errors import ErrorCode, InvalidInput

_KEY = re.compile(r"[\x20-\x7e]{1,64}")


def check_key(key: str) -> str:
    """Return an idempotency key if it is 1 to 64 printable ASCII characters.

    Raises:
        InvalidInput: INVALID_IDEMPOTENCY_KEY.
    """
    if _KEY.fullmatch(key) is None:
        msg = "An idempotency key has to be 1 to 64 printable ASCII characters."
        raise InvalidInput(msg, code=ErrorCode.INVALID_IDEMPOTENCY_KEY)
    return key


def input_digest(payload: object) -> str:
    """Return the SHA-256, in hexadecimal, of an input that JSON can express, whatever the order of keys.

    Raises:
        TypeError: JSON can't express a value in it.
        ValueError: a number in it is not finite.
    """
    canonical = json.dumps(payload, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()
