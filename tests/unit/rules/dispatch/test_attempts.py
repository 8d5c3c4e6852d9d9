"""How long a message waits before it is handed over again."""

from server.rules.dispatch.attempts import after_refusal_seconds, after_unknown_seconds


def test_refusals_are_further_and_further_apart() -> None:
    """A second, two, four, up to half an hour, minus a random part of at most a quarter."""
    assert [after_refusal_seconds(times, 1.0) for times in (1, 2, 3, 11, 12, 10**6)] == [
        1, 2, 4, 1_024, 1_800, 1_800,
    ]  # fmt: skip
    assert after_refusal_seconds(3, 0.0) == 3


def test_sixteen_refusals_take_some_hours() -> None:
    """Long enough for an operator's bad night, and not for days."""
    assert 2.5 * 3_600 < sum(after_refusal_seconds(times, 1.0) for times in range(1, 16)) < 4 * 3_600


def test_an_unknown_outcome_is_tried_again_soon_and_then_after_minutes() -> None:
    """Most were only next to a harmful message; minus a random part of at most half."""
    assert [after_unknown_seconds(times, 1.0) for times in (1, 2, 3, 9)] == [2, 300, 300, 300]
    assert [after_unknown_seconds(times, 0.0) for times in (1, 2)] == [1, 150]
