"""Properties of a session, whatever the operator sends, and whenever."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from server.gateways.pacing import Brake
from server.gateways.smpp.codec import Framer, encode
from server.gateways.smpp.events import Answered, Ended, Event, Incoming, Unanswered
from server.gateways.smpp.options import SessionOptions
from server.gateways.smpp.pdu import (
    BindTransceiver,
    BindTransceiverResponse,
    EnquireLinkResponse,
    Pdu,
    SubmitSm,
    SubmitSmResponse,
)
from server.gateways.smpp.session import Session
from server.gateways.smpp.statuses import Status
from server.kit.clock import SECOND_US
from tests.factories.gateways.smpp.pdus import pdus, unknown_pdus

WINDOW = 3
MAX_UNANSWERED = 2
MAX_WAITING = 5


@dataclass
class Ticket:
    """A submission and its result."""

    fates: list[object] = field(default_factory=list)

    def cancelled(self) -> bool:
        """Return False: it is never cancelled."""
        return False


@dataclass(frozen=True)
class Respond:
    """The operator answers its oldest message."""

    status: int


steps = st.one_of(
    st.just("submit"),
    st.just("submit"),
    st.just("answer"),
    st.just("unbind"),
    st.integers(0, 40 * SECOND_US),
    st.builds(Respond, st.sampled_from([0, 0, Status.ESME_RTHROTTLED, Status.ESME_RINVDSTADR, 0x0444])),
    pdus() | unknown_pdus(),
    st.binary(max_size=40),
)


class Run:
    """A session, the operator's view of it, and the invariants after each step."""

    def __init__(self) -> None:
        """Begin with a bound session."""
        self.now_us = 0
        self.session = Session(
            BindTransceiver(),
            SessionOptions(window=WINDOW, rate=1_000, max_unanswered=MAX_UNANSWERED, max_waiting=MAX_WAITING),
            Brake(),
            self.now_us,
        )
        self.framer = Framer()
        self.tickets: list[Ticket] = []
        self.at_operator: list[int] = []
        self.incoming: list[Incoming] = []
        self.ends = 0
        self.write()
        self.take_in(self.session.receive(encode(BindTransceiverResponse(1)), 0))

    def step(self, step: object) -> None:
        """Do one thing."""
        if isinstance(step, str):
            self.act(step)
        elif isinstance(step, Respond):
            if self.at_operator:
                self.receive(encode(SubmitSmResponse(self.at_operator.pop(0), step.status)))
        elif isinstance(step, Pdu | bytes):
            self.receive(encode(step) if isinstance(step, Pdu) else step)
        elif isinstance(step, int):
            self.now_us += step
            self.take_in(self.session.tick(self.now_us))
        self.write()

    def act(self, what: str) -> None:
        """Do one action of this side."""
        session = self.session
        if what == "unbind":
            self.take_in(session.unbind(self.now_us))
        elif what == "answer" and self.incoming:
            self.take_in(session.answer(self.incoming.pop(0).pdu, 0, self.now_us))
        elif what == "submit" and session.takes_submissions and session.window.waiting < MAX_WAITING:
            self.tickets.append(Ticket())
            session.submit(SubmitSm(), self.tickets[-1], self.now_us)

    def receive(self, octets: bytes) -> None:
        """Let octets arrive."""
        self.take_in(self.session.receive(octets, self.now_us))

    def take_in(self, events: list[Event]) -> None:
        """Record the events."""
        for event in events:
            if isinstance(event, Answered | Unanswered):
                assert isinstance(event.ticket, Ticket)
                event.ticket.fates.append(event)
            elif isinstance(event, Incoming):
                self.incoming.append(event)
            elif isinstance(event, Ended):
                self.ends += 1

    def write(self) -> None:
        """Pass the written octets to the operator: they are always complete PDUs."""
        self.framer.feed(self.session.take(self.now_us))
        while (pdu := self.framer.pop()) is not None:
            if isinstance(pdu, SubmitSm):
                self.at_operator.append(pdu.sequence)
        assert len(self.framer._buffer) == self.framer._position

    def check(self) -> None:
        """Assert the invariants."""
        window = self.session.window
        assert window.in_flight <= WINDOW
        assert len(self.incoming) <= MAX_UNANSWERED
        assert all(len(ticket.fates) <= 1 for ticket in self.tickets)
        undecided = sum(not ticket.fates for ticket in self.tickets)
        assert undecided == window.in_flight + window.waiting
        assert self.ends == int(self.session.ended)
        assert self.session.ended or self.session.wake_us() < 1 << 62


@given(st.lists(steps, max_size=40))
def test_each_submission_ends_once_whatever_the_operator_does(script: list[object]) -> None:
    """Answered or handed back: never both, and one of them once the session is over; nothing piles up."""
    run = Run()
    for step in script:
        run.step(step)
        run.check()
    run.take_in(run.session.cut())
    run.check()
    assert run.session.ended
    assert all(len(ticket.fates) == 1 for ticket in run.tickets)


@given(
    st.lists(st.booleans(), min_size=1, max_size=8),
    st.lists(st.sampled_from([0, 0, 0, Status.ESME_RTHROTTLED, None]), max_size=30),
)
def test_whatever_is_answered_each_goes_out_once_and_those_alone_by_themselves(
    alone: list[bool], statuses: list[int | None]
) -> None:
    """In a window for all: in order within their kind, nothing new next to one alone, no busy waiting."""
    options = SessionOptions(window=20, rate=1_000, wait_us=10**12, response_us=10**12)
    session = Session(BindTransceiver(), options, Brake(), 0)
    session.take(0)
    session.receive(encode(BindTransceiverResponse(1)), 0)
    for number, is_alone in enumerate(alone):
        submit = SubmitSm(destination_addr=str(number), short_message=b"%d" % number)
        session.submit(submit, Ticket(), 0, alone=is_alone)
    framer, now_us, answers = Framer(), 0, iter(statuses)
    written: dict[int, int] = {}
    unanswered: dict[int, int] = {}
    while len(written) < len(alone):
        before_us, now_us = now_us, max(now_us, session.wake_us())
        session.tick(now_us)
        framer.feed(session.take(now_us))
        wrote = False
        while (pdu := framer.pop()) is not None:
            wrote = True
            if not isinstance(pdu, SubmitSm):
                session.receive(encode(EnquireLinkResponse(pdu.sequence)), now_us)
                continue
            number = int(pdu.short_message)
            fresh = [other for other, at_us in unanswered.items() if at_us + options.alone_us > now_us]
            assert not (alone[number] and fresh)
            assert not any(alone[other] for other in fresh)
            assert number not in written
            written[number] = unanswered[number] = now_us
            status = next(answers, 0)
            if status is not None:
                del unanswered[number]
                session.receive(encode(SubmitSmResponse(pdu.sequence, status)), now_us)
        assert wrote or now_us > before_us or session.wake_us() > now_us
    for kind in (True, False):
        order = [number for number in written if alone[number] is kind]
        assert order == sorted(order)
