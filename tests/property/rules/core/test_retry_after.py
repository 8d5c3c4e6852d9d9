"""Properties of every Retry-After header."""

from hypothesis import given
from hypothesis import strategies as st

from server.rules.core.retry_after import MAX_WAIT_SECONDS, parse_retry_after

pieces = st.sampled_from(
    ["Sun,", "06", "Nov", "1994", "99999", "08:49:37", "08:49", "GMT", "+9999999999", "-0000", "-2400", "1", ":", "-"]
)  # fmt: skip


@given(st.text(max_size=60) | st.lists(pieces, max_size=8).map(" ".join), st.integers(0, 2**53))
def test_any_text_gives_a_wait_within_a_day_or_none(text: str, now_us: int) -> None:
    """No value raises an error."""
    seconds = parse_retry_after(text, now_us)
    assert seconds is None or 0 <= seconds <= MAX_WAIT_SECONDS
