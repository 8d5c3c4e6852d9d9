"""The only file with a socket: a connection to an operator, plain or over TLS, that runs one session."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import cast

from server.gateways.pacing import Brake
from server.gateways.smpp.events import Answered, Bound, Ended, Ending, Event, Incoming, Unanswered
from server.gateways.smpp.options import LinkOptions
from server.gateways.smpp.pdu import Bind, FromOperator, SubmitSm, SubmitSmResponse
from server.gateways.smpp.session import Session, Trace
from server.gateways.smpp.statuses import Status, status_name
from server.kit.clock import SECOND_US

# How long to wait for the last octets to be written, if there is somebody to read them.
_FAREWELL_SECONDS = 5.0
_POLITE = frozenset({Ending.UNBOUND, Ending.UNBOUND_BY_OPERATOR, Ending.BIND_REFUSED})


class SubmissionLost(Exception):
    """No answer to a submission will come.

    If it was `written`, the operator may have it or not; otherwise it is safe to submit it again.
    """

    def __init__(self, *, written: bool) -> None:
        super().__init__("outcome unknown" if written else "never accepted")
        self.written = written


class NotEstablished(Exception):
    """The session ended before it was bound."""

    def __init__(self, ended: Ended) -> None:
        super().__init__(explain(ended))
        self.ended = ended


def explain(ended: Ended) -> str:
    """Return in words how a session ended, with the operator's status if it gave one."""
    if ended.status == Status.ESME_ROK:
        return ended.ending.description
    return f"{ended.ending.description} ({status_name(ended.status)})"


class Received:
    """A PDU from the operator, to be answered once it is recorded."""

    __slots__ = ("_answered", "_connection", "pdu")

    def __init__(self, connection: "Connection", pdu: FromOperator) -> None:
        self.pdu = pdu
        self._connection = connection
        self._answered = False

    @property
    def stale(self) -> bool:
        """Tell whether its connection is gone, so the operator will send it again."""
        return self._connection.closed.done()

    def answer(self, status: int = Status.ESME_ROK) -> None:
        """Answer it, once. If the connection is gone, this does nothing."""
        if not self._answered:
            self._answered = True
            self._connection.answer(self.pdu, status)


class Connection(asyncio.Protocol):
    """One connection. What its session has to write is written together, once per turn of the loop."""

    @classmethod
    async def open(
        cls,
        options: LinkOptions,
        bind: Bind,
        brake: Brake,
        receive: Callable[[Received], None],
        trace: Trace | None = None,
    ) -> "Connection":
        """Connect and bind. From then on `receive` is called with what the operator sends.

        Raises:
            NotEstablished: the operator refused the bind or did not answer it.
            OSError: there is no connection (TimeoutError included), or its TLS can't be trusted.
        """
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(options.connect_us / SECOND_US):
            transport, connection = await loop.create_connection(
                lambda: cls(loop, options, bind, brake, receive, trace),
                options.host,
                options.port,
                ssl=options.tls,
            )
        try:
            await asyncio.wait([connection._bound])  # noqa: SLF001 of this class
            connection._bound.result()  # noqa: SLF001
        finally:
            if not connection.bound:
                transport.abort()
        return connection

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        options: LinkOptions,
        bind: Bind,
        brake: Brake,
        receive: Callable[[Received], None],
        trace: Trace | None,
    ) -> None:
        """The session begins as soon as the connection is made, including TLS."""
        self._loop = loop
        self._receive = receive
        self._begin = partial(Session, bind, options.session, brake, trace=trace)
        self._session: Session
        self._transport: asyncio.Transport
        self._timer: asyncio.TimerHandle | None = None
        self._flush_is_due = False
        self._write_buffer_is_full = False
        self._bound: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[Ended] = loop.create_future()

    @property
    def bound(self) -> bool:
        """Tell whether the operator has accepted the bind."""
        return self._bound.done() and self._bound.exception() is None

    @property
    def submits(self) -> bool:
        """Tell whether submissions are taken at present."""
        return self._session.takes_submissions

    @property
    def in_flight(self) -> int:
        """Return how many submissions are written and not answered."""
        return self._session.window.in_flight

    @property
    def load(self) -> int:
        """Return how many submissions it has, written or waiting."""
        return self._session.window.in_flight + self._session.window.waiting

    @property
    def waiting(self) -> int:
        """Return how many submissions wait to be written."""
        return self._session.window.waiting

    @property
    def was_useful(self) -> bool:
        """Tell whether the operator has answered a submission on it, or sent anything."""
        return self._session.was_useful

    @property
    def has_one_alone(self) -> bool:
        """Tell whether a submission that goes alone is written and not answered."""
        return self._session.window.has_one_alone

    def submit(self, pdu: SubmitSm, *, alone: bool = False) -> asyncio.Future[SubmitSmResponse]:
        """Submit a message, if need be `alone`. The future gets the operator's answer, with any status.

        The future raises SubmissionLost if no answer comes. If it is cancelled before the message is written,
        the message is not submitted.

        Raises:
            NotBound: no submissions are taken.
            Full: too many wait already.
            Unencodable: the PDU can't be written.
        """
        future: asyncio.Future[SubmitSmResponse] = self._loop.create_future()
        self._session.submit(pdu, future, self._now_us(), alone=alone)
        self._flush_soon()
        return future

    def answer(self, pdu: FromOperator, status: int) -> None:
        """Answer what the operator sent: see `Received.answer`."""
        self._handle(self._session.answer(pdu, status, self._now_us()))

    def hand_back(self) -> None:
        """Hand back everything that is not written."""
        self._handle(self._session.hand_back())

    def unbind(self) -> None:
        """Begin to leave; `closed` is set when that is done."""
        self._handle(self._session.unbind(self._now_us()))

    def abort(self) -> None:
        """Break the connection at once."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin with the bind. asyncio has already switched off Nagle's algorithm."""
        self._transport = cast("asyncio.Transport", transport)
        self._session = self._begin(now_us=self._now_us())
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Read."""
        self._handle(self._session.receive(data, self._now_us()))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 how it broke changes nothing
        """End the session, if it has not ended itself."""
        self._handle(self._session.cut())
        self._disarm()

    def pause_writing(self) -> None:
        """Stop reading from an operator that does not read, since the answers would pile up here."""
        self._write_buffer_is_full = True
        self._read_or_not()

    def resume_writing(self) -> None:
        """Read again."""
        self._write_buffer_is_full = False
        self._read_or_not()

    def _now_us(self) -> int:
        return int(self._loop.time() * SECOND_US)

    def _handle(self, events: list[Event]) -> None:
        for event in events:
            # Each ticket is a future of `submit`. The session only knows that it can be cancelled.
            if isinstance(event, Answered):
                answered = cast("asyncio.Future[SubmitSmResponse]", event.ticket)
                if not answered.done():
                    answered.set_result(event.response)
            elif isinstance(event, Incoming):
                self._receive(Received(self, event.pdu))
            elif isinstance(event, Unanswered):
                lost = cast("asyncio.Future[SubmitSmResponse]", event.ticket)
                if not lost.done():
                    lost.set_exception(SubmissionLost(written=event.written))
                    # Nobody may be waiting any more, which is no fault to log.
                    lost.exception()
            elif isinstance(event, Bound):
                self._bound.set_result(None)
            else:
                self._end(event)
        self._flush_soon()

    def _flush_soon(self) -> None:
        """Write at the end of this turn of the loop."""
        if not self._flush_is_due:
            self._flush_is_due = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        self._flush_is_due = False
        if self._transport.is_closing():
            return
        out = self._session.take(self._now_us())
        if out:
            self._transport.write(out)
        self._read_or_not()
        self._arm()

    def _read_or_not(self) -> None:
        if self._session.hears and not self._write_buffer_is_full:
            self._transport.resume_reading()
        else:
            self._transport.pause_reading()

    def _arm(self) -> None:
        """Set the timer. One that goes off too early does no harm, so it is only ever moved forward."""
        at = self._session.wake_us() / SECOND_US
        if self._timer is not None:
            if self._timer.when() <= at:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(at, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._handle(self._session.tick(self._now_us()))

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _end(self, ended: Ended) -> None:
        self._disarm()
        if not self._bound.done():
            self._bound.set_exception(NotEstablished(ended))
            self._bound.exception()
        self.closed.set_result(ended)
        if self._transport.is_closing():
            return
        if ended.ending in _POLITE:
            self._transport.write(self._session.take(self._now_us()))
            self._transport.close()
            self._timer = self._loop.call_later(_FAREWELL_SECONDS, self._transport.abort)
        else:
            self._transport.abort()
