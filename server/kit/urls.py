"""URLs that the server will call."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from server.errors import ErrorCode, InvalidInput

MAX_URL_CHARS = 2_000
_MAX_HOST_CHARS = 253  # RFC 1035 §2.3.4, written without the root's length octets

# No backslash: some clients read it as a slash, so two parsers could see two hosts.
_URL = re.compile(r"[\x21-\x5b\x5d-\x7e]+")
_HOST_NAME = re.compile(r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(?:\.|$))+")


def parse_callback_url(text: str) -> str:
    """Return a callback URL as it was given, once it is known to be one (RFC 3986 §3).

    It is absolute, http or https, with a host and neither credentials nor fragment; printable ASCII,
    at most `MAX_URL_CHARS`. Where the host leads is for the caller of the URL to judge, when it calls.

    Raises:
        InvalidInput: INVALID_URL otherwise.
    """
    if len(text) <= MAX_URL_CHARS and _URL.fullmatch(text) and "#" not in text:
        try:
            parts = urlsplit(text)
            acceptable = parts.scheme in {"http", "https"} and "@" not in parts.netloc and _has_host(parts)
        except ValueError:
            acceptable = False
        if acceptable:
            return text
    msg = "A URL is absolute, http or https, without credentials and fragment, at most 2,000 characters."
    raise InvalidInput(msg, code=ErrorCode.INVALID_URL)


def _has_host(parts: SplitResult) -> bool:
    """Tell whether host and port are well-formed; raises ValueError where the library finds they are not."""
    if parts.port == 0:
        return False
    host = parts.hostname or ""
    if "[" in parts.netloc:
        return ipaddress.IPv6Address(host).scope_id is None
    return len(host) <= _MAX_HOST_CHARS and _HOST_NAME.fullmatch(host) is not None
