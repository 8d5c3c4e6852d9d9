"""Secrets, request ids, node ids and cursors."""

import base64
import hashlib
import inspect
import json
import sys

import pytest

from server.errors import ErrorCode, InvalidInput
from server.kit.ids import (
    decode_cursor,
    decode_node_id,
    encode_cursor,
    encode_node_id,
    new_request_id,
    new_secret,
    secret_digest,
)


def opaque(plain: str | bytes) -> str:
    """Return url-safe base64 without padding, as the server writes it."""
    content = plain.encode() if isinstance(plain, str) else plain
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def test_a_secret_has_its_prefix_and_256_bits() -> None:
    """A secret is the prefix and 32 random bytes in url-safe characters, new each time."""
    first, second = new_secret("chp_"), new_secret("chp_")
    assert first.startswith("chp_")
    assert len(base64.urlsafe_b64decode(first.removeprefix("chp_") + "=")) == 32
    assert first != second


def test_a_secret_is_kept_as_its_sha256() -> None:
    """The digest is plain SHA-256 in hexadecimal; a text without UTF-8 has one too."""
    assert secret_digest("chp_é") == hashlib.sha256("chp_é".encode()).hexdigest()
    assert secret_digest("\ud800") == hashlib.sha256(b"\xed\xa0\x80").hexdigest()


def test_request_ids_are_random_hexadecimal() -> None:
    """A request id is 32 hexadecimal digits, new each time."""
    first, second = new_request_id(), new_request_id()
    assert len(first) == 32
    assert int(first, 16) >= 0
    assert first != second


@pytest.mark.parametrize("key", ["sms-xx1-1", "12", "a:b", "!", "~", "x" * 128])
def test_a_node_id_leads_back_to_kind_and_key(key: str) -> None:
    """The parts come out unchanged, and the text needs no escaping in a URL."""
    text = encode_node_id("Account", key)
    assert decode_node_id(text) == ("Account", key)
    assert text.isascii()
    assert text.replace("-", "").replace("_", "").isalnum()


def test_a_node_id_takes_numbers_as_keys() -> None:
    """A number is written in decimal."""
    assert encode_node_id("User", 12) == encode_node_id("User", "12") == "VXNlcjoxMg"


@pytest.mark.parametrize(
    ("kind", "key"),
    [("", "1"), ("A b", "1"), ("A1", "1"), ("A" * 41, "1"), ("User", ""), ("User", "a b"), ("User", "\0"),
     ("User", "é"), ("User", "\x7f"), ("User", "x" * 129)],
)  # fmt: skip
def test_what_can_not_be_a_node_has_no_id(kind: str, key: str) -> None:
    """A kind or key that could not be read back is a bug, and raises at once."""
    with pytest.raises(ValueError, match=r"^not a node: "):
        encode_node_id(kind, key)


def test_the_longest_node_fits() -> None:
    """The longest kind with the longest key is an id that can be read back."""
    kind, key = "A" * 40, "~" * 128
    assert decode_node_id(encode_node_id(kind, key)) == (kind, key)


@pytest.mark.parametrize(
    "text",
    [
        "", "User:12", "VXNlcjoxMg==", "VXNlcjoxMg=", "VXNlcjoxMh", " VXNlcjoxMg", "VXNlcjoxMg\n", "VXNl*cjoxMg",
        "VXNlcjoxM", "é", "\ud800", opaque("User"), opaque("User:"), opaque(":12"), opaque("Us3r:1"),
        opaque("User:1 2"), opaque("User:\0"), opaque("User:é"), opaque(b"User:\xff"), opaque("User:" + "x" * 129),
        opaque("User:" + "x" * 100_000), base64.b64encode(b"User:>>>").decode().rstrip("="),
    ],
)  # fmt: skip
def test_a_node_id_that_was_never_given_out_is_refused(text: str) -> None:
    """Padding, stray characters, other spellings and other contents are all refused."""
    with pytest.raises(InvalidInput, match=r"^This is not an id of this server.$") as refusal:
        decode_node_id(text)
    assert refusal.value.code is ErrorCode.INVALID_INPUT


def test_a_cursor_leads_back_to_its_parts() -> None:
    """Numbers and texts come out unchanged, up to the bounds of 64 bits."""
    assert decode_cursor(encode_cursor(1, "é\n"), int, str) == (1, "é\n")
    assert decode_cursor(encode_cursor(-(2**63)), int) == (-(2**63),)
    assert decode_cursor(encode_cursor(2**63 - 1, "", 0), int, str, int) == (2**63 - 1, "", 0)


def test_a_cursor_is_compact_json_within() -> None:
    """The text of a cursor does not change between versions, since clients store it."""
    assert encode_cursor(1, "é") == opaque('[1,"é"]')


@pytest.mark.parametrize(
    "part",
    [2**63, -(2**63) - 1, "\0", "a\0b", chr(0xD800), chr(0xDFFF), chr(0xDBFF) + chr(0xDC00), "x" * 800],
)
def test_what_no_database_holds_has_no_cursor(part: int | str) -> None:
    """A part that could not be compared or read back is a bug, and raises at once."""
    with pytest.raises(ValueError, match=r"^not a cursor: "):
        encode_cursor(1, part)


@pytest.mark.parametrize("part", ["\ud7ff", "\ue000", "\x01", "x" * 764])
def test_characters_and_lengths_next_to_the_refused_ones_pass(part: str) -> None:
    """The bounds of a cursor's parts are exact."""
    assert decode_cursor(encode_cursor(part), str) == (part,)


def test_the_longest_cursor_has_1024_characters() -> None:
    """The bound on the opaque text is exact, in both directions."""
    assert len(encode_cursor("x" * 764)) == 1_024
    with pytest.raises(ValueError, match=r"^not a cursor: "):
        encode_cursor("x" * 765)
    with pytest.raises(InvalidInput):
        decode_cursor(opaque('["' + "x" * 765 + '"]'), str)


@pytest.mark.parametrize(
    "text",
    [
        "", "W10", "W10=", opaque("[1"), opaque("1"), opaque('{"0":1}'), opaque("[true]"), opaque("[1.0]"),
        opaque("[1e0]"), opaque("[null]"), opaque("[NaN]"), opaque("[[1]]"), opaque('["1"]'), opaque("[1,2]"),
        opaque("[ 1]"), opaque("[1] "), opaque("[01]"), opaque("[-0]"), opaque(f"[{2**63}]"), opaque(b"[\xff]"),
        opaque("[" + "1" * 700 + "]"), opaque("[1]") + "==", opaque("[1]")[:-1] + "R", "é", "*" * 8, "x" * 2_000,
    ],
)  # fmt: skip
def test_a_cursor_that_was_never_given_out_is_refused(text: str) -> None:
    """Another shape, another type, another spelling and junk are all refused."""
    with pytest.raises(InvalidInput, match=r"^This is not a cursor of this list.$") as refusal:
        decode_cursor(text, int)
    assert refusal.value.code is ErrorCode.INVALID_INPUT


@pytest.mark.parametrize("plain", [r'["\ud800"]', r'["\u0000"]', r'["\u00e9"]', '["a\0"]', '["a\n"]'])
def test_a_forged_text_in_a_cursor_is_refused(plain: str) -> None:
    """A lone surrogate, a NUL and an unnecessary escape never reach the database."""
    with pytest.raises(InvalidInput):
        decode_cursor(opaque(plain), str)


def test_deep_nesting_is_refused_however_deep_the_stack_is() -> None:
    """A cursor made of brackets can't exhaust the interpreter's stack."""
    text = opaque("[" * 760)
    previous = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 200)
    try:
        with pytest.raises(InvalidInput):
            decode_cursor(text, int)
    finally:
        sys.setrecursionlimit(previous)


def test_a_cursor_reads_back_with_the_right_types_in_the_right_order_only() -> None:
    """A cursor of one list is refused by a list with another order."""
    text = encode_cursor(1, "a")
    for types in ([str, int], [int], [int, str, str], [int, int], []):
        with pytest.raises(InvalidInput):
            decode_cursor(text, *types)


def test_cursors_are_json_lists_whatever_their_strings() -> None:
    """Quotes and backslashes in a part do not end it."""
    part = '"],["\\'
    text = encode_cursor(part)
    assert json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))) == [part]
    assert decode_cursor(text, str) == (part,)
