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


@given(TEXTS, TEXTS, st.sampled_from([None, SHOWN]))
def test_a_password_is_masked_whatever_stands_beside_it(
    before: str, behind: str, shown: frozenset[str] | None
) -> None:
    """No neighbour in the query makes it look like something else."""
    assert "s3cret-17" not in redact_query(f"{before}&password=s3cret-17&{behind}", shown=shown)
