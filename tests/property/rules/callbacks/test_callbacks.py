"""The fields of a callback arrive unchanged, for any URL and texts."""

from urllib.parse import parse_qsl, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from server.kit.signing import SigningKeys, sign
from server.kit.urls import parse_callback_url
from server.rules.callbacks.callbacks import called_url, stop_query

SAFE = st.text("abcXYZ019-._~/%25", max_size=12)
PAIRS = st.lists(st.tuples(st.text("abc", min_size=1, max_size=5), st.text("xyz09", max_size=5)), max_size=4)
KEYS = st.binary(min_size=32, max_size=32)


@given(SAFE, PAIRS, st.text(max_size=30), st.integers(0, 2**53))
def test_a_receiver_reads_what_was_said(
    path: str, own: list[tuple[str, str]], text: str, number: int
) -> None:
    """The URL's own query comes first, unchanged, and then each parameter unchanged."""
    query = "&".join(f"{name}={value}" for name, value in own)
    url = parse_callback_url(f"https://a.example/{path}" + (f"?{query}" if query else ""))
    told = stop_query(number=number, sender="+33612345678", text=text, at_us=0)
    parts = urlsplit(called_url(url, told))
    assert parts.path == f"/{path}"
    read = parse_qsl(parts.query, keep_blank_values=True)
    assert read[: len(own)] == own
    assert dict(read[len(own) :]) == {
        "id": str(number), "senderid": "+33612345678", "date": "1970-01-01T00:00:00.000Z", "message": text,
    }  # fmt: skip


@given(KEYS, KEYS, st.text("abc_019", min_size=1), st.integers(0, 2**40), st.text("abc/?=&", min_size=1))
def test_whatever_differs_is_signed_differently(
    secret: bytes, other: bytes, id: str, timestamp: int, url: str
) -> None:
    """Another key, id, time or URL gives another signature; the same ones give the same."""
    key = SigningKeys(secret).key(1, 2, 3)
    signature = sign(key, id=id, timestamp=timestamp, url=url)
    assert signature == sign(key, id=id, timestamp=timestamp, url=url)
    others = {
        sign(SigningKeys(secret).key(1, 2, 4), id=id, timestamp=timestamp, url=url),
        sign(key, id=f"{id}x", timestamp=timestamp, url=url),
        sign(key, id=id, timestamp=timestamp + 1, url=url),
        sign(key, id=id, timestamp=timestamp, url=f"{url}x"),
    }
    if secret != other:
        others.add(sign(SigningKeys(other).key(1, 2, 3), id=id, timestamp=timestamp, url=url))
    assert signature not in others
