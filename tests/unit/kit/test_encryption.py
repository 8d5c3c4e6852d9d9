"""Secrets at rest."""

import pytest

from server.kit.encryption import Cipher, Undecryptable

SECRET = b"a secret of these tests, and of nothing else"


@pytest.mark.parametrize("text", ["", "l1nk-s3cret", "p\u00e4ssw\u00f6rd \u20ac"])
def test_what_is_encrypted_is_opened_at_its_place(text: str) -> None:
    """By any process with the same secret, also after a restart."""
    encrypted = Cipher(SECRET).encrypt(text, "link:main")
    assert Cipher(SECRET).decrypt(encrypted, "link:main") == text


def test_a_encrypted_text_tells_nothing() -> None:
    """Neither the text nor the equality of two texts."""
    cipher = Cipher(SECRET)
    first, second = cipher.encrypt("l1nk-s3cret", "link:main"), cipher.encrypt("l1nk-s3cret", "link:main")
    assert first != second
    assert "s3cret" not in first


def _encrypted() -> str:
    return Cipher(SECRET).encrypt("l1nk-s3cret", "link:main")


def _changed(encrypted: str) -> str:
    return ("B" if encrypted[0] == "A" else "A") + encrypted[1:]


@pytest.mark.parametrize(
    ("secret", "encrypted", "place"),
    [
        (b"another secret, which some other server has", _encrypted(), "link:main"),
        (SECRET, _encrypted(), "link:other"),
        (SECRET, _changed(_encrypted()), "link:main"),
        (SECRET, _encrypted()[:-8], "link:main"),
        (SECRET, "", "link:main"),
        (SECRET, "no base64 \u20ac", "link:main"),
    ],
    ids=["another key", "another place", "changed", "cut", "empty", "not encrypted"],
)
def test_all_else_is_refused_without_a_word_of_it(secret: bytes, encrypted: str, place: str) -> None:
    """Another key or place, and any change."""
    with pytest.raises(Undecryptable) as refusal:
        Cipher(secret).decrypt(encrypted, place)
    assert "s3cret" not in str(refusal.value)
