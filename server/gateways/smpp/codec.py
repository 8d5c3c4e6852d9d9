"""PDUs to octets and back, whole or from a stream cut anywhere (SMPP 3.4 §3 and §4).

Decoding is lenient, as operators are not strict: a response may lack its body, a TLV may be unknown or cut
off, a status may be a vendor's. Only an impossible length is an error, since nothing after it can be
trusted.
"""

import struct
from collections.abc import Mapping
from dataclasses import fields
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from server.gateways.smpp.pdu import CLASSES, NO_TLVS, OCTETS, RESPONSE, TEXT, Layout, Pdu, Unknown

HEADER_OCTETS = 16
MAX_PDU_OCTETS = 66 * 1024
"""Above the largest PDU with a full `message_payload` (65,535 octets)."""

_MAX_SHORT_MESSAGE = 255
_HEADER = struct.Struct(">LLLL")
_TLV = struct.Struct(">HH")
_ENCODING = "latin-1"


class GarbageLength(Exception):
    """A PDU claims an impossible length: the rest of the stream can't be read."""

    def __init__(self, length: int) -> None:
        super().__init__(f"a PDU of {length} octets")


class Unencodable(ValueError):
    """A value does not fit into its field of the PDU."""


class _Truncated(Exception):
    """Some mandatory fields are missing."""


_COMMON = len(fields(Pdu))
_CLASSES: Mapping[int, type[Pdu]] = MappingProxyType({cls.command_id: cls for cls in CLASSES})


def _getter(cls: type[Pdu]) -> Any:
    """Return a function that reads the mandatory fields of a PDU in order, as a tuple."""
    names = [field.name for field in fields(cls)][_COMMON:]
    if not names:
        return lambda _: ()
    if len(names) == 1:
        return lambda pdu: (getattr(pdu, names[0]),)
    return attrgetter(*names)


_GETTERS: Mapping[type[Pdu], Any] = MappingProxyType({cls: _getter(cls) for cls in _CLASSES.values()})


def encode(pdu: Pdu, sequence: int | None = None) -> bytes:
    """Return the octets of a PDU, with another sequence number if one is given.

    Raises:
        Unencodable: a text is not Latin-1 or has a NUL, `short_message` is longer than 255 octets, or an
            integer or TLV does not fit in its field.
    """
    try:
        body = pdu.body if isinstance(pdu, Unknown) else _body(pdu.layout, _GETTERS[type(pdu)](pdu))
        if pdu.tlvs:
            body += b"".join(_TLV.pack(tag, len(value)) + value for tag, value in pdu.tlvs.items())
        header = _HEADER.pack(
            HEADER_OCTETS + len(body),
            pdu.command_id,
            pdu.status,
            pdu.sequence if sequence is None else sequence,
        )
    except (ValueError, struct.error) as error:
        # The value is not named, since it may be a password or a person's message.
        raise Unencodable(f"a field of {type(pdu).__name__} has a value that it can't hold") from error
    return header + body


def decode(frame: bytes) -> Pdu:
    """Return the PDU in one whole frame, in the worst case an `Unknown` one."""
    _, command_id, status, sequence = _HEADER.unpack_from(frame)
    cls = _CLASSES.get(command_id)
    if cls is None:
        return _unknown(frame, command_id, status, sequence)
    values: list[Any] = []
    try:
        position = _mandatory(cls.layout, frame, values)
    except _Truncated:
        if not command_id & RESPONSE:
            return _unknown(frame, command_id, status, sequence)
        # An error response often has no body.
        position = len(frame)
    return cls(sequence, status, _tlvs(frame, position) if position < len(frame) else NO_TLVS, *values)


class Framer:
    """Cuts a stream of octets into PDUs."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._position = 0

    def feed(self, data: bytes) -> None:
        """Add the next octets of the stream."""
        del self._buffer[: self._position]
        self._position = 0
        self._buffer += data

    def pop(self) -> Pdu | None:
        """Return the next PDU, or None if it has not arrived completely.

        Raises:
            GarbageLength: the next PDU has an impossible length; the stream is useless after this.
        """
        start = self._position
        rest = len(self._buffer) - start
        if rest < HEADER_OCTETS:
            return None
        length = int.from_bytes(self._buffer[start : start + 4], "big")
        if not HEADER_OCTETS <= length <= MAX_PDU_OCTETS:
            raise GarbageLength(length)
        if rest < length:
            return None
        self._position = start + length
        return decode(bytes(self._buffer[start : self._position]))


def _body(layout: Layout, values: tuple[Any, ...]) -> bytes:
    chunks: list[bytes] = []
    index = 0
    for step in layout:
        value = values[index]
        if step == TEXT:
            if not value:
                chunks.append(b"\0")
            elif "\0" in value:
                raise Unencodable
            else:
                chunks.append(value.encode(_ENCODING) + b"\0")
        elif step == OCTETS:
            if len(value) > _MAX_SHORT_MESSAGE:
                raise Unencodable
            chunks += (bytes((len(value),)), value)
        else:
            index += step
            chunks.append(bytes(values[index - step : index]))
            continue
        index += 1
    return b"".join(chunks)


def _mandatory(layout: Layout, frame: bytes, values: list[Any]) -> int:
    """Append the values of the mandatory fields, and return where they end.

    Raises:
        _Truncated: the frame ends too early; what was there has been appended.
    """
    position, end = HEADER_OCTETS, len(frame)
    for step in layout:
        if step == TEXT:
            stop = frame.find(0, position)
            if stop < 0:
                if position < end:
                    values.append(frame[position:].decode(_ENCODING))
                raise _Truncated
            values.append(frame[position:stop].decode(_ENCODING))
            position = stop + 1
            continue
        if step == OCTETS:
            start = position + 1
            position = start + frame[position] if position < end else end + 1
            if position > end:
                raise _Truncated
            values.append(frame[start:position])
            continue
        start, position = position, position + step
        if position > end:
            raise _Truncated
        values += frame[start:position]
    return position


def _unknown(frame: bytes, command_id: int, status: int, sequence: int) -> Unknown:
    return Unknown(sequence=sequence, status=status, command_id=command_id, body=frame[HEADER_OCTETS:])


def _tlvs(frame: bytes, position: int) -> dict[int, bytes]:
    """Return the TLVs from a position on; a TLV that is cut off is left out."""
    tlvs: dict[int, bytes] = {}
    end = len(frame)
    while end - position >= _TLV.size:
        tag, length = _TLV.unpack_from(frame, position)
        position += _TLV.size + length
        if position <= end:
            tlvs[tag] = frame[position - length : position]
    return tlvs
