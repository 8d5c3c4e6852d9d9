"""Properties of everything that is logged."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from server.kit.redaction import redact_query, redact_text, redact_url, redact_value

SECRET = "Zz9Zz9Zz"
names = st.sampled_from(
    [
        "password",
        "PASSWORD",
        "token",
        "access_token",
        "pass%77ord",
        "%2570assword",
        "password[]",
        "user%5Bpassword%5D",
    ]
)
others = st.lists(st.sampled_from(["a=1", "to=%2B44", "message=x+y", "", "=", "noStop=1"]), max_size=4)
trees = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(names, others, others)
def test_no_query_keeps_its_secret_wherever_it_stands(name: str, before: list[str], after: list[str]) -> None:
    """The secret is masked and every other parameter stays."""
    query = "&".join([*before, f"{name}={SECRET}", *after])
    assert SECRET not in redact_query(query)
    assert redact_query(query) == "&".join([*before, f"{name}=[redacted]", *after])
    assert SECRET not in redact_url(f"https://example.org/http2sms?{query}")
    assert SECRET not in redact_text(f'192.0.2.1 - "GET /http2sms?{query} HTTP/1.1" 200')


@given(trees, st.lists(st.sampled_from(["list", "key", "tuple"]), max_size=12))
def test_no_structure_keeps_its_secret_however_deep(tree: Any, wrappings: list[str]) -> None:
    """A secret with its name is masked at any depth, among any values."""
    value: Any = {"password": SECRET, "rest": tree}
    for wrapping in wrappings:
        value = {"list": [tree, value], "key": {"x": value}, "tuple": (value, 1, tree)}[wrapping]
    assert SECRET not in repr(redact_value(value))


@given(st.text(max_size=80))
def test_redaction_takes_any_text_and_is_done_once(text: str) -> None:
    """No text raises an error, and redacting twice changes nothing."""
    assert redact_query(redact_query(text)) == redact_query(text)
    redact_url(text)
    redact_text(text)
