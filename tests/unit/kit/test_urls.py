"""Callback URLs."""

import pytest

from server.errors import ErrorCode, InvalidInput
from server.kit.urls import MAX_URL_CHARS, parse_callback_url


@pytest.mark.parametrize(
    "text",
    [
        "http://example.org",
        "https://example.org/",
        "HTTPS://Example.ORG:8443/a/b;c?x=1&y=%20#"[:-1],
        "https://example.org?x=1",
        "http://localhost:65535/",
        "http://192.0.2.1/x",
        "http://[2001:db8::1]:8080/x",
        "http://under_score.example.org/",
        "http://example.org./",
        "http://x--y.example/a@b",
        "http://" + "a" * 63 + ".org/",
    ],
)
def test_an_absolute_web_url_passes_unchanged(text: str) -> None:
    """Later calls use exactly the given URL."""
    assert parse_callback_url(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "", "example.org", "//example.org/", "/path", "http:", "http://", "http:///x", "http:example.org",
        "ftp://example.org/", "file:///etc/passwd", "javascript:alert(1)", "https://u:p@example.org/",
        "https://u@example.org/", "https://@example.org/", "https://example.org/#x", "https://example.org/#",
        "https://example.org/a b", " https://example.org/", "https://example.org/\n", "https://exam\tple.org/",
        "https://example.org/\x00", "https://example.org/\x7f", "https://example.org/é", "https://exämple.org/",
        "https://example.org\\@evil.example/", "https://example.org:0/", "https://example.org:65536/",
        "https://example.org:x/", "https://[2001:db8::1/", "https://[::1%25eth0]/", "https://[192.0.2.1]/",
        "https://[v1.x]/", "https://.example.org/", "https://example..org/", "https://-x.example/", "https://x-.example/",
        "https://ex%61mple.org/", "https://exa|mple.org/", "https://" + "a" * 64 + ".org/", "https://:80/", "https://?x",
    ],
)  # fmt: skip
def test_any_other_text_is_refused(text: str) -> None:
    """Other schemes, credentials, fragments, control characters and malformed hosts are refused."""
    with pytest.raises(InvalidInput) as refusal:
        parse_callback_url(text)
    assert refusal.value.code is ErrorCode.INVALID_URL


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ftp://example.org/", "begins with http:// or https://"),
        ("https://u:p@example.org/", "no user or password"),
        ("https://@example.org/", "no user or password"),
        ("https://example.org/#", "no fragment"),
        ("https://example.org/a b", "printable ASCII"),
        ("https://example.org:0/", "with a host and, if needed, a port"),
        ("http://" + "x" * 2_000, "2,000 characters"),
    ],
)
def test_what_is_wrong_is_said(text: str, said: str) -> None:
    """The message says what is wrong."""
    with pytest.raises(InvalidInput, match=said):
        parse_callback_url(text)


def test_a_url_has_at_most_2000_characters() -> None:
    """The bound on the length is exact."""
    longest = "http://example.org/".ljust(MAX_URL_CHARS, "x")
    assert MAX_URL_CHARS == 2_000
    assert parse_callback_url(longest) == longest
    with pytest.raises(InvalidInput):
        parse_callback_url(longest + "x")


def test_a_host_has_at_most_253_characters() -> None:
    """The bound on the host's name is exact."""
    host = ".".join(["a" * 62] * 4)
    assert parse_callback_url(f"http://{host}.b/") == f"http://{host}.b/"
    assert len(f"{host}.b") == 253
    with pytest.raises(InvalidInput):
        parse_callback_url(f"http://{host}.bb/")
