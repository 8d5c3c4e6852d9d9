"""The bounds on receivers of one request."""

import pytest

from server.errors import ErrorCode, InvalidInput
from server.rules.messages.batches import MAX_RECEIVERS, check_receiver_count


@pytest.mark.parametrize("count", [1, 999, 1_000])
def test_up_to_a_thousand_receivers_pass(count: int) -> None:
    """1 to 1,000 receivers may be named."""
    assert check_receiver_count(count) == count
    assert MAX_RECEIVERS == 1_000


@pytest.mark.parametrize(
    ("count", "code", "words"),
    [
        (0, ErrorCode.NO_RECEIVERS, "^A message needs at least one receiver.$"),
        (1_001, ErrorCode.TOO_MANY_RECEIVERS, "^One request may have at most 1000 receivers.$"),
    ],
)
def test_none_and_too_many_are_refused(count: int, code: ErrorCode, words: str) -> None:
    """Both bounds have their own code."""
    with pytest.raises(InvalidInput, match=words) as refusal:
        check_receiver_count(count)
    assert refusal.value.code is code
