"""JSON from strangers: a valid object, or a refusal."""

import json
import math
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.graphql.transport.json_body import MAX_DEPTH, BadJson, parse_object

SANE_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
SANE = st.dictionaries(
    SANE_TEXT,
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**60), 10**60) | SANE_TEXT
        | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(SANE_TEXT, inner, max_size=4),
        max_leaves=20,
    ),
    max_size=5,
)  # fmt: skip


@given(SANE)
def test_a_sane_object_is_what_it_was(value: dict[str, Any]) -> None:
    """Objects are read unchanged, from bytes or text."""
    text = json.dumps(value, ensure_ascii=False)
    assert parse_object(text) == value
    assert parse_object(text.encode()) == value


@given(st.one_of(st.binary(), st.text().map(str.encode), st.text('[]{}":,1eE+-.\\u0tfn').map(str.encode)))
@example(b"[" * 100_000)
@example(b'{"a":' * 100_000)
@example(b'{"a":' + b"9" * 100_000 + b"}")
def test_no_bytes_are_a_fault(text: bytes) -> None:
    """Any bytes are an object or `BadJson`."""
    with suppress(BadJson):
        assert isinstance(parse_object(text), dict)


@given(st.text(st.characters()))
def test_no_text_is_a_fault(text: str) -> None:
    """The parameters of a URL may hold any text, even halves of surrogate pairs."""
    try:
        parse_object(json.dumps({"text": text}))
    except BadJson:
        assert "\0" in text or any("\ud800" <= char <= "\udfff" for char in text)


@pytest.mark.parametrize(
    "text",
    [
        b"", b" ", b"null", b"true", b"42", b'"x"', b"[]", b'[{"query": "{a}"}]', b"{", b"{'a': 1}", b'{"a": 1,}',
        b'{"a": NaN}', b'{"a": Infinity}', b'{"a": -Infinity}', b'{"a": 1e999}', b'{"a": -1e999}', b'{"a": 01}',
        b'{"a": 1} {}', b'\xef\xbb\xbf{"a": 1}', b'{"a": "\xff"}', '{"a": 1}'.encode("utf-16"),
        b'{"a": "\\u0000"}', b'{"\\u0000": 1}', b'{"a": ["\\ud83d"]}', b'{"a": "\\udc00"}', b'{"a": "\n"}',
        b'{"a": ' + b"9" * 65 + b"}", b'{"a": -' + b"9" * 5_000 + b"}",
    ],
)  # fmt: skip
def test_what_is_refused(text: bytes) -> None:
    """Anything that is not an object, not JSON, not UTF-8, or absurd."""
    with pytest.raises(BadJson):
        parse_object(text)


def test_what_is_just_accepted() -> None:
    """A complete surrogate pair, long integers, large and tiny numbers."""
    assert parse_object(b'{"a": "\\ud83d\\ude00"}') == {"a": "\U0001f600"}
    assert parse_object(b'{"a": ' + b"9" * 64 + b"}") == {"a": 10**64 - 1}
    number = parse_object(b'{"a": 1e308, "b": 1e-999}')
    assert math.isfinite(number["a"])
    assert number["b"] == 0


@pytest.mark.parametrize(("begin", "end"), [("[", "]"), ('{"a":', "}")])
def test_nesting_has_a_bound(begin: str, end: str) -> None:
    """Up to 64 levels, counting the outermost object."""
    for depth in (MAX_DEPTH - 1, MAX_DEPTH):
        text = '{"a":' + begin * (depth - 2) + "1" + end * (depth - 2) + "}"
        assert parse_object(text)
    with pytest.raises(BadJson, match="64 levels"):
        parse_object('{"a":' + begin * (MAX_DEPTH - 1) + "1" + end * (MAX_DEPTH - 1) + "}")
