"""How fast a link submits."""

from server.gateways.pacing import (
    FIRST_BRAKE_US,
    MAX_BRAKE_US,
    MAX_REMEMBERED,
    Brake,
    Pace,
)


def test_a_slow_pace_has_no_bursts() -> None:
    """Below ten a second, one at a time."""
    pace = Pace(2)
    assert pace.ready_us() <= 1_000_000
    pace.take(1_000_000)
    assert pace.ready_us() == 1_500_000
    pace.take(9_000_000)
    assert pace.ready_us() == 9_500_000


def test_the_pause_doubles_up_to_a_bound_and_is_forgotten_after_a_success() -> None:
    """Refusals during a pause count once, and successes from before it don't end it."""
    begun: list[int] = []
    brake, now_us, pauses = Brake(lambda: begun.append(1)), 5_000_000, []
    for number in range(9):
        brake.press(f"a{number}", now_us)
        brake.press(f"b{number}", now_us + 1)
        brake.release("c", now_us + 1)
        assert brake.pressed
        pauses.append(brake.until_us - now_us)
        now_us = brake.until_us
    assert pauses[:3] == [FIRST_BRAKE_US, 2 * FIRST_BRAKE_US, 4 * FIRST_BRAKE_US]
    assert pauses[-2:] == [MAX_BRAKE_US] * 2
    assert brake.presses == len(begun) == 9
    brake.release("c", now_us)
    assert not brake.pressed
    brake.press("c", now_us)
    assert brake.until_us == now_us + FIRST_BRAKE_US


def test_one_receiver_makes_the_pause_no_longer() -> None:
    """However often it is refused while no other message is tried."""
    brake, now_us = Brake(), 5_000_000
    for _ in range(9):
        brake.press("full", now_us)
        assert brake.until_us - now_us == FIRST_BRAKE_US
        now_us = brake.until_us


def test_a_refusal_of_its_own_slows_nobody_down_again() -> None:
    """Once another message has passed, a receiver's refusals only count for itself, until one is accepted."""
    brake, now_us = Brake(), 5_000_000
    brake.press("full", now_us)
    now_us = brake.until_us
    brake.release("fine", now_us)
    brake.press("full", now_us)
    assert (brake.pressed, brake.presses) == (False, 1)
    brake.release("full", now_us)
    brake.press("full", now_us)
    assert (brake.pressed, brake.presses) == (True, 2)


def test_a_receiver_that_passes_was_not_refused_on_its_own_account() -> None:
    """Its refusal was about the link, and so is the next one."""
    brake, now_us = Brake(), 5_000_000
    brake.press("a", now_us)
    brake.release("a", brake.until_us)
    brake.press("a", brake.until_us)
    assert brake.pressed


def test_refusals_are_remembered_up_to_a_number() -> None:
    """Forgotten ones slow the link down like new ones."""
    brake = Brake()
    for begin in range(2):
        for number in range(MAX_REMEMBERED):
            brake.press(f"{begin} {number}", begin * 10**9)
        brake.release("fine", brake.until_us)
    assert len(brake._by_themselves) == MAX_REMEMBERED
