"""How long a link pauses, and when it takes messages again."""

from server.gateways.http.standing import MAX_DOUBTS, MAX_PAUSE_SECONDS, Standing


def test_each_failure_in_a_row_doubles_the_pause() -> None:
    """Up to a bound; failures while the link is already down count once."""
    standing, now, pauses = Standing(), 100.0, []
    for _ in range(10):
        assert standing.fail("broken", now, 1.0)
        assert not standing.fail("broken", now, 1.0)
        began = now
        while not standing.is_up(now):
            now += 0.5
        pauses.append(now - began)
    assert pauses == [1, 2, 4, 8, 16, 32, *[MAX_PAUSE_SECONDS] * 4]
    assert (standing.recover(), standing.failures, standing.last_error) == (True, 0, "broken")
    assert standing.fail("broken", now, 0.0)
    assert standing.is_up(now + 0.75)


def test_doubts_count_in_a_row_alone() -> None:
    """An unknown outcome before an answer does not count."""
    standing = Standing()
    for _ in range(3):
        assert not any(standing.doubt("no answer", 100, 1) for _ in range(MAX_DOUBTS - 1))
        assert not standing.recover()
    assert [standing.doubt("no answer", 100, 1) for _ in range(MAX_DOUBTS)] == [False, False, True]
    assert not standing.is_up(100)
