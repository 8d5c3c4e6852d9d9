"""Removes secrets from data before it is logged: keys, URL queries, headers and free text."""

import re
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import unquote_plus

MASK = "[redacted]"

_SENSITIVE_NAMES = frozenset({"auth", "pwd", "session", "sessionid", "signature", "pass"})
_SENSITIVE_ENDINGS = (
    "password", "passwd", "passwordhash", "passphrase", "storedhash", "secret", "token", "authorization",
    "cookie", "apikey", "credentials",
)  # fmt: skip
_MAX_DEPTH = 8
_PAIR = 2

# The endings again, for free text, where a name can't be isolated before it is judged.
_ASSIGNMENT = re.compile(
    r"(?i)((?:password|passwd|passphrase|secret|token|api[_-]?key|pwd)(?:\[[^\s\]]{0,40}\])*\s*=\s*)"
    r"[^&;\s\"'<>#,)]+"
)
# The syntax of JSON and GraphQL.
_QUOTED_VALUE = re.compile(
    r"(?i)((?:password|passwd|passphrase|secret|token|api[_-]?key|pwd)\"?\s*:\s*)\"[^\"\n]*\""
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}")
_TOKEN = re.compile(r"[^\s\"'<>#]+")
_SEPARATORS = re.compile(r"[&;?#\s]")
# Some clients send a list or a nested field as `user[password]` or `password[]`, and a repeat as `password2`.
_NAME_PARTS = re.compile(r"[\[\].]+")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.\[\]-]{1,40}")
_MAX_DECODINGS = 5
_QUERY = re.compile(r"\?[^\s\"'<>#]+")
_MARKS = frozenset('=%?"')
"""A text with none of these, and without a URL, has nothing to remove but the token behind a word, as in a header."""
# The scheme's length is bounded, or a long text full of dots would take quadratic time.
_USER_INFO = re.compile(r"(?i)(\b[a-z][a-z0-9+.-]{0,30}://[^\s/?#:@]*:)[^\s/?#@]+(?=@)")


def is_sensitive(name: str) -> bool:
    """Tell whether a key, a header or a query parameter with this name holds a secret, in any spelling."""
    return any(map(_is_sensitive_word, _NAME_PARTS.split(name)))


def _is_sensitive_word(word: str) -> bool:
    plain = re.sub(r"[\W_]", "", word).rstrip("0123456789").lower()
    return plain in _SENSITIVE_NAMES or plain.endswith(_SENSITIVE_ENDINGS)


def redact_query(query: str, *, shown: Collection[str] | None = None) -> str:
    """Return a URL query (without its question mark) with the values of sensitive parameters masked.

    Names and values are decoded before they are judged, however often they were encoded. With `shown` (in
    lower case) all other parameters lose their values, since the name of a secret may be misspelt. Names that
    don't look like a name are masked too.
    """
    return "&".join(parameter and _redact_parameter(parameter, shown) for parameter in query.split("&"))


def redact_url(url: str) -> str:
    """Return a URL, or a path with its query, without secrets in the query and before the host."""
    head, mark, rest = _USER_INFO.sub(rf"\1{MASK}", url).partition("?")
    query, hash_, fragment = rest.partition("#")
    return head + mark + redact_query(query) + hash_ + fragment


def redact_text(text: str) -> str:
    """Return free text with the secrets masked in every quoted URL, query and assignment."""
    if _MARKS.isdisjoint(text) and "://" not in text:  # the usual case, at a thirtieth of the price
        has_words = len(text.split(maxsplit=1)) > 1
        return _BEARER.sub(rf"\1 {MASK}", text) if has_words else text
    return _without_secrets(text)


def _without_secrets(text: str) -> str:
    text = _USER_INFO.sub(rf"\1{MASK}", text)
    text = _QUERY.sub(lambda match: "?" + redact_query(match[0][1:]), text)
    if "%" in text:
        text = _TOKEN.sub(lambda match: redact_query(match[0]) if "%" in match[0] else match[0], text)
    text = _ASSIGNMENT.sub(rf"\1{MASK}", text)
    text = _QUOTED_VALUE.sub(rf"\1{MASK}", text)
    return _BEARER.sub(rf"\1 {MASK}", text)


def redact_value(value: Any, depth: int = 0) -> Any:
    """Return a copy of a value with secrets masked at any depth; parts nested too deep are masked completely.

    Pairs, as in lists of headers, are treated like entries of a mapping.
    """
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, bytes):
        return redact_text(value.decode("utf-8", "replace")).encode()
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        return MASK if depth == _MAX_DEPTH else _redact_container(value, depth)
    return value


def _redact_container(value: Mapping[Any, Any] | Collection[Any], depth: int) -> Any:
    if isinstance(value, Mapping):
        return {key: _redact_entry(key, item, depth) for key, item in value.items()}
    if isinstance(value, list | tuple) and len(value) == _PAIR and isinstance(value[0], str | bytes):
        items = [value[0], _redact_entry(value[0], value[1], depth)]
    else:
        items = [redact_value(item, depth + 1) for item in value]
    return tuple(items) if isinstance(value, tuple) else items


def _redact_entry(key: object, value: Any, depth: int) -> Any:
    name = key.decode("utf-8", "replace") if isinstance(key, bytes) else key
    return MASK if isinstance(name, str) and is_sensitive(name) else redact_value(value, depth + 1)


def _redact_parameter(parameter: str, shown: Collection[str] | None) -> str:
    name, equals, value = parameter.partition("=")
    plain = _decoded(name)
    if "=" in plain and _assigns_secret(plain):
        return MASK  # the secret is in the name
    if shown is not None and plain.lower() not in shown:
        if not (equals and _PLAIN_NAME.fullmatch(plain)):
            return MASK
        hidden = True
    else:
        hidden = is_sensitive(plain) or _assigns_secret(_decoded(value))
    return f"{name}={MASK}" if equals and value and hidden else parameter


def _decoded(text: str) -> str:
    """Return a text without percent-encoding, which may have been applied more than once."""
    if "%" not in text and "+" not in text:
        return text
    for _ in range(_MAX_DECODINGS):
        plain = unquote_plus(text)
        if plain == text:
            break
        text = plain
    return text


def _assigns_secret(text: str) -> bool:
    """Tell whether a decoded text contains another parameter, with the name of a secret."""
    if "=" not in text:
        return False
    pieces = [piece.partition("=") for piece in _SEPARATORS.split(text)]
    return any(equals and is_sensitive(name) for name, equals, _ in pieces)
