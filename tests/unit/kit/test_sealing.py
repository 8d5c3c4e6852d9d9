"""Secrets at rest."""

import pytest

from server.kit.sealing import Sealer, Unsealable

SECRET = b"a secret of these tests, and of nothing else"


@pytest.mark.parametrize("text", ["", "l1nk-s3cret", "p\u00e4ssw\u00f6rd \u20ac"])
def test_what_is_sealed_is_opened_at_its_place(text: str) -> None:
    """By any process that has the same secret, also after a restart."""
    sealed = Sealer(SECRET).seal(text, "link:main")
    assert Sealer(SECRET).unseal(sealed, "link:main") == text


def test_a_sealed_text_tells_nothing() -> None:
    """Neither the text, nor whether two are the same."""
    sealer = Sealer(SECRET)
    first, second = sealer.seal("l1nk-s3cret", "link:main"), sealer.seal("l1nk-s3cret", "link:main")
    assert first != second
    assert "s3cret" not in first


def _sealed() -> str:
    return Sealer(SECRET).seal("l1nk-s3cret", "link:main")


@pytest.mark.parametrize(
    ("secret", "sealed", "place"),
    [
        (b"another secret, which some other server has", _sealed(), "link:main"),
        (SECRET, _sealed(), "link:other"),
        (SECRET, "A" + _sealed()[1:] if _sealed()[0] != "A" else "B" + _sealed()[1:], "link:main"),
        (SECRET, _sealed()[:-8], "link:main"),
        (SECRET, "", "link:main"),
        (SECRET, "no base64 \u20ac", "link:main"),
    ],
    ids=["another key", "another place", "changed", "cut", "empty", "not sealed"],
)
def test_all_else_is_refused_without_a_word_of_it(secret: bytes, sealed: str, place: str) -> None:
    """Another key or place, and whatever was changed."""
    with pytest.raises(Unsealable) as refusal:
        Sealer(secret).unseal(sealed, place)
    assert "s3cret" not in str(refusal.value)
