"""PDUs as octets, for cases that property tests only meet by chance."""

import pytest

from server.gateways.smpp.codec import MAX_PDU_OCTETS, Framer, GarbageLength, Unencodable, decode, encode
from server.gateways.smpp.pdu import (
    BindTransceiver,
    BindTransceiverResponse,
    DeliverSm,
    SubmitSm,
    SubmitSmResponse,
    Tag,
    Unknown,
)


def framed(command_id: int, body: bytes, status: int = 0, sequence: int = 7) -> bytes:
    """Return a frame, written by hand."""
    numbers = (16 + len(body), command_id, status, sequence)
    return b"".join(number.to_bytes(4, "big") for number in numbers) + body


def test_a_bind_has_the_octets_of_the_specification() -> None:
    """Field by field, like the example in §7.1.1 of SMPP guides."""
    pdu = BindTransceiver(7, system_id="chappe", password="secret", system_type="x", addr_ton=1, addr_npi=2)
    assert encode(pdu) == framed(0x09, b"chappe\0secret\0x\0\x34\x01\x02\0")


def test_a_submission_has_the_octets_of_the_specification() -> None:
    """Mandatory fields in their order, then TLVs."""
    pdu = SubmitSm(
        7,
        tlvs={Tag.SAR_MSG_REF_NUM: b"\x01\x02"},
        source_addr_ton=5,
        source_addr="Chappe",
        dest_addr_ton=1,
        dest_addr_npi=1,
        destination_addr="447700900004",
        esm_class=0x40,
        validity_period="000001000000000R",
        registered_delivery=1,
        data_coding=8,
        short_message=b"\x04\x16",
    )
    addresses = b"\0" + b"\x05\0Chappe\0" + b"\x01\x01447700900004\0"
    settings = b"\x40\0\0" + b"\0" + b"000001000000000R\0" + b"\x01\0\x08\0"
    body = addresses + settings + b"\x02\x04\x16"
    assert encode(pdu) == framed(0x04, body + b"\x02\x0c\0\x02\x01\x02")
    assert decode(encode(pdu)) == pdu


@pytest.mark.parametrize(
    ("body", "message_id"),
    [(b"", ""), (b"abc\0", "abc"), (b"abc", "abc"), (b"\0", ""), (b"abc\0\x04\x24\0", "abc")],
)
def test_an_answer_may_lack_its_end(body: bytes, message_id: str) -> None:
    """An id without its NUL is an id, and no body means no id."""
    assert decode(framed(0x80000004, body, 0x0444)) == SubmitSmResponse(7, 0x0444, message_id=message_id)


@pytest.mark.parametrize("body", [b"", b"\0", b"\0\x01", b"\0\x01\x01\x31", b"\0\x01\x0144\0\x01\x0145\0\0\0\0\0\0\x01\0\0\0", b"\0\x01\x0144\0\x01\x0145\0\0\0\0\0\0\x01\0\0\0\x05abc"])  # fmt: skip
def test_a_request_must_be_whole(body: bytes) -> None:
    """An incomplete message is unreadable: only its command is known."""
    assert decode(framed(0x05, body)) == Unknown(sequence=7, command_id=0x05, body=body)


def test_the_octets_of_a_message_are_wherever_they_are() -> None:
    """In the field for short messages or in a TLV."""
    assert DeliverSm(short_message=b"a").content == b"a"
    assert DeliverSm(tlvs={Tag.MESSAGE_PAYLOAD: b"b"}).content == b"b"
    assert DeliverSm().content == b""


def test_responses_are_told_from_requests() -> None:
    """By a bit of the command."""
    assert BindTransceiverResponse().is_response
    assert not BindTransceiver().is_response
    assert Unknown(command_id=0x80000111).is_response


@pytest.mark.parametrize(
    "pdu",
    [
        SubmitSm(short_message=b"x" * 256),
        SubmitSm(esm_class=256),
        SubmitSm(priority_flag=-1),
        SubmitSm(source_addr="a\0b"),
        SubmitSm(destination_addr="Ж"),
        SubmitSm(tlvs={Tag.MESSAGE_PAYLOAD: b"x" * 65_536}),
        SubmitSm(status=-1),
    ],
)
def test_what_does_not_fit_is_refused(pdu: SubmitSm) -> None:
    """Without quoting the value, which may be a secret."""
    with pytest.raises(Unencodable, match=r"^a field of SubmitSm has a value that it can't hold$"):
        encode(pdu)


def test_the_largest_pdu_passes_and_a_larger_one_does_not() -> None:
    """The bound leaves room for a full payload, but an operator can't fill the memory."""
    largest = encode(SubmitSm(tlvs={Tag.MESSAGE_PAYLOAD: b"x" * 65_535}))
    framer = Framer()
    framer.feed(largest)
    assert framer.pop() == decode(largest)
    framer.feed((MAX_PDU_OCTETS + 1).to_bytes(4, "big") + b"\0" * 12)
    with pytest.raises(GarbageLength, match=str(MAX_PDU_OCTETS + 1)):
        framer.pop()
