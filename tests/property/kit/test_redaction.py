"""What is looked over quickly is looked over as thoroughly."""

from hypothesis import given
from hypothesis import strategies as st

from server.kit import redaction
from server.kit.redaction import redact_query, redact_text

WORDS = st.sampled_from(
    ["password", "token", "Bearer ", "basic", "bearer\t", "Basic\u2003", "=", ":", "%3D", "%", "?", "&", "://", "@", '"', " ", "\t", "\u2003", "+",
     "abcdefgh12345678", "account", "to", "\u017f", "\u212a", "\x1f"]
)  # fmt: skip
TEXTS = st.lists(WORDS | st.text(max_size=3), max_size=8).map("".join)
SHOWN = frozenset({"account", "to"})


@given(TEXTS)
def test_the_quick_look_misses_no_secret(text: str) -> None:
    """A text that needs no search would have come out of the search as it is."""
    assert redact_text(text) == redaction._without_secrets(text)


@given(st.lists(TEXTS, max_size=3).map("&".join))
def test_remembered_names_are_judged_as_new_ones(query: str) -> None:
    """Whether a name was seen before makes no difference."""
    assert redact_query(query, shown=SHOWN) == redact_query(query, shown=set(SHOWN))
