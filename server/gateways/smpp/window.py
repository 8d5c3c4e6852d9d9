"""The submissions of one session: the waiting ones, in order, and the written and unanswered ones."""

import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from server.gateways.pacing import Brake, Pace
from server.gateways.smpp.codec import encode
from server.gateways.smpp.events import Answered, Full, Ticket, Unanswered
from server.gateways.smpp.options import SessionOptions
from server.gateways.smpp.pdu import SubmitSm, SubmitSmResponse

NEVER_US = 1 << 62

OTHERS_SHARE = 9
"""After one that went alone, the others get this many times the time that they waited for it."""

_LAST_SEQUENCE = 0x7FFFFFFF
_SEQUENCE = struct.Struct(">L")
_SEQUENCE_AT = 12

Write = Callable[[bytes, SubmitSm, int], None]


@dataclass(slots=True)
class _Submission:
    pdu: SubmitSm
    frame: bytes
    ticket: Ticket
    added_us: int
    give_up_us: int
    written_us: int = 0


class Window:
    """Writes submissions in order, as fast as window, rate and the operator's throttling allow.

    A submission that goes alone goes after all others, or after a while if those never end. Nothing else is
    written until it is answered, or until the operator has had some seconds (`alone_us`) to cut the
    connection because of it. Submissions written longer ago than that do not hold it up: they may never be
    answered.
    """

    def __init__(self, options: SessionOptions, brake: Brake) -> None:
        """`brake` is shared by all sessions of the link."""
        self._options = options
        self._brake = brake
        self._pace = Pace(options.rate)
        self._sequence = 0
        self._waiting: deque[_Submission] = deque()
        self._waiting_alone: deque[_Submission] = deque()
        # In the order of writing, which is that of their deadlines.
        self._in_flight: dict[int, _Submission] = {}
        self._listening_since_us = 0
        self._alone: _Submission | None = None
        # Since when others are held back for one that goes alone, and until when no such one may go.
        self._holding_since_us: int | None = None
        self._next_alone_us = 0
        self.answers = 0
        """How many submissions were answered."""

    @property
    def in_flight(self) -> int:
        """Return how many are written and not answered."""
        return len(self._in_flight)

    @property
    def waiting(self) -> int:
        """Return how many wait for their turn."""
        return len(self._waiting) + len(self._waiting_alone)

    @property
    def has_one_alone(self) -> bool:
        """Tell whether one that goes alone is written, and the connection may still be cut because of it."""
        return self._alone is not None

    def next_sequence(self) -> int:
        """Return a sequence number that is not in use."""
        self._sequence = self._sequence % _LAST_SEQUENCE + 1
        while self._sequence in self._in_flight:
            self._sequence = self._sequence % _LAST_SEQUENCE + 1
        return self._sequence

    def add(self, pdu: SubmitSm, ticket: Ticket, now_us: int, *, alone: bool = False) -> None:
        """Add a submission, which waits for its turn.

        Raises:
            Full: too many wait already.
            Unencodable: the PDU can't be written.
        """
        if self.waiting >= self._options.max_waiting:
            raise Full
        queue = self._waiting_alone if alone else self._waiting
        queue.append(_Submission(pdu, encode(pdu), ticket, now_us, now_us + self._options.wait_us))

    def fill(self, now_us: int, write: Write) -> None:
        """Write what may be written now. `write` gets the frame, the PDU, and its sequence number."""
        if now_us < self._brake.until_us or not (self._waiting or self._waiting_alone):
            return
        if self._alone is not None:
            if now_us < self._alone.written_us + self._options.alone_us:
                return
            self._let_others(now_us)
        if self._waiting_alone and now_us >= self._turn_of_one_alone_us():
            self._write_alone(now_us, write)
            return
        self._holding_since_us = None
        room, pace = self._capacity(now_us), self._pace
        while room > 0 and self._waiting and pace.ready_us() <= now_us:
            # After a process stood still it writes nothing that is too old: the next tick hands it back.
            if self._waiting[0].give_up_us <= now_us:
                return
            room -= self._write(self._waiting.popleft(), now_us, write)

    def answered(self, response: SubmitSmResponse, now_us: int) -> Answered | None:
        """Match an answer to its submission; return None for a late or repeated one."""
        submission = self._take(response.sequence, now_us)
        if submission is None:
            return None
        self.answers += 1
        if response.status in self._options.throttling:
            self._brake.press(submission.pdu.destination_addr, now_us)
        else:
            self._brake.release(submission.pdu.destination_addr, now_us)
        return Answered(submission.ticket, response)

    def give_up_waiting(self, now_us: int) -> list[Unanswered]:
        """Hand back what has waited too long for its turn."""
        given_up = []
        for queue in (self._waiting, self._waiting_alone):
            while queue and queue[0].give_up_us <= now_us:
                given_up.append(Unanswered(queue.popleft().ticket, written=False))
        return given_up

    def give_up_answers(self, now_us: int) -> list[Unanswered]:
        """Remove what the operator has not answered in time, to make room in the window."""
        given_up = []
        while self._in_flight and self._oldest_answer_by_us() <= now_us:
            sequence, submission = next(iter(self._in_flight.items()))
            self._take(sequence, now_us)
            given_up.append(Unanswered(submission.ticket, written=True))
        return given_up

    def hand_back_waiting(self) -> list[Unanswered]:
        """Hand back everything that waits, in order."""
        handed_back = [
            Unanswered(submission.ticket, written=False)
            for submission in (*self._waiting, *self._waiting_alone)
        ]
        self._waiting.clear()
        self._waiting_alone.clear()
        return handed_back

    def lose(self) -> list[Unanswered]:
        """Hand back everything, since the session is over."""
        lost = [Unanswered(submission.ticket, written=True) for submission in self._in_flight.values()]
        self._in_flight.clear()
        return lost + self.hand_back_waiting()

    def listen_from(self, now_us: int) -> None:
        """Begin to wait for answers again: nothing was read for a while, so none could be seen."""
        self._listening_since_us = now_us

    def wake_us(self, *, listening: bool) -> int:
        """Return when there is something to do, unless an answer comes first."""
        wake_us = NEVER_US
        if listening and self._in_flight:
            wake_us = self._oldest_answer_by_us()
        for queue in (self._waiting, self._waiting_alone):
            if queue:
                wake_us = min(wake_us, queue[0].give_up_us)
        if self._waiting or self._waiting_alone:
            wake_us = min(wake_us, max(self._next_us(), self._pace.ready_us(), self._brake.until_us))
        return wake_us

    def _next_us(self) -> int:
        """Return when the next waiting one may be written, apart from pace and brake."""
        if self._alone is not None:
            return self._alone.written_us + self._options.alone_us
        if self._holding_since_us is not None or not self._waiting:
            return self._by_itself_us()
        others_us = self._has_room_us()
        return min(others_us, self._turn_of_one_alone_us()) if self._waiting_alone else others_us

    def _turn_of_one_alone_us(self) -> int:
        """Return when one goes alone: after all others that wait, or after a while if those never end."""
        if not self._waiting:
            return 0
        return max(self._next_alone_us, self._waiting_alone[0].added_us + self._options.alone_us // 2)

    def _by_itself_us(self) -> int:
        """Return when one could be written with no other under way that it could take along."""
        if len(self._in_flight) >= self._options.window:
            return NEVER_US
        newest = next(reversed(self._in_flight.values()), None)
        return 0 if newest is None else newest.written_us + self._options.alone_us

    def _write_alone(self, now_us: int, write: Write) -> None:
        """Write one that goes alone as soon as it is by itself. Until then nothing else is written either."""
        if self._holding_since_us is None:
            self._holding_since_us = now_us
        first = self._waiting_alone[0]
        if max(self._by_itself_us(), self._pace.ready_us()) <= now_us < first.give_up_us and self._write(
            self._waiting_alone.popleft(), now_us, write
        ):
            self._alone = first

    def _let_others(self, now_us: int) -> None:
        """Stop holding back the others."""
        if self._holding_since_us is not None:
            self._next_alone_us = now_us + OTHERS_SHARE * (now_us - self._holding_since_us)
        self._alone = self._holding_since_us = None

    def _write(self, submission: _Submission, now_us: int, write: Write) -> bool:
        """Write one, and return whether it was written: it may no longer be wanted."""
        if submission.ticket.cancelled():
            return False
        self._pace.take(now_us)
        sequence = self.next_sequence()
        submission.written_us = now_us
        self._in_flight[sequence] = submission
        frame = submission.frame
        write(
            frame[:_SEQUENCE_AT] + _SEQUENCE.pack(sequence) + frame[_SEQUENCE_AT + _SEQUENCE.size :],
            submission.pdu,
            sequence,
        )
        return True

    def _take(self, sequence: int, now_us: int) -> _Submission | None:
        submission = self._in_flight.pop(sequence, None)
        if submission is not None and submission is self._alone:
            self._let_others(now_us)
        return submission

    def _capacity(self, now_us: int) -> int:
        room = self._options.window - len(self._in_flight)
        if not self._brake.pressed:
            return room
        return min(room, 1) if now_us >= self._has_room_us() else 0

    def _has_room_us(self) -> int:
        """Return when there is room: with the brake pressed for one, then for one more if it has no answer."""
        if len(self._in_flight) >= self._options.window:
            return NEVER_US
        if self._brake.pressed and self._in_flight:
            newest = next(reversed(self._in_flight.values()))
            if newest.written_us >= self._brake.until_us:
                return newest.written_us + self._options.alone_us
        return 0

    def _oldest_answer_by_us(self) -> int:
        oldest = next(iter(self._in_flight.values()))
        return max(oldest.written_us, self._listening_since_us) + self._options.response_us
