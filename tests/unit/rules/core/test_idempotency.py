"""Idempotency keys and digests of inputs."""

import hashlib
import math

import pytest

from server.errors import ErrorCode, InvalidInput
from server.rules.core.idempotency import check_key, input_digest


@pytest.mark.parametrize("key", ["a", " ", "~", "x" * 64, "order 7/2"])
def test_printable_ascii_is_a_key(key: str) -> None:
    """1 to 64 printable characters pass, to exact bounds."""
    assert check_key(key) == key


@pytest.mark.parametrize("key", ["", "x" * 65, "a\n", "\x1f", "\x7f", "é", "\0"])
def test_any_other_key_is_refused(key: str) -> None:
    """Other lengths and characters are refused."""
    with pytest.raises(
        InvalidInput, match=r"^An idempotency key has to be 1 to 64 printable ASCII characters.$"
    ) as refusal:
        check_key(key)
    assert refusal.value.code is ErrorCode.INVALID_IDEMPOTENCY_KEY


def test_the_same_input_has_the_same_digest_in_any_order_of_keys() -> None:
    """The digest is SHA-256 of compact JSON with sorted keys, the same in all versions."""
    digest = input_digest({"b": [1, None], "a": {"y": "é", "x": True}})
    assert digest == input_digest({"a": {"x": True, "y": "é"}, "b": [1, None]})
    expected = rb'{"a":{"x":true,"y":"\u00e9"},"b":[1,null]}'
    assert digest == hashlib.sha256(expected).hexdigest()


@pytest.mark.parametrize(
    "other", [{"a": [2, 1]}, {"a": [1, 2, 3]}, {"b": [1, 2]}, {"a": ["1", 2]}, {}, {"a": None}]
)
def test_another_input_has_another_digest(other: object) -> None:
    """Any change of a value, a type, the order of a list or a name changes it."""
    assert input_digest(other) != input_digest({"a": [1, 2]})


def test_a_text_without_utf8_has_a_digest() -> None:
    """Half a surrogate pair raises no error here: the field's rules refuse it."""
    assert len(input_digest({"message": "\ud800"})) == 64


def test_what_json_can_not_hold_is_a_fault() -> None:
    """A value without a form in JSON is the caller's bug."""
    with pytest.raises(TypeError):
        input_digest({"a": object()})
    with pytest.raises(ValueError, match="not JSON compliant"):
        input_digest({"a": math.nan})
