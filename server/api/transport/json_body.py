"""Reading JSON from strangers: anything but a sane object is refused, and nothing crashes."""

import json
import math
from typing import Any

from server.api.texts import MAX_DIGITS, is_fit

MAX_DEPTH = 64


class BadJson(ValueError):
    """What was sent is no JSON that could be meant."""


def parse_object(text: bytes | str) -> dict[str, Any]:
    """Return the object that a JSON text holds.

    Stricter than the standard library (RFC 8259): no NaN, no infinities, UTF-8 only, no integers of
    hundreds of digits, no nesting beyond 64 levels, no NUL, no half of a surrogate pair.

    Raises:
        BadJson: it holds something else, or nothing.
    """
    try:
        value = _DECODER.decode(text.decode("utf-8") if isinstance(text, bytes) else text)
    except (ValueError, RecursionError) as error:
        raise BadJson("The body is no JSON.") from error
    if not isinstance(value, dict):
        raise BadJson("The body is no JSON object.")
    _check(value)
    return value


def _check(value: Any) -> None:
    """Check what the parser lets pass, without recursion of our own."""
    level, depth = [value], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise BadJson(f"The JSON is nested more than {MAX_DEPTH} levels deep.")
        below: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                below += one.keys()
                below += one.values()
            elif isinstance(one, list):
                below += one
            elif isinstance(one, str) and not is_fit(one):
                raise BadJson(
                    "A string has a NUL or half a surrogate pair, which are no characters of a text."
                )
        level = below


def _constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError("an integer of too many digits")
    return int(digits)


def _number(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("a number beyond all that can be told apart")
    return number


_DECODER = json.JSONDecoder(parse_constant=_constant, parse_int=_integer, parse_float=_number)
