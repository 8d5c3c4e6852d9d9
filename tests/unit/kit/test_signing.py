"""Signatures according to Standard Webhooks, and keys derived from one secret."""

import base64

import pytest

from server.kit.signing import SigningKeys, key_id, show_key, sign

SECRET = b"0123456789abcdef0123456789abcdef"


def test_a_signature_is_as_the_standard_has_it() -> None:
    """Checked once with another implementation (openssl), so that no release changes it unnoticed."""
    key = b"\x01" * 32
    signature = sign(key, id="evt_1_2", timestamp=1_700_000_000, url="https://a.example/?id=1")
    assert signature == "v1,fH5RJcHu2Q0bP00M80IGj9Hk5MP+QYRrV5EZiok3f6s="


def test_every_key_is_another() -> None:
    """By account, user, version and server; an account's key is not that of another account's user 0."""
    keys = [
        SigningKeys(secret).key(account, user, version)
        for secret in (SECRET, SECRET[::-1])
        for account in (1, 11)
        for user in (None, 1, 11)
        for version in (1, 2)
    ]
    assert len(set(keys)) == len(keys)
    assert {len(key) for key in keys} == {32}
    assert SigningKeys(SECRET).key(1, None, 1) == keys[0]


def test_a_key_is_shown_as_libraries_take_it() -> None:
    """In base64 after `whsec_`; its id reveals nothing of it."""
    key = SigningKeys(SECRET).key(1, None, 1)
    assert base64.b64decode(show_key(key).removeprefix("whsec_"), validate=True) == key
    assert len(key_id(key)) == 16
    assert key_id(key) not in key.hex()


def test_a_short_secret_is_refused() -> None:
    """Keys are no better than their secret."""
    with pytest.raises(ValueError, match="32"):
        SigningKeys(SECRET[1:])
