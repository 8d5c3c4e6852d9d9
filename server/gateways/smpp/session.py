"""One SMPP session without I/O: octets and the time go in, octets and events come out (SMPP 3.4 §2).

    BINDING ── bind answered ──> BOUND ── unbind() ──> UNBINDING ──> ENDED
       └────────── refused, silent, cut, garbage, unbound by the operator ──────^

The owner of the socket calls `receive` with what arrived and `tick` at `wake_us`, and writes what `take`
returns after each call. Time is in microseconds of any monotonic clock.
"""

from collections.abc import Callable
from dataclasses import replace

from server.gateways.pacing import Brake
from server.gateways.smpp.codec import Framer, GarbageLength, encode
from server.gateways.smpp.events import Bound, Ended, Ending, Event, Incoming, NotBound, SessionState, Ticket
from server.gateways.smpp.options import SessionOptions
from server.gateways.smpp.pdu import (
    CLASSES,
    Bind,
    BindReceiver,
    BindResponse,
    DataSm,
    DataSmResponse,
    DeliverSm,
    DeliverSmResponse,
    EnquireLink,
    EnquireLinkResponse,
    FromOperator,
    GenericNack,
    Pdu,
    SubmitSm,
    SubmitSmResponse,
    Unbind,
    UnbindResponse,
)
from server.gateways.smpp.statuses import Status
from server.gateways.smpp.window import NEVER_US, Window

# outbind and alert_notification: they get no answer, and nothing here depends on them.
_UNANSWERED_COMMANDS = frozenset({0x0000000B, 0x00000102})
_KNOWN_COMMANDS = frozenset(cls.command_id for cls in CLASSES)

Trace = Callable[[bool, Pdu], None]
"""Called with whether a PDU was sent (else received), and the PDU. It must not raise."""


class Session:
    """One session. It begins with the bind as soon as it is made."""

    def __init__(
        self, bind: Bind, options: SessionOptions, brake: Brake, now_us: int, trace: Trace | None = None
    ) -> None:
        """`brake` is shared by all sessions of the link."""
        self.state = SessionState.BINDING
        self._submits = not isinstance(bind, BindReceiver)
        self.window = Window(options, brake)
        self._options = options
        self._trace = trace
        self._framer = Framer()
        self._out: list[bytes] = []
        self._unanswered = 0
        self._has_delivered = False
        self._unbind_sent = False
        # The deadline of the present step (bind, unbind).
        self._step_by_us = now_us + options.bind_us
        self._enquire_us = NEVER_US
        self._heard_by_us = NEVER_US
        self._request(bind)

    @property
    def ended(self) -> bool:
        """Tell whether it is over."""
        return self.state is SessionState.ENDED

    @property
    def takes_submissions(self) -> bool:
        """Tell whether `submit` may be called."""
        return self._submits and self.state is SessionState.BOUND

    @property
    def hears(self) -> bool:
        """Tell whether more may be read; if not, an `answer` must come first.

        While leaving, the session reads to the end, to get the answers to what is under way.
        """
        return self.state is SessionState.UNBINDING or self._unanswered < self._options.max_unanswered

    @property
    def was_useful(self) -> bool:
        """Tell whether the operator has answered a submission, or sent anything."""
        return self.window.answers > 0 or self._has_delivered

    def submit(self, pdu: SubmitSm, ticket: Ticket, now_us: int, *, alone: bool = False) -> None:
        """Take a message, and write it when window, rate and throttling allow. It always ends in an event.

        While one that goes `alone` is unanswered, no other is written that would be lost if the operator
        ended the session because of it.

        Raises:
            NotBound: the session takes no submissions.
            Full: too many wait already.
            Unencodable: the PDU can't be written.
        """
        if not self.takes_submissions:
            raise NotBound
        self.window.add(pdu, ticket, now_us, alone=alone)

    def answer(self, pdu: FromOperator, status: int, now_us: int) -> list[Event]:
        """Answer a PDU. Once the session is over, this does nothing, and the operator will send it again."""
        if self.ended:
            return []
        was_deaf = not self.hears
        self._unanswered -= 1
        response = DeliverSmResponse if isinstance(pdu, DeliverSm) else DataSmResponse
        self._respond(response(pdu.sequence, status))
        if not was_deaf:
            return []
        # The operator does not count as silent for the time when we did not read.
        self.window.listen_from(now_us)
        self._heard_by_us = NEVER_US
        return self._read(now_us)

    def receive(self, data: bytes, now_us: int) -> list[Event]:
        """Take octets that arrived; return the events that they cause."""
        if self.ended:
            return []
        self._heard_by_us = NEVER_US
        self._framer.feed(data)
        return self._read(now_us)

    def tick(self, now_us: int) -> list[Event]:
        """Do what is due by now; return the events that it causes."""
        events: list[Event] = []
        if self.ended:
            return events
        if now_us >= self._step_by_us:
            self._step_is_over(now_us, events)
        elif self.state is SessionState.BOUND:
            self._check_life(now_us, events)
        events += self.window.give_up_waiting(now_us)
        if self.hears and (given_up := self.window.give_up_answers(now_us)):
            events += given_up
            self._unbind_when_done(now_us)
        return events

    def wake_us(self) -> int:
        """Return when `tick` and `take` have something to do, if nothing else happens."""
        if self.ended:
            return NEVER_US
        wake_us = min(self._step_by_us, self._enquire_us, self.window.wake_us(listening=self.hears))
        return min(wake_us, self._heard_by_us) if self.hears else wake_us

    def take(self, now_us: int) -> bytes:
        """Return what must be written now. Its submissions count as written from here on."""
        if self.state is SessionState.BOUND:
            self.window.fill(now_us, self._write)
        out = b"".join(self._out)
        self._out.clear()
        return out

    def hand_back(self) -> list[Event]:
        """Hand back everything that waits, so that it may go another way."""
        return [*self.window.hand_back_waiting()]

    def unbind(self, now_us: int) -> list[Event]:
        """Leave: hand back what waits, wait for the answers under way, then unbind."""
        events: list[Event] = []
        if self.state is SessionState.BINDING:
            self._end(Ending.UNBOUND, events)
        elif self.state is SessionState.BOUND:
            self.state = SessionState.UNBINDING
            self._enquire_us = self._heard_by_us = NEVER_US
            self._step_by_us = now_us + self._options.leave_us
            events += self.window.hand_back_waiting()
            self._unbind_when_done(now_us)
            events += self._read(now_us)
        return events

    def cut(self) -> list[Event]:
        """End the session because the connection is gone; return the events."""
        events: list[Event] = []
        self._end(Ending.UNBOUND if self._unbind_sent else Ending.CUT, events)
        return events

    def _read(self, now_us: int) -> list[Event]:
        events: list[Event] = []
        try:
            while self.hears and not self.ended and (pdu := self._framer.pop()) is not None:
                if self._trace is not None:
                    self._trace(False, pdu)  # noqa: FBT003 as `Trace` says
                self._handle(pdu, now_us, events)
        except GarbageLength:
            self._end(Ending.GARBAGE, events)
        return events

    def _handle(self, pdu: Pdu, now_us: int, events: list[Event]) -> None:
        if isinstance(pdu, SubmitSmResponse):
            self._answered(pdu, now_us, events)
        elif isinstance(pdu, DeliverSm | DataSm):
            # While leaving we read on, but take no more than before. What gets no answer comes again.
            if self._unanswered < self._options.max_unanswered:
                self._unanswered += 1
                self._has_delivered = True
                events.append(Incoming(pdu))
        elif isinstance(pdu, GenericNack):
            self._nacked(pdu, now_us, events)
        elif isinstance(pdu, BindResponse):
            self._bind_answered(pdu, now_us, events)
        elif isinstance(pdu, UnbindResponse) and self._unbind_sent:
            self._end(Ending.UNBOUND, events)
        elif not pdu.is_response:
            self._asked(pdu, events)

    def _asked(self, pdu: Pdu, events: list[Event]) -> None:
        if isinstance(pdu, EnquireLink):
            self._respond(EnquireLinkResponse(pdu.sequence))
        elif isinstance(pdu, Unbind):
            self._respond(UnbindResponse(pdu.sequence))
            self._end(Ending.UNBOUND_BY_OPERATOR, events)
        elif pdu.command_id not in _UNANSWERED_COMMANDS:
            # A known command that gets here is either cut short or not for this side to receive.
            known = pdu.command_id in _KNOWN_COMMANDS
            status = Status.ESME_RINVCMDLEN if known else Status.ESME_RINVCMDID
            self._respond(GenericNack(pdu.sequence, status))

    def _bind_answered(self, pdu: BindResponse | GenericNack, now_us: int, events: list[Event]) -> None:
        if self.state is not SessionState.BINDING:
            return
        if pdu.status != Status.ESME_ROK:
            self._end(Ending.BIND_REFUSED, events, pdu.status)
            return
        self.state = SessionState.BOUND
        self._step_by_us = NEVER_US
        self._enquire_us = now_us + self._options.enquire_every_us
        events.append(Bound())

    def _nacked(self, pdu: GenericNack, now_us: int, events: list[Event]) -> None:
        status = pdu.status or Status.ESME_RUNKNOWNERR
        if self.state is SessionState.BINDING:
            self._bind_answered(GenericNack(pdu.sequence, status), now_us, events)
        else:
            self._answered(SubmitSmResponse(pdu.sequence, status), now_us, events)

    def _answered(self, response: SubmitSmResponse, now_us: int, events: list[Event]) -> None:
        event = self.window.answered(response, now_us)
        if event is not None:
            events.append(event)
        self._unbind_when_done(now_us)

    def _step_is_over(self, now_us: int, events: list[Event]) -> None:
        if self.state is SessionState.BINDING:
            self._end(Ending.SILENT, events)
        elif self._unbind_sent:
            self._end(Ending.UNBOUND, events)
        else:
            self._send_unbind(now_us)

    def _check_life(self, now_us: int, events: list[Event]) -> None:
        if self.hears and now_us >= self._heard_by_us:
            self._end(Ending.SILENT, events)
        elif now_us >= self._enquire_us:
            self._enquire_us = now_us + self._options.enquire_every_us
            if self.hears:
                self._heard_by_us = min(self._heard_by_us, now_us + self._options.enquire_answer_us)
            # The operator needs a sign of life even while we do not read.
            self._request(EnquireLink())

    def _unbind_when_done(self, now_us: int) -> None:
        if self.state is SessionState.UNBINDING and not self.window.in_flight and not self._unbind_sent:
            self._send_unbind(now_us)

    def _send_unbind(self, now_us: int) -> None:
        self._unbind_sent = True
        self._step_by_us = now_us + self._options.leave_us
        self._request(Unbind())

    def _end(self, ending: Ending, events: list[Event], status: int = Status.ESME_ROK) -> None:
        if self.ended:
            return
        self.state = SessionState.ENDED
        events += self.window.lose()
        events.append(Ended(ending, status))

    def _request(self, pdu: Pdu) -> None:
        sequence = self.window.next_sequence()
        self._write(encode(pdu, sequence), pdu, sequence)

    def _respond(self, pdu: Pdu) -> None:
        self._write(encode(pdu), pdu, pdu.sequence)

    def _write(self, frame: bytes, pdu: Pdu, sequence: int) -> None:
        self._out.append(frame)
        if self._trace is not None:
            self._trace(True, replace(pdu, sequence=sequence))  # noqa: FBT003 as `Trace` says
