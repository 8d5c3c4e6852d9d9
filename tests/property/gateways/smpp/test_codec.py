"""What holds for every PDU and for every stream of octets."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.gateways.smpp.codec import MAX_PDU_OCTETS, Framer, GarbageLength, Unencodable, decode, encode
from server.gateways.smpp.pdu import CLASSES, DeliverSm, Pdu, SubmitSm
from tests.factories.gateways.smpp.pdus import pdus, sequences, unknown_pdus


def cut(stream: bytes, at: list[int]) -> list[bytes]:
    """Return the stream in pieces, cut at these places if it is long enough."""
    places = [0, *sorted({place for place in at if 0 < place < len(stream)}), len(stream)]
    return [stream[start:end] for start, end in pairwise(places)]


def read(pieces: list[bytes]) -> tuple[list[Pdu], bool]:
    """Return the PDUs in the pieces of a stream, and whether garbage follows them."""
    framer, found = Framer(), []
    try:
        for piece in pieces:
            framer.feed(piece)
            while (pdu := framer.pop()) is not None:
                found.append(pdu)
            assert len(framer._buffer) <= MAX_PDU_OCTETS + len(piece)
    except GarbageLength:
        return found, True
    return found, False


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_pdu_comes_back_as_it_was(cls: type[Pdu]) -> None:
    """Encoding and decoding changes nothing, and the length is that of the octets."""

    @given(pdus(cls), sequences)
    def comes_back(pdu: Pdu, sequence: int) -> None:
        octets = encode(pdu)
        assert decode(octets) == pdu
        assert int.from_bytes(octets[:4], "big") == len(octets)
        assert decode(encode(pdu, sequence)).sequence == sequence

    comes_back()


@given(unknown_pdus())
def test_an_unknown_pdu_comes_back_too(pdu: Pdu) -> None:
    """A PDU without a class here keeps all its octets."""
    assert decode(encode(pdu)) == pdu


@given(st.lists(pdus() | unknown_pdus(), max_size=6), st.lists(st.integers(1, 600), max_size=20))
def test_a_stream_may_be_cut_anywhere(sent: list[Pdu], at: list[int]) -> None:
    """The same PDUs come out, however the network cuts the octets."""
    stream = b"".join(encode(pdu) for pdu in sent)
    assert read(cut(stream, at)) == (sent, False)
    assert read(cut(stream, list(range(len(stream))))) == (sent, False)


@given(st.lists(st.binary(max_size=200), max_size=10))
@example([b"\x00\x00\x00\x10" + b"\xff" * 12])
@example([b"\x00\x00\x00\x0f" + b"\xff" * 12])
def test_any_octets_are_read_or_refused(pieces: list[bytes]) -> None:
    """Nothing crashes or runs for ever; the only error is an impossible length."""
    read(pieces)


@given(
    st.lists(pdus(), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 255)), max_size=8),
    st.lists(st.integers(1, 600), max_size=8),
)
def test_valid_octets_with_faults_are_read_or_refused(
    sent: list[Pdu], faults: list[tuple[int, int]], at: list[int]
) -> None:
    """Corrupted octets become PDUs of some kind, the same for any cuts, or garbage."""
    stream = bytearray(b"".join(encode(pdu) for pdu in sent))
    for place, octet in faults:
        stream[place % len(stream)] = octet
    assert read(cut(bytes(stream), at)) == read([bytes(stream)])


@given(pdus(), st.integers(0, 400))
def test_a_pdu_that_ends_early_is_still_a_pdu(pdu: Pdu, octets: int) -> None:
    """An incomplete body with a matching length is decoded leniently."""
    whole = encode(pdu)
    shorter = whole[: 16 + octets % (len(whole) - 15)]
    cut_short = decode(len(shorter).to_bytes(4, "big") + shorter[4:])
    assert cut_short.sequence == pdu.sequence
    assert cut_short.status == pdu.status
    assert cut_short.command_id == pdu.command_id


@given(pdus(SubmitSm, DeliverSm), st.integers(0, 0xFFFF), st.binary(max_size=10), st.integers(1, 400))
def test_a_tlv_that_is_cut_off_is_left_out(pdu: Pdu, tag: int, value: bytes, missing: int) -> None:
    """The rest of the PDU is unchanged."""
    tlv = tag.to_bytes(2, "big") + (len(value) + missing).to_bytes(2, "big") + value
    octets = encode(pdu) + tlv
    assert decode(len(octets).to_bytes(4, "big") + octets[4:]) == pdu


@given(st.text(min_size=1, max_size=30))
def test_a_text_that_a_field_cannot_hold_is_refused(text: str) -> None:
    """A NUL would end the field early, and characters outside Latin-1 have no octets."""
    pdu = SubmitSm(source_addr=text)
    if all(0 < ord(char) <= 0xFF for char in text):
        assert decode(encode(pdu)) == pdu
        return
    with pytest.raises(Unencodable) as refusal:
        encode(pdu)
    assert text not in str(refusal.value) or len(text) < 3
