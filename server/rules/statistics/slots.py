"""The slots of time in which messages are counted, and the slots that make up a span."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

from server.kit.clock import MINUTE_US

Piece = tuple[int, int, int]
"""A part of a span: the span's name, and its begin and end (excluded) in microseconds."""


class Slot(IntEnum):
    """The kinds of slots, by their length in minutes; each slot begins at a multiple of its length, in UTC.

    Each time zone in use today is a whole number of quarters of an hour from UTC, so that quarters make up its days.
    """

    QUARTER = 15
    DAY = 1_440

    @property
    def length_us(self) -> int:
        """Its length in microseconds."""
        return self * MINUTE_US

    def start_of(self, us: int) -> int:
        """Return the begin of the slot that contains a time."""
        return us - us % self.length_us


@dataclass(frozen=True, slots=True)
class Cover:
    """The pieces of spans: whole days, whole quarters of an hour, and the rest, in which no slot fits."""

    days: list[Piece] = field(default_factory=list)
    quarters: list[Piece] = field(default_factory=list)
    rest: list[Piece] = field(default_factory=list)


def cover(spans: Iterable[Piece]) -> Cover:
    """Return the pieces that make up these spans, with as many whole days as possible, then quarters."""
    found = Cover()
    for name, begin_us, end_us in spans:
        begun, ended = _whole(Slot.QUARTER, begin_us, end_us)
        first_day, last_day = _whole(Slot.DAY, begun, ended)
        _add(found.rest, name, begin_us, begun)
        _add(found.quarters, name, begun, first_day)
        _add(found.days, name, first_day, last_day)
        _add(found.quarters, name, last_day, ended)
        _add(found.rest, name, ended, end_us)
    return found


def _whole(slot: Slot, begin_us: int, end_us: int) -> tuple[int, int]:
    """Return the begin of the first whole slot and the end of the last; without one, the end of the span twice."""
    first, last = -slot.start_of(-begin_us), slot.start_of(end_us)
    return (first, last) if first < last else (end_us, end_us)


def _add(pieces: list[Piece], name: int, begin_us: int, end_us: int) -> None:
    if begin_us < end_us:
        pieces.append((name, begin_us, end_us))
