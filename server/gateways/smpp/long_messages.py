"""Messages of several parts: sending them, and joining incoming ones.

A part says which message it belongs to in a user data header before its octets (3GPP TS 23.040 §9.2.3.24.1
and .8) or in SAR TLVs (SMPP 3.4 §5.3.2.22 to .24).
"""

from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Generic, TypeVar

from server.gateways.smpp.pdu import EsmClass, FromOperator, SubmitSm, Tag
from server.rules.links.smpp import LongForm

_CONCATENATION_8 = 0x00
_CONCATENATION_16 = 0x08
_UDH_OCTETS = 5
_CONCATENATION_8_OCTETS = 3
_CONCATENATION_16_OCTETS = 4
_SAR_OCTETS: Mapping[int, int] = MappingProxyType(
    {Tag.SAR_MSG_REF_NUM: 2, Tag.SAR_TOTAL_SEGMENTS: 1, Tag.SAR_SEGMENT_SEQNUM: 1}
)

MAX_WAITING = 1_000

MAX_PART_OCTETS = 255
"""The maximum of `short_message` (SMPP 3.4 §5.2.21), which is far more than one SMS holds."""

Handle = TypeVar("Handle")


def submissions(base: SubmitSm, parts: Sequence[bytes], form: LongForm, *, reference: int) -> list[SubmitSm]:
    """Return the PDUs of a message: `base` with each part's octets, linked in the given form.

    `reference` must differ between messages to one receiver that are under way together. It is cut to the
    size of the form's field.
    """
    if len(parts) == 1:
        return [replace(base, short_message=parts[0])]
    if form is LongForm.PAYLOAD:
        return [replace(base, tlvs={**base.tlvs, Tag.MESSAGE_PAYLOAD: b"".join(parts)})]
    total = len(parts)
    if form is LongForm.SAR:
        return [
            replace(base, short_message=part, tlvs={**base.tlvs, **_sar(reference, total, index)})
            for index, part in enumerate(parts, start=1)
        ]
    return [
        replace(
            base,
            esm_class=base.esm_class | EsmClass.UDH,
            short_message=_udh(reference, total, index) + part,
        )
        for index, part in enumerate(parts, start=1)
    ]


@dataclass(frozen=True, slots=True)
class Part:
    """The content of one incoming PDU: part `index` of `total`, from 1; an only part has no reference."""

    body: bytes
    reference: int | None = None
    total: int = 1
    index: int = 1


def read_part(pdu: FromOperator) -> Part:
    """Return the octets of an incoming message without their header, and the part's place.

    A part with a contradictory header, or one that is too long for a part, counts as a whole message. So no
    message has more octets than 255 parts of 255, or one `message_payload` (65,535).
    """
    body, udh = _without_udh(pdu)
    if len(body) > MAX_PART_OCTETS:
        return Part(body)
    if udh is not None:
        return Part(body, *udh)
    # A TLV may have any length. One that is too long does not contain a number that we could store.
    reference, total, index = (
        int.from_bytes(value, "big") if len(value := pdu.tlvs.get(tag, b"")) <= octets else 0
        for tag, octets in _SAR_OCTETS.items()
    )
    if 1 <= index <= total and total > 1:
        return Part(body, reference, total, index)
    return Part(body)


@dataclass(slots=True)
class _Waiting(Generic[Handle]):
    expires_us: int
    total: int
    bodies: dict[int, bytes] = field(default_factory=dict)
    handles: list[Handle] = field(default_factory=list)

    def join(self) -> "AssembledMessage[Handle]":
        bodies = [self.bodies[index] for index in sorted(self.bodies)]
        return AssembledMessage(b"".join(bodies), tuple(self.handles), self.total - len(bodies))


@dataclass(frozen=True, slots=True)
class AssembledMessage(Generic[Handle]):
    """The octets of a message, and the handles of all its PDUs, including repeated parts.

    `missing` counts the parts that did not come in time.
    """

    body: bytes
    handles: tuple[Handle, ...]
    missing: int = 0


class Assembler(Generic[Handle]):
    """Joins parts, in whatever order they come, if the last comes in time.

    It holds a bounded number of unfinished messages. Beyond that, the oldest is given up for a new one.
    """

    def __init__(self, *, ttl_us: int, max_waiting: int = MAX_WAITING) -> None:
        self._ttl_us = ttl_us
        self._max_waiting = max_waiting
        self._waiting: OrderedDict[Hashable, _Waiting[Handle]] = OrderedDict()

    def __len__(self) -> int:
        """Return how many messages are unfinished."""
        return len(self._waiting)

    def add(
        self, part: Part, handle: Handle, *, source: str, destination: str, now_us: int
    ) -> list[AssembledMessage[Handle]]:
        """Add a part; return the message that it completes, and any that was given up for lack of room.

        A repeated part counts once, and both handles are kept.
        """
        if part.total == 1:
            return [AssembledMessage(part.body, (handle,))]
        key = (source, destination, part.reference, part.total)
        waiting = self._waiting.get(key)
        if waiting is None:
            waiting = self._waiting[key] = _Waiting(now_us + self._ttl_us, part.total)
        waiting.bodies[part.index] = part.body
        waiting.handles.append(handle)
        if len(waiting.bodies) == part.total:
            del self._waiting[key]
            return [waiting.join()]
        if len(self._waiting) > self._max_waiting:
            return [self._give_up()]
        return []

    def expire(self, now_us: int) -> list[AssembledMessage[Handle]]:
        """Return the messages whose time is over, as far as they came."""
        given_up = []
        # All wait equally long, so the first to come is the first to expire.
        while self._waiting and next(iter(self._waiting.values())).expires_us <= now_us:
            given_up.append(self._give_up())
        return given_up

    def _give_up(self) -> AssembledMessage[Handle]:
        _, oldest = self._waiting.popitem(last=False)
        return oldest.join()


def _sar(reference: int, total: int, index: int) -> dict[int, bytes]:
    return {
        Tag.SAR_MSG_REF_NUM: (reference & 0xFFFF).to_bytes(2, "big"),
        Tag.SAR_TOTAL_SEGMENTS: bytes((total,)),
        Tag.SAR_SEGMENT_SEQNUM: bytes((index,)),
    }


def _udh(reference: int, total: int, index: int) -> bytes:
    return bytes((_UDH_OCTETS, _CONCATENATION_8, _CONCATENATION_8_OCTETS, reference & 0xFF, total, index))


def _without_udh(pdu: FromOperator) -> tuple[bytes, tuple[int, int, int] | None]:
    """Return the octets after the header, and its (reference, total, index) if it has consistent ones."""
    octets = pdu.content
    if not pdu.esm_class & EsmClass.UDH or not octets or octets[0] >= len(octets):
        return octets, None
    header, body = octets[1 : octets[0] + 1], octets[octets[0] + 1 :]
    position = 0
    while position + 2 <= len(header):
        element, length = header[position], header[position + 1]
        value = header[position + 2 : position + 2 + length]
        position += 2 + length
        expected = {
            _CONCATENATION_8: _CONCATENATION_8_OCTETS,
            _CONCATENATION_16: _CONCATENATION_16_OCTETS,
        }.get(element)
        if expected == length == len(value):
            reference, total, index = int.from_bytes(value[:-2], "big"), value[-2], value[-1]
            if 1 <= index <= total and total > 1:
                return body, (reference, total, index)
    return body, None
