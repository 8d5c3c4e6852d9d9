"""Reading JSON from strangers: anything but a sane object is refused, and nothing crashes."""

import json
import math
from typing import Any

from server.graphql.schema.texts import MAX_DIGITS, MAX_VALUES, is_fit

MAX_DEPTH = 64
MAX_INTEGER = 10**MAX_DIGITS


class BadJson(ValueError):
    """What was sent is no JSON that could be meant."""


def parse_object(text: bytes | str) -> dict[str, Any]:
    """Return the object that a JSON text holds, if all of it may be in a request.

    Raises:
        BadJson: it holds something else, or nothing, or what `check_value` refuses.
    """
    value = decode_object(text)
    check_value(value)
    return value


def decode_object(text: bytes | str) -> dict[str, Any]:
    """Return the object that a JSON text holds.

    Stricter than the standard library (RFC 8259): no NaN, UTF-8 only.

    Raises:
        BadJson: it holds something else, or nothing.
    """
    try:
        value = _DECODER.decode(text.decode("utf-8") if isinstance(text, bytes) else text)
    except (ValueError, RecursionError) as error:
        raise BadJson("The body is no JSON.") from error
    if not isinstance(value, dict):
        raise BadJson("The body is no JSON object.")
    return value


def check_value(value: Any) -> None:
    """Let a value pass that may be in a request.

    It has at most so many values in it, nested 64 levels deep; no integers of hundreds of digits, no
    infinities, no NUL, no half of a surrogate pair.

    Raises:
        BadJson: it may not.
    """
    level, depth, count = [value], 0, 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise BadJson(f"The JSON is nested more than {MAX_DEPTH} levels deep.")
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below += item.keys()
                below += item.values()
            elif isinstance(item, list):
                below += item
            else:
                _check_scalar(item)
            # Before they are looked at, as there may be a hundred thousand.
            if count + len(below) > MAX_VALUES:
                raise BadJson(f"The JSON holds more than {MAX_VALUES:,} values.")
        count += len(below)
        level = below


def _check_scalar(value: Any) -> None:
    if isinstance(value, str) and not is_fit(value):
        raise BadJson("A string has a NUL or half a surrogate pair, which are no characters of a text.")
    if isinstance(value, int) and abs(value) >= MAX_INTEGER:
        raise BadJson(f"An integer has more than {MAX_DIGITS} digits.")
    if isinstance(value, float) and math.isinf(value):
        raise BadJson("A number is too large to be told from others.")


def _constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_constant)
