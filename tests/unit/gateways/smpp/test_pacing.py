"""How fast a link submits."""

from server.gateways.smpp.pacing import FIRST_BRAKE_US, LONGEST_BRAKE_US, Brake, Pace


def test_a_slow_pace_has_no_bursts() -> None:
    """Below ten a second, one at a time."""
    pace = Pace(2)
    assert pace.ready_us() <= 1_000_000
    pace.take(1_000_000)
    assert pace.ready_us() == 1_500_000
    pace.take(9_000_000)
    assert pace.ready_us() == 9_500_000


def test_the_pause_doubles_up_to_a_bound_and_is_forgotten_after_a_success() -> None:
    """Refusals during a pause count once, and so do successes from before it."""
    brake, now_us, pauses = Brake(), 5_000_000, []
    for _ in range(9):
        brake.press(now_us)
        brake.press(now_us + 1)
        brake.release(now_us + 1)
        assert brake.pressed
        pauses.append(brake.until_us - now_us)
        now_us = brake.until_us
    assert pauses[:3] == [FIRST_BRAKE_US, 2 * FIRST_BRAKE_US, 4 * FIRST_BRAKE_US]
    assert pauses[-2:] == [LONGEST_BRAKE_US] * 2
    assert brake.presses == 9
    brake.release(now_us)
    assert not brake.pressed
    brake.press(now_us)
    assert brake.until_us == now_us + FIRST_BRAKE_US
