"""The submissions of one session: those that wait, in order, and those that are written and not answered."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush

from server.gateways.smpp.codec import encode
from server.gateways.smpp.events import Answered, Full, Ticket, Unanswered
from server.gateways.smpp.options import SessionOptions
from server.gateways.smpp.pacing import Brake, Pace
from server.gateways.smpp.pdu import SubmitSm, SubmitSmResponse
from server.gateways.smpp.statuses import THROTTLING

NEVER_US = 1 << 62

_LAST_SEQUENCE = 0x7FFFFFFF
_SEQUENCE = struct.Struct(">L")
_SEQUENCE_AT = 12


@dataclass(slots=True)
class _Submission:
    pdu: SubmitSm
    frame: bytes
    ticket: Ticket
    order: int
    give_up_us: int
    answer_by_us: int = 0

    def __lt__(self, other: "_Submission") -> bool:
        return self.order < other.order


class Window:
    """Lets submissions out as fast as window, rate and the operator's throttling allow, in order."""

    def __init__(self, options: SessionOptions, brake: Brake) -> None:
        """Take the bounds, and the brake that all sessions of the link share."""
        self._options = options
        self._brake = brake
        self._pace = Pace(options.rate)
        self._sequence = 0
        self._orders = 0
        self._waiting: list[_Submission] = []
        # In the order of writing, which is that of their deadlines.
        self._in_flight: dict[int, _Submission] = {}
        self._listening_since_us = 0

    @property
    def in_flight(self) -> int:
        """Return how many are written and not answered."""
        return len(self._in_flight)

    @property
    def waiting(self) -> int:
        """Return how many wait for their turn."""
        return len(self._waiting)

    def next_sequence(self) -> int:
        """Return a sequence number that nothing under way has."""
        self._sequence = self._sequence % _LAST_SEQUENCE + 1
        while self._sequence in self._in_flight:
            self._sequence = self._sequence % _LAST_SEQUENCE + 1
        return self._sequence

    def add(self, pdu: SubmitSm, ticket: Ticket, now_us: int) -> None:
        """Let a submission wait for its turn.

        Raises:
            Full: too many wait already.
            Unencodable: the PDU can't be written.
        """
        if len(self._waiting) >= self._options.most_waiting:
            raise Full
        self._orders += 1
        heappush(
            self._waiting,
            _Submission(pdu, encode(pdu), ticket, self._orders, now_us + self._options.wait_us),
        )

    def fill(self, now_us: int, write: Callable[[bytes, SubmitSm, int], None]) -> None:
        """Write what may be written now: the frame, and the PDU with the sequence number it goes under."""
        if not self._waiting or now_us < self._brake.until_us:
            return
        room, pace = self._room(), self._pace
        answer_by_us = now_us + self._options.response_us
        while room > 0 and self._waiting and pace.ready_us() <= now_us:
            submission = heappop(self._waiting)
            if submission.ticket.cancelled():
                continue
            pace.take(now_us)
            room -= 1
            sequence = self.next_sequence()
            submission.answer_by_us = answer_by_us
            self._in_flight[sequence] = submission
            frame = submission.frame
            write(
                frame[:_SEQUENCE_AT] + _SEQUENCE.pack(sequence) + frame[_SEQUENCE_AT + _SEQUENCE.size :],
                submission.pdu,
                sequence,
            )

    def answered(
        self, response: SubmitSmResponse, now_us: int, *, again: bool
    ) -> Answered | Unanswered | None:
        """Match an answer; return None for a late or doubled one, or for one that will be written `again`."""
        submission = self._in_flight.pop(response.sequence, None)
        if submission is None:
            return None
        if response.status not in THROTTLING:
            self._brake.release(now_us)
            return Answered(submission.ticket, response)
        self._brake.press(now_us)
        if not again:
            return Unanswered(submission.ticket, written=False)
        # With its old place in the order, it goes before all that came later.
        heappush(self._waiting, submission)
        return None

    def give_up_waiting(self, now_us: int) -> list[Unanswered]:
        """Hand back what has waited too long for its turn."""
        given_up = []
        while self._waiting and self._waiting[0].give_up_us <= now_us:
            given_up.append(Unanswered(heappop(self._waiting).ticket, written=False))
        return given_up

    def give_up_answers(self, now_us: int) -> list[Unanswered]:
        """Make room in the window for what the operator seems to have forgotten."""
        given_up = []
        while self._in_flight and self._oldest_answer_by_us() <= now_us:
            sequence = next(iter(self._in_flight))
            given_up.append(Unanswered(self._in_flight.pop(sequence).ticket, written=True))
        return given_up

    def hand_back_waiting(self) -> list[Unanswered]:
        """Hand back all that waits, in order."""
        handed_back = [Unanswered(submission.ticket, written=False) for submission in sorted(self._waiting)]
        self._waiting.clear()
        return handed_back

    def lose(self) -> list[Unanswered]:
        """Hand back everything: the session is over."""
        lost = [Unanswered(submission.ticket, written=True) for submission in self._in_flight.values()]
        self._in_flight.clear()
        return lost + self.hand_back_waiting()

    def listen_from(self, now_us: int) -> None:
        """Start waiting for answers anew: nothing was read for a while, so that none could be heard."""
        self._listening_since_us = now_us

    def wake_us(self, *, listening: bool) -> int:
        """Return when there is something to do, if no answer comes first."""
        wake_us = NEVER_US
        if listening and self._in_flight:
            wake_us = self._oldest_answer_by_us()
        if self._waiting:
            wake_us = min(wake_us, self._waiting[0].give_up_us)
            if self._room() > 0:
                wake_us = min(wake_us, max(self._pace.ready_us(), self._brake.until_us))
        return wake_us

    def _room(self) -> int:
        return (1 if self._brake.pressed else self._options.window) - len(self._in_flight)

    def _oldest_answer_by_us(self) -> int:
        oldest = next(iter(self._in_flight.values()))
        return max(oldest.answer_by_us, self._listening_since_us + self._options.response_us)
