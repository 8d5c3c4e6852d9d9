"""The messages that wait and those in flight, as a session sends them."""

import pytest

from server.gateways.pacing import FIRST_BRAKE_US, Brake
from server.gateways.smpp.codec import Unencodable
from server.gateways.smpp.events import (
    Full,
    SessionState,
)
from server.gateways.smpp.pdu import (
    DeliverSmResponse,
    EnquireLinkResponse,
    GenericNack,
    SubmitSm,
    SubmitSmResponse,
    UnbindResponse,
)
from server.gateways.smpp.statuses import Status
from server.gateways.smpp.window import OTHERS_SHARE
from server.kit.clock import SECOND_US
from tests.factories.gateways.smpp.sessions import THROTTLED, Rig, Ticket, told


def test_the_window_bounds_what_is_under_way() -> None:
    """Each answer releases the next message, in order."""
    rig = Rig(window=2)
    rig.submits(1, 2, 3, 4)
    assert rig.submitted() == [(2, 1), (3, 2)]
    assert rig.submitted() == []
    assert told(rig.hears(SubmitSmResponse(3, message_id="b"))) == [(2, 0, "b")]
    assert rig.submitted() == [(4, 3)]
    assert told(rig.hears(SubmitSmResponse(2, message_id="a"), SubmitSmResponse(4, message_id="c"))) == [
        (1, 0, "a"),
        (3, 0, "c"),
    ]


def test_late_doubled_and_stray_answers_are_dropped() -> None:
    """Only the first answer to a message counts."""
    rig = Rig()
    rig.submits(1)
    rig.submitted()
    assert told(rig.hears(SubmitSmResponse(2, message_id="a"))) == [(1, 0, "a")]
    assert rig.hears(SubmitSmResponse(2, message_id="z"), SubmitSmResponse(99), GenericNack(0, 3)) == []
    assert rig.hears(EnquireLinkResponse(77), UnbindResponse(78), DeliverSmResponse(79)) == []
    assert rig.session.state is SessionState.BOUND


def test_a_nack_is_an_answer_too() -> None:
    """There is no wait for a message that the operator could not read."""
    rig = Rig()
    rig.submits(1)
    rig.submitted()
    assert told(rig.hears(GenericNack(2, Status.ESME_RINVCMDLEN))) == [(1, Status.ESME_RINVCMDLEN, "")]


def test_the_rate_bounds_how_fast() -> None:
    """The rate per second, at most a tenth of it at once."""
    rig = Rig(window=1_000, rate=20)
    rig.submits(*range(60))
    sent_at: list[float] = []
    began = rig.now_us
    while len(sent_at) < 60:
        sent_at += [(rig.now_us - began) / SECOND_US] * len(rig.submitted())
        rig.wakes()
    assert sent_at[:4] == [0, 0, 0.05, 0.1]
    for start in range(3):
        assert sum(start <= at < start + 1 for at in sent_at) <= 22
    assert sent_at[-1] <= 3


def test_throttling_is_an_answer_and_slows_down() -> None:
    """The refusal is reported; after a pause another message tries alone; if it passes, the window opens."""
    brake = Brake()
    rig = Rig(window=3, brake=brake)
    rig.submits(1, 2, 3, 4, 5, 6)
    assert rig.submitted() == [(2, 1), (3, 2), (4, 3)]
    assert told(rig.hears(SubmitSmResponse(3, THROTTLED), SubmitSmResponse(2, THROTTLED))) == [
        (2, THROTTLED, ""),
        (1, THROTTLED, ""),
    ]
    assert told(rig.hears(SubmitSmResponse(4, message_id="c"))) == [(3, 0, "c")]
    assert brake.pressed
    assert rig.submitted() == []
    assert rig.session.wake_us() == rig.now_us + FIRST_BRAKE_US
    rig.wakes()
    assert rig.submitted() == [(5, 4)]
    assert told(rig.hears(SubmitSmResponse(5, message_id="d"))) == [(4, 0, "d")]
    assert not brake.pressed
    assert rig.submitted() == [(6, 5), (7, 6)]
    assert brake.presses == 1


def test_what_waits_is_handed_back_at_once() -> None:
    """So that other links can take it; answers to written messages are still awaited."""
    rig = Rig(window=1)
    rig.submits(1, 2)
    rig.submits(3, alone=True)
    rig.submitted()
    assert told(rig.session.hand_back()) == [(2, False), (3, False)]
    assert (rig.session.window.waiting, rig.session.window.in_flight) == (0, 1)


def test_a_try_that_is_not_answered_lets_another_try() -> None:
    """While the link is slow, one goes at a time, the next after some seconds; earlier ones don't count."""
    brake = Brake()
    rig = Rig(window=4, brake=brake, alone_us=3 * SECOND_US)
    rig.submits(1, 2, 3, 4)
    rig.submitted()
    rig.hears(SubmitSmResponse(2, THROTTLED))
    rig.submits(5, 6)
    rig.wakes()
    assert rig.submitted() == [(6, 5)]
    rig.after(3 * SECOND_US - 1)
    assert rig.submitted() == []
    rig.hears(SubmitSmResponse(3, THROTTLED))
    assert rig.wakes() == []
    rig.wakes()
    assert rig.submitted() == [(7, 6)]


def test_a_message_that_waited_too_long_is_handed_back() -> None:
    """It was never written, so another link can take it."""
    rig = Rig(window=1, wait_us=10 * SECOND_US)
    rig.submits(1, 2)
    rig.submits(3, alone=True)
    rig.submitted()
    assert told(rig.after(10 * SECOND_US - 1)) == []
    assert told(rig.after(1)) == [(2, False), (3, False)]
    assert rig.session.window.waiting == 0


def test_a_process_that_stood_still_writes_nothing_from_before() -> None:
    """Whatever wakes it: waiting messages are handed back, since another worker may have claimed them."""
    rig = Rig(window=1, wait_us=10 * SECOND_US)
    rig.submits(1, 2)
    rig.submits(3, alone=True)
    rig.submitted()
    rig.now_us += 10 * SECOND_US
    rig.hears(SubmitSmResponse(2, message_id="a"))
    assert rig.submitted() == []
    assert told(rig.wakes()) == [(2, False), (3, False)]


def test_one_alone_goes_after_all_others() -> None:
    """And nothing goes with it: other messages wait for its answer."""
    rig = Rig(window=3)
    rig.submits(1, alone=True)
    rig.submits(2, 3)
    assert rig.submitted() == [(2, 2), (3, 3)]
    assert rig.submitted() == []
    rig.hears(SubmitSmResponse(2, message_id="a"))
    assert rig.submitted() == []
    rig.hears(SubmitSmResponse(3, message_id="b"))
    assert rig.submitted() == [(4, 1)]
    rig.submits(4, 5)
    assert rig.submitted() == []
    assert told(rig.session.cut()) == [(1, True), (4, False), (5, False)]
    assert rig.session.window.has_one_alone


def test_several_go_alone_one_after_the_other() -> None:
    """Each once the one before is answered."""
    rig = Rig(window=3)
    rig.submits(1, 2, alone=True)
    assert rig.submitted() == [(2, 1)]
    rig.hears(SubmitSmResponse(2, message_id="a"))
    assert rig.submitted() == [(3, 2)]


def test_one_alone_that_is_not_answered_holds_the_others_back_for_some_seconds_only() -> None:
    """Then they have several times as long for themselves, even if another has to go alone."""
    rig = Rig(window=1_000, alone_us=2 * SECOND_US, wait_us=600 * SECOND_US, response_us=600 * SECOND_US)
    rig.submits(1, 2, alone=True)
    assert rig.submitted() == [(2, 1)]
    rig.submits(3)
    assert rig.submitted() == []
    written: dict[int, int] = {}
    began_us, number = rig.now_us, 4
    while 2 not in written:
        rig.after(SECOND_US // 2)
        rig.submits(number)
        number += 1
        for sequence, ticket in rig.submitted():
            written[ticket] = rig.now_us - began_us
            if ticket > 2:
                rig.hears(SubmitSmResponse(sequence, message_id="x"))
    assert written[3] == 2 * SECOND_US
    assert OTHERS_SHARE * 2 * SECOND_US <= written[2] - written[3] <= OTHERS_SHARE * 2 * SECOND_US + SECOND_US
    assert {*written} >= {*range(3, number - 4)}


def test_what_was_written_long_ago_is_no_company() -> None:
    """Its answer may never come, and does not keep another from going alone."""
    rig = Rig(window=3, alone_us=3 * SECOND_US, wait_us=60 * SECOND_US)
    rig.submits(1)
    rig.submitted()
    rig.submits(2, alone=True)
    assert rig.submitted() == []
    rig.wakes()
    assert rig.submitted() == [(3, 2)]


def test_one_alone_waits_for_a_place_in_the_window() -> None:
    """Even if its messages are not answered for a long time; if it is cancelled, the others go on."""
    rig = Rig(window=1, alone_us=SECOND_US, response_us=20 * SECOND_US, wait_us=60 * SECOND_US)
    rig.submits(1)
    rig.submitted()
    [unwanted] = rig.submits(2, alone=True)
    rig.after(2 * SECOND_US)
    assert rig.submitted() == []
    assert rig.session.wake_us() > rig.now_us
    unwanted.unwanted = True
    rig.submits(3)
    rig.hears(SubmitSmResponse(2, message_id="a"))
    assert rig.submitted() == []
    assert rig.submitted() == [(3, 3)]


def test_an_answer_that_does_not_come_is_given_up() -> None:
    """The outcome is unknown, and the window has room again."""
    rig = Rig(window=1, response_us=10 * SECOND_US)
    rig.submits(1, 2)
    rig.submitted()
    assert told(rig.after(9 * SECOND_US)) == []
    assert told(rig.wakes()) == [(1, True)]
    assert rig.submitted() == [(3, 2)]
    assert rig.session.window.in_flight == 1


def test_a_submission_that_is_cancelled_is_passed_over() -> None:
    """It is not sent."""
    rig = Rig(window=1)
    _, second, _ = rig.submits(1, 2, 3)
    rig.submitted()
    second.unwanted = True
    rig.hears(SubmitSmResponse(2))
    assert rig.submitted() == [(3, 3)]


def test_too_much_or_unwritable_is_refused_at_once() -> None:
    """Before it is accepted."""
    rig = Rig(window=1, max_waiting=1)
    with pytest.raises(Unencodable):
        rig.session.submit(SubmitSm(source_addr="Ж"), Ticket(0), rig.now_us)
    rig.submits(1)
    with pytest.raises(Full):
        rig.submits(2)


def test_sequence_numbers_start_anew_and_pass_over_those_under_way() -> None:
    """After the last number comes 1 again, unless it is still in flight."""
    rig = Rig()
    rig.submits(1)
    assert rig.submitted() == [(2, 1)]
    rig.session.window._sequence = 0x7FFFFFFE
    rig.submits(2, 3, 4)
    assert rig.submitted() == [(0x7FFFFFFF, 2), (1, 3), (3, 4)]
