"""One session, with numbers for the time."""

from dataclasses import replace

import pytest

from server.gateways.smpp.codec import encode
from server.gateways.smpp.events import (
    Answered,
    Bound,
    Ended,
    Ending,
    Incoming,
    NotBound,
    SessionState,
)
from server.gateways.smpp.pdu import (
    BindReceiver,
    BindReceiverResponse,
    BindTransceiver,
    BindTransceiverResponse,
    DataSm,
    DataSmResponse,
    DeliverSm,
    DeliverSmResponse,
    EnquireLink,
    EnquireLinkResponse,
    GenericNack,
    Pdu,
    SubmitSm,
    SubmitSmResponse,
    Unbind,
    UnbindResponse,
    Unknown,
)
from server.gateways.smpp.statuses import Status
from server.gateways.smpp.window import NEVER_US
from server.kit.clock import SECOND_US
from tests.factories.gateways.smpp.sessions import THROTTLED, Rig, told


def test_it_binds_before_anything_else() -> None:
    """Nothing is accepted until the operator has accepted the bind."""
    rig = Rig(bound=False)
    assert rig.written() == [BindTransceiver(1)]
    assert rig.session.state is SessionState.BINDING
    with pytest.raises(NotBound):
        rig.submits(1)
    assert rig.hears(BindTransceiverResponse(1)) == [Bound()]
    assert rig.hears(BindTransceiverResponse(1)) == []
    rig.submits(1)
    assert rig.submitted() == [(2, 1)]


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (BindTransceiverResponse(1, Status.ESME_RBINDFAIL), Status.ESME_RBINDFAIL),
        (GenericNack(1, Status.ESME_RINVCMDID), Status.ESME_RINVCMDID),
        (GenericNack(1), Status.ESME_RUNKNOWNERR),
    ],
)
def test_a_refused_bind_ends_it(answer: Pdu, status: int) -> None:
    """With the operator's status, and for good."""
    rig = Rig(bound=False)
    assert rig.hears(answer) == [Ended(Ending.BIND_REFUSED, status)]
    assert rig.hears(BindTransceiverResponse(1)) == []
    assert rig.after(SECOND_US) == []
    assert rig.session.unbind(rig.now_us) == []
    assert rig.session.cut() == []
    assert rig.session.wake_us() == NEVER_US


def test_a_receiver_takes_no_submissions() -> None:
    """It only receives."""
    rig = Rig(bound=False, bind=BindReceiver())
    rig.written()
    rig.hears(BindReceiverResponse(1))
    with pytest.raises(NotBound):
        rig.submits(1)


def test_a_bind_that_is_not_answered_ends_it() -> None:
    """After the timeout for a bind."""
    rig = Rig(bound=False, bind_us=5 * SECOND_US)
    assert rig.after(5 * SECOND_US - 1) == []
    assert rig.wakes() == [Ended(Ending.SILENT)]


def test_life_is_asked_for_and_any_sign_of_it_counts() -> None:
    """It sends enquire_link at intervals; if nothing arrives after one, the session ends."""
    rig = Rig(enquire_every_us=30 * SECOND_US, enquire_answer_us=10 * SECOND_US)
    assert rig.wakes() == []
    assert rig.written() == [EnquireLink(2)]
    assert rig.hears(DeliverSm(1)) == [Incoming(DeliverSm(1))]
    assert rig.after(10 * SECOND_US) == []
    assert rig.after(20 * SECOND_US) == []
    assert rig.written() == [EnquireLink(3)]
    rig.submits(1)
    rig.submitted()
    assert rig.after(10 * SECOND_US - 1) == []
    events = rig.wakes()
    assert told(events) == [(1, True)]
    assert events[-1] == Ended(Ending.SILENT)


def test_the_operator_gets_its_answers() -> None:
    """Each request gets one with its own number, unless it needs none."""
    rig = Rig()
    assert (
        rig.hears(EnquireLink(5), Unknown(sequence=6, command_id=0x42), Unknown(sequence=7, command_id=0x102))
        == []
    )
    assert rig.written() == [EnquireLinkResponse(5), GenericNack(6, Status.ESME_RINVCMDID)]
    assert rig.hears(Unknown(sequence=8, command_id=DeliverSm.command_id), SubmitSm(9)) == []
    assert rig.written() == [GenericNack(8, Status.ESME_RINVCMDLEN), GenericNack(9, Status.ESME_RINVCMDLEN)]
    assert rig.hears(DeliverSm(1), DataSm(2)) == [Incoming(DeliverSm(1)), Incoming(DataSm(2))]
    assert rig.session.answer(DeliverSm(1), Status.ESME_ROK, rig.now_us) == []
    assert rig.session.answer(DataSm(2), Status.ESME_RX_T_APPN, rig.now_us) == []
    assert rig.written() == [DeliverSmResponse(1), DataSmResponse(2, Status.ESME_RX_T_APPN)]


def test_no_more_is_read_than_may_be_unanswered() -> None:
    """The rest is read when there is room, and the operator's silence does not count meanwhile."""
    rig = Rig(max_unanswered=1, response_us=10 * SECOND_US, enquire_every_us=30 * SECOND_US)
    rig.submits(1)
    rig.submitted()
    assert rig.hears(DeliverSm(1), DeliverSm(2), SubmitSmResponse(2, message_id="a")) == [
        Incoming(DeliverSm(1))
    ]
    assert not rig.session.hears
    assert rig.after(100 * SECOND_US) == []
    assert rig.written() == [EnquireLink(3)]
    assert rig.after(29 * SECOND_US) == []
    assert rig.session.answer(DeliverSm(1), 0, rig.now_us) == [Incoming(DeliverSm(2))]
    assert told(rig.session.answer(DeliverSm(2), 0, rig.now_us)) == [(1, 0, "a")]
    assert rig.session.hears
    assert rig.written() == [DeliverSmResponse(1), DeliverSmResponse(2)]
    assert rig.after(0) == []


def test_garbage_ends_it_after_what_came_before() -> None:
    """Complete PDUs are still used."""
    rig = Rig()
    tickets = rig.submits(1)
    rig.submitted()
    octets = encode(SubmitSmResponse(2, message_id="a")) + b"\0\0\0\0garbage"
    events = rig.session.receive(octets + encode(DeliverSm()), rig.now_us)
    assert events == [Answered(tickets[0], SubmitSmResponse(2, message_id="a")), Ended(Ending.GARBAGE)]
    assert rig.session.receive(octets, rig.now_us) == []
    assert rig.session.answer(DeliverSm(1), 0, rig.now_us) == []


def test_a_cut_tells_what_was_written() -> None:
    """Messages in flight are unknown, waiting ones are safe, in order."""
    rig = Rig(window=2)
    rig.submits(1, 2, 3, 4)
    rig.submitted()
    events = rig.session.cut()
    assert told(events) == [(1, True), (2, True), (3, False), (4, False)]
    assert events[-1] == Ended(Ending.CUT)


def test_the_operator_may_leave() -> None:
    """Its unbind is answered, and nothing after it is read."""
    rig = Rig()
    assert rig.hears(Unbind(9), DeliverSm(10)) == [Ended(Ending.UNBOUND_BY_OPERATOR)]
    assert rig.written() == [UnbindResponse(9)]


def test_leaving_waits_for_answers() -> None:
    """Waiting messages are handed back, those in flight are awaited; surplus requests are not read."""
    rig = Rig(window=2, max_unanswered=1)
    rig.hears(DeliverSm(1), DeliverSm(2))
    rig.submits(1, 2, 3)
    rig.submitted()
    events = rig.session.unbind(rig.now_us)
    assert told(events) == [(3, False)]
    assert Incoming(DeliverSm(2)) not in events
    assert rig.session.unbind(rig.now_us) == []
    assert rig.written() == []
    with pytest.raises(NotBound):
        rig.submits(4)
    assert told(rig.hears(SubmitSmResponse(2, THROTTLED), SubmitSmResponse(3, message_id="b"))) == [
        (1, THROTTLED, ""),
        (2, 0, "b"),
    ]
    assert rig.written() == [Unbind(4)]
    assert rig.hears(UnbindResponse(4)) == [Ended(Ending.UNBOUND)]


def test_leaving_takes_no_longer_than_it_may() -> None:
    """It waits for the answers and then for the unbind, each for a while."""
    rig = Rig(leave_us=5 * SECOND_US)
    rig.submits(1)
    rig.submitted()
    rig.session.unbind(rig.now_us)
    assert rig.wakes() == []
    assert rig.written() == [Unbind(3)]
    events = rig.wakes()
    assert told(events) == [(1, True)]
    assert events[-1] == Ended(Ending.UNBOUND)


def test_leaving_goes_on_when_answers_are_given_up() -> None:
    """After the last one is given up, the unbind is sent."""
    rig = Rig(leave_us=50 * SECOND_US, response_us=5 * SECOND_US)
    rig.submits(1)
    rig.submitted()
    rig.session.unbind(rig.now_us)
    assert told(rig.wakes()) == [(1, True)]
    assert rig.written() == [Unbind(3)]
    assert rig.session.cut() == [Ended(Ending.UNBOUND)]


def test_leaving_before_the_bind_is_answered_ends_it() -> None:
    """There is nothing to wait for."""
    rig = Rig(bound=False)
    assert rig.session.unbind(rig.now_us) == [Ended(Ending.UNBOUND)]


def test_the_trace_has_each_pdu_as_it_was_on_the_wire() -> None:
    """Sent and received, with the sequence numbers."""
    rig = Rig()
    rig.submits(1)
    rig.written()
    rig.hears(SubmitSmResponse(2, message_id="a"))
    assert rig.traced == [
        (True, BindTransceiver(1)),
        (False, BindTransceiverResponse(1)),
        (True, replace(SubmitSm(destination_addr="1", short_message=b"1"), sequence=2)),
        (False, SubmitSmResponse(2, message_id="a")),
    ]
