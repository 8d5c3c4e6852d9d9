"""E-mail addresses: the common part of RFC 5321 §4.1.2, without quoted or internationalised forms."""

import re

from server.errors import ErrorCode, InvalidInput

# RFC 5321 §4.5.3.1: 64 octets before the @, 254 in all (a path of 256 less its angle brackets).
_MAX_CHARS = 254
_MAX_LOCAL_CHARS = 64
_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"({_LOCAL})@((?:{_LABEL}\.)+(?!\d+$){_LABEL})", re.ASCII)


def parse_email(text: str) -> str:
    """Return the address with its domain in lower case; the part before the @ keeps its case.

    Raises:
        InvalidInput: INVALID_EMAIL, when it is malformed or its domain has a single label.
    """
    match = _ADDRESS.fullmatch(text) if len(text) <= _MAX_CHARS else None
    # In a mail's header `=?` begins an encoded word (RFC 2047 §2), which may hide another address.
    if match is None or len(match[1]) > _MAX_LOCAL_CHARS or "=?" in match[1]:
        msg = "An e-mail address is written like anne@example.org."
        raise InvalidInput(msg, code=ErrorCode.INVALID_EMAIL)
    return f"{match[1]}@{match[2].lower()}"


def email_key(address: str) -> str:
    """Return the unique form of an address: in lower case."""
    return address.lower()
