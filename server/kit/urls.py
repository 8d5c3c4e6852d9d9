"""URLs that the server calls."""

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
    """Return a callback URL unchanged, if it is valid (RFC 3986 §3).

    It is absolute, http or https, with a host and neither credentials nor fragment; printable ASCII, at most
    `MAX_URL_CHARS`. `rules.callbacks` decides whether its host and port may be called.

    Raises:
        InvalidInput: INVALID_URL otherwise; the message says what is wrong.
    """
    fault = _fault(text)
    if fault is not None:
        raise InvalidInput(fault, code=ErrorCode.INVALID_URL)
    return text


def _fault(text: str) -> str | None:
    if len(text) > MAX_URL_CHARS:
        return f"A URL has at most {MAX_URL_CHARS:,} characters."
    if _URL.fullmatch(text) is None:
        return "A URL is printable ASCII without spaces and backslashes; percent-encode everything else."
    if "#" in text:
        return "A callback URL has no fragment: the part after a # is never sent."
    return _fault_of_parts(text)


def _fault_of_parts(text: str) -> str | None:
    try:
        parts = urlsplit(text)
        if parts.scheme not in {"http", "https"}:
            return "A callback URL begins with http:// or https://."
        if "@" in parts.netloc:
            return "A callback URL has no user or password before its host; put a secret in its query."
        if _has_host(parts):
            return None
    except ValueError:
        pass
    return "A URL is absolute, with a host and, if needed, a port, like https://example.org:443/callback."


def _has_host(parts: SplitResult) -> bool:
    """Tell whether host and port are well-formed; the library may raise ValueError if they are not."""
    if parts.port == 0:
        return False
    host = parts.hostname or ""
    if "[" in parts.netloc:
        return ipaddress.IPv6Address(host).scope_id is None
    return len(host) <= _MAX_HOST_CHARS and _HOST_NAME.fullmatch(host) is not None
