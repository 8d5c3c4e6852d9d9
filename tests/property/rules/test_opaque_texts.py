"""Properties of every node id and cursor."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import InvalidInput
from server.kit.ids import decode_cursor, decode_node_id, encode_cursor, encode_node_id

kinds = st.text(st.sampled_from("AUserMessage"), min_size=1, max_size=40)
keys = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=128)
numbers = st.integers(-(2**63), 2**63 - 1)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
opaque_letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
junk = st.text(max_size=60) | st.text(opaque_letters, max_size=60)


@given(kinds, keys)
def test_a_node_id_leads_back(kind: str, key: str) -> None:
    """Kind and key come out as they went in."""
    assert decode_node_id(encode_node_id(kind, key)) == (kind, key)


@given(junk)
def test_junk_is_no_node_id_unless_it_is_the_one_of_its_node(text: str) -> None:
    """A text is refused, or is exactly what the server would write for its content."""
    try:
        kind, key = decode_node_id(text)
    except InvalidInput:
        return
    assert encode_node_id(kind, key) == text


@given(kinds, keys, st.data())
def test_a_changed_node_id_is_never_another_spelling(kind: str, key: str, data: st.DataObject) -> None:
    """A change of any one character leads to another node or to none."""
    text = encode_node_id(kind, key)
    index = data.draw(st.integers(0, len(text) - 1))
    other = text[:index] + data.draw(st.sampled_from(opaque_letters + "=+/ ")) + text[index + 1 :]
    try:
        node = decode_node_id(other)
    except InvalidInput:
        assert other != text
        return
    assert (node == (kind, key)) == (other == text)


@given(numbers, texts, numbers)
def test_a_cursor_leads_back(first: int, second: str, third: int) -> None:
    """Numbers and texts come out as they went in, with their types."""
    assert decode_cursor(encode_cursor(first, second, third), int, str, int) == (first, second, third)


@given(junk | st.lists(numbers | texts | st.booleans() | st.none() | st.floats()).map(json.dumps).map(
    lambda plain: base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")
))  # fmt: skip
def test_junk_is_no_cursor_unless_it_is_the_one_of_its_row(text: str) -> None:
    """A text is refused, or is exactly what the server would write for its content."""
    for types in ([int], [str], [int, str]):
        try:
            parts = decode_cursor(text, *types)
        except InvalidInput:
            continue
        assert [type(part) for part in parts] == types
        assert encode_cursor(*parts) == text


@given(texts)
def test_a_cursor_of_another_type_is_refused(part: str) -> None:
    """A list with numbers as keys is never compared with a text."""
    with pytest.raises(InvalidInput):
        decode_cursor(encode_cursor(part), int)
