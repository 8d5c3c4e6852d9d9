"""A session without a socket, octet by octet and second by second."""

from typing import Any

from server.gateways.pacing import Brake
from server.gateways.smpp.codec import Framer, encode
from server.gateways.smpp.events import (
    Answered,
    Bound,
    Event,
    Unanswered,
)
from server.gateways.smpp.options import SessionOptions
from server.gateways.smpp.pdu import (
    BindTransceiver,
    BindTransceiverResponse,
    Pdu,
    SubmitSm,
)
from server.gateways.smpp.session import Session
from server.gateways.smpp.statuses import Status
from server.kit.clock import SECOND_US

THROTTLED = Status.ESME_RTHROTTLED


class Ticket:
    """A submission, by its number."""

    def __init__(self, number: int) -> None:
        """Take the number, which is also the message's text."""
        self.number = number
        self.unwanted = False

    def cancelled(self) -> bool:
        """Tell whether it was cancelled."""
        return self.unwanted


class Rig:
    """A session with a clock that stands still until it is moved."""

    def __init__(
        self, *, bound: bool = True, bind: Any = None, brake: Brake | None = None, **given: Any
    ) -> None:
        """Take unusual options."""
        self.now_us = 1_000 * SECOND_US
        self.traced: list[tuple[bool, Pdu]] = []
        self.session = Session(
            bind or BindTransceiver(),
            SessionOptions(**{"rate": 1_000_000, **given}),
            brake or Brake(),
            self.now_us,
            lambda sent, pdu: self.traced.append((sent, pdu)),
        )
        self._framer = Framer()
        if bound:
            self.written()
            assert self.hears(BindTransceiverResponse(1)) == [Bound()]

    def written(self) -> list[Pdu]:
        """Return the PDUs that are written now."""
        self._framer.feed(self.session.take(self.now_us))
        pdus = []
        while (pdu := self._framer.pop()) is not None:
            pdus.append(pdu)
        return pdus

    def hears(self, *pdus: Pdu) -> list[Event]:
        """Let PDUs arrive, and return the resulting events."""
        return self.session.receive(b"".join(encode(pdu) for pdu in pdus), self.now_us)

    def submits(self, *numbers: int, alone: bool = False) -> list[Ticket]:
        """Submit messages by number."""
        tickets = [Ticket(number) for number in numbers]
        for ticket in tickets:
            pdu = SubmitSm(destination_addr=str(ticket.number), short_message=b"%d" % ticket.number)
            self.session.submit(pdu, ticket, self.now_us, alone=alone)
        return tickets

    def submitted(self) -> list[tuple[int, int]]:
        """Return the sequence numbers and messages that are written now."""
        return [(pdu.sequence, int(pdu.short_message)) for pdu in self.written() if isinstance(pdu, SubmitSm)]

    def after(self, us: int) -> list[Event]:
        """Let time pass, and return the resulting events."""
        self.now_us += us
        return self.session.tick(self.now_us)

    def wakes(self) -> list[Event]:
        """Let time pass until the session's next deadline."""
        return self.after(max(0, self.session.wake_us() - self.now_us))


def told(events: list[Event]) -> list[tuple[Any, ...]]:
    """Return the results of submissions, by number."""
    return [
        (event.ticket.number, event.written)  # type: ignore[attr-defined] # a Ticket of these tests
        if isinstance(event, Unanswered)
        else (event.ticket.number, event.response.status, event.response.message_id)  # type: ignore[attr-defined]
        for event in events
        if isinstance(event, Answered | Unanswered)
    ]
