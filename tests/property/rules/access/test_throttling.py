"""Properties of simultaneous attempts: no more are checked than if they came one after the other."""

from hypothesis import given
from hypothesis import strategies as st

from server.rules.access.throttling import FREE_FAILURES_OF_LOGIN, LOOK_LEASE_US, Tries

NOW_US = 10**15
failures_before = st.integers(0, 10)


@given(failures_before, st.lists(st.booleans(), max_size=60))
def test_guesses_at_once_are_as_many_as_guesses_in_a_row(before: int, steps: list[bool]) -> None:
    """In any order in which attempts begin (True) and fail (False), all at one moment."""
    in_a_row = max(FREE_FAILURES_OF_LOGIN - before, 1)
    tries, looked_at = Tries(failures=before, failed_at_us=NOW_US), 0
    for begins in steps:
        tries = tries.at(NOW_US)
        if not begins and tries.looking:
            tries = tries.ended().failed(NOW_US, FREE_FAILURES_OF_LOGIN)
        elif begins and tries.blocked_until_us <= NOW_US and tries.has_room(FREE_FAILURES_OF_LOGIN):
            tries, looked_at = tries.begun(NOW_US), looked_at + 1
    assert looked_at <= in_a_row


@given(st.integers(1, 200))
def test_rightful_tries_at_once_all_pass_in_time(count: int) -> None:
    """Each success makes room for the next, and leaves nothing behind."""
    tries, waiting = Tries(), count
    while waiting or tries.looking:
        if waiting and tries.at(NOW_US).has_room(FREE_FAILURES_OF_LOGIN):
            tries, waiting = tries.at(NOW_US).begun(NOW_US), waiting - 1
        else:
            tries = tries.at(NOW_US).ended().forgiven()
    assert tries.is_blank


@given(st.integers(1, 10))
def test_what_a_process_that_died_was_looking_at_is_not_waited_for_for_ever(looking: int) -> None:
    """It counts until its lease ends."""
    tries = Tries()
    for _ in range(looking):
        tries = tries.begun(NOW_US)
    assert tries.at(NOW_US + LOOK_LEASE_US - 1).looking == looking
    assert tries.at(NOW_US + LOOK_LEASE_US).is_blank
    assert tries.at(NOW_US + LOOK_LEASE_US).ended().looking == 0
