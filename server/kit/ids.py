"""Secrets, request ids, and the API's opaque node ids and cursors."""

import base64
import binascii
import hashlib
import json
import random
import re
import secrets
from typing import Any, TypeVar, overload

from server.errors import InvalidInput

_A = TypeVar("_A", int, str)
_B = TypeVar("_B", int, str)
_C = TypeVar("_C", int, str)

# Seeded by the system once: asking it for each request was a fifteenth of the time of a small query.
_request_ids = random.Random()  # noqa: S311 a request id is no secret

_SECRET_BYTES = 32
_MAX_NODE_ID_CHARS = 256
_MAX_CURSOR_CHARS = 1_024
_INT64_MIN, _INT64_MAX = -(2**63), 2**63 - 1
# Printable ASCII only: a NUL in a key would reach the database, and PostgreSQL raises an error for it.
_NODE = re.compile(r"([A-Za-z]{1,40}):([\x21-\x7e]{1,128})")


def new_secret(prefix: str) -> str:
    """Return a new url-safe secret: the prefix, like "chp_", and 256 random bits."""
    return prefix + secrets.token_urlsafe(_SECRET_BYTES)


def secret_digest(secret: str) -> str:
    """Return the SHA-256 of a secret in hexadecimal; enough to store, as the secret has 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def new_request_id() -> str:
    """Return a new request id: 32 hexadecimal digits. It tells requests apart and guards nothing."""
    return f"{_request_ids.getrandbits(128):032x}"


def encode_node_id(kind: str, key: str | int) -> str:
    """Return the opaque global id of a node: its kind (ASCII letters) and its key (printable ASCII).

    Raises:
        ValueError: the kind or the key has another form.
    """
    plain = f"{kind}:{key}"
    if _NODE.fullmatch(plain) is None:
        msg = f"not a node: {plain!r}"
        raise ValueError(msg)
    return _to_opaque(plain)


def decode_node_id(text: str) -> tuple[str, str]:
    """Return the kind and the key of a global id; each node has exactly one id.

    Raises:
        InvalidInput: INVALID_INPUT, when the text is not an id that `encode_node_id` made.
    """
    plain = _from_opaque(text, _MAX_NODE_ID_CHARS)
    match = None if plain is None else _NODE.fullmatch(plain)
    if match is None:
        msg = "This is not an id of this server."
        raise InvalidInput(msg)
    return match[1], match[2]


def encode_cursor(*parts: int | str) -> str:
    """Return the opaque keyset cursor for the sort key of a row.

    Raises:
        ValueError: a part can't be in a cursor (a NUL, a lone surrogate, beyond 64 bits, too long).
    """
    text = _to_opaque(_cursor_json(parts)) if all(map(_is_cursor_part, parts)) else ""
    if not text or len(text) > _MAX_CURSOR_CHARS:
        msg = f"not a cursor: {parts!r}"
        raise ValueError(msg)
    return text


@overload
def decode_cursor(text: str, first: type[_A], /) -> tuple[_A]: ...
@overload
def decode_cursor(text: str, first: type[_A], second: type[_B], /) -> tuple[_A, _B]: ...
@overload
def decode_cursor(text: str, first: type[_A], second: type[_B], third: type[_C], /) -> tuple[_A, _B, _C]: ...
def decode_cursor(text: str, *types: type[Any]) -> tuple[Any, ...]:
    """Return the parts of a cursor, which have exactly the given types (int or str) in this order.

    Raises:
        InvalidInput: INVALID_INPUT, when the text is not a cursor of this shape, or not its only valid text.
    """
    plain = _from_opaque(text, _MAX_CURSOR_CHARS)
    try:
        parts = None if plain is None else json.loads(plain)
    except (ValueError, RecursionError):
        parts = None
    if (
        not isinstance(parts, list)
        or [type(part) for part in parts] != list(types)
        or not all(map(_is_cursor_part, parts))
        or _cursor_json(tuple(parts)) != plain
    ):
        msg = "This is not a cursor of this list."
        raise InvalidInput(msg)
    return tuple(parts)


def _cursor_json(parts: tuple[int | str, ...]) -> str:
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


def _is_cursor_part(part: int | str) -> bool:
    """Tell whether both databases accept this value in a comparison."""
    if isinstance(part, str):
        return not any(char == "\0" or "\ud800" <= char <= "\udfff" for char in part)
    return _INT64_MIN <= part <= _INT64_MAX


def _to_opaque(plain: str) -> str:
    return base64.urlsafe_b64encode(plain.encode()).decode("ascii").rstrip("=")


def _from_opaque(text: str, max_chars: int) -> str | None:
    """Return the argument of `_to_opaque`, or None; the round trip catches base64's many spellings."""
    if len(text) > max_chars:
        return None
    try:
        plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, ValueError):
        return None
    return plain if _to_opaque(plain) == text else None
