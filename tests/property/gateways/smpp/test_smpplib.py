"""The codec against another one: smpplib reads our PDUs, and we read those of smpplib."""

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smpplib.smpp import make_pdu, parse_pdu

from server.gateways.smpp.codec import decode, encode
from server.gateways.smpp.pdu import (
    NO_TLVS,
    BindReceiver,
    BindReceiverResponse,
    BindTransceiver,
    BindTransceiverResponse,
    BindTransmitter,
    BindTransmitterResponse,
    DataSm,
    DeliverSm,
    DeliverSmResponse,
    EnquireLink,
    EnquireLinkResponse,
    GenericNack,
    Pdu,
    SubmitSm,
    SubmitSmResponse,
    Tag,
    Unbind,
    UnbindResponse,
)
from tests.factories.gateways.smpp.pdus import pdus

NAMES: dict[type[Pdu], str] = {
    BindReceiver: "bind_receiver",
    BindReceiverResponse: "bind_receiver_resp",
    BindTransmitter: "bind_transmitter",
    BindTransmitterResponse: "bind_transmitter_resp",
    BindTransceiver: "bind_transceiver",
    BindTransceiverResponse: "bind_transceiver_resp",
    SubmitSm: "submit_sm",
    SubmitSmResponse: "submit_sm_resp",
    DeliverSm: "deliver_sm",
    DeliverSmResponse: "deliver_sm_resp",
    DataSm: "data_sm",
    EnquireLink: "enquire_link",
    EnquireLinkResponse: "enquire_link_resp",
    Unbind: "unbind",
    UnbindResponse: "unbind_resp",
    GenericNack: "generic_nack",
}
COMMON = {"sequence", "status", "tlvs", "command_id"}
LONGEST = {
    "system_id": 15,
    "password": 8,
    "system_type": 12,
    "address_range": 40,
    "service_type": 5,
    "source_addr": 20,
    "destination_addr": 20,
    "schedule_delivery_time": 16,
    "validity_period": 16,
    "message_id": 64,
}
ids = st.text("0123456789abcdef", min_size=1, max_size=20)
payloads = st.binary(min_size=1, max_size=200)


class Sequence:
    """The source of smpplib's sequence numbers."""

    sequence = 1

    def next_sequence(self) -> int:
        """Return a number; the PDU gets another one afterwards."""
        return 1


def plain(pdu: Pdu) -> Pdu:
    """Return a PDU in ASCII, within the specification's lengths, which smpplib requires."""
    shortened = {
        name: getattr(pdu, name).encode("ascii", "ignore").decode()[:longest]
        for name, longest in LONGEST.items()
        if hasattr(pdu, name)
    }
    if isinstance(pdu, SubmitSm | DeliverSm):
        shortened["short_message"] = pdu.short_message[:254]
    return replace(pdu, tlvs=NO_TLVS, **shortened)


def own_fields(pdu: Pdu) -> list[str]:
    return [field.name for field in fields(pdu) if field.name not in COMMON]


def comparable(value: Any) -> Any:
    """Return a value in our form: smpplib's texts are octets, or None if empty."""
    return value or b"" if value is None or isinstance(value, bytes) else value


@pytest.mark.parametrize("cls", NAMES, ids=lambda cls: cls.__name__)
def test_smpplib_reads_what_we_write(cls: type[Pdu]) -> None:
    """Each field has the written value."""

    @given(pdus(cls))
    def reads(drawn: Pdu) -> None:
        pdu = plain(drawn)
        theirs = parse_pdu(encode(pdu), client=Sequence(), allow_unknown_opt_params=True)
        assert theirs.command == NAMES[cls]
        assert (theirs.sequence, theirs.status) == (pdu.sequence, pdu.status)
        for name in own_fields(pdu):
            ours = getattr(pdu, name)
            expected = ours.encode() if isinstance(ours, str) else ours
            assert comparable(getattr(theirs, name)) == expected

    reads()


@pytest.mark.parametrize("cls", NAMES, ids=lambda cls: cls.__name__)
def test_we_read_what_smpplib_writes(cls: type[Pdu]) -> None:
    """Each field has the written value."""

    @given(pdus(cls))
    def reads(drawn: Pdu) -> None:
        pdu = plain(drawn)
        values = {name: getattr(pdu, name) for name in own_fields(pdu)}
        if isinstance(pdu, BindReceiver | BindTransmitter | BindTransceiver):
            values["interface_version"] = 0x34
            pdu = replace(pdu, interface_version=0x34)
        theirs = make_pdu(NAMES[cls], client=Sequence())
        for name, value in values.items():
            setattr(theirs, name, value)
        theirs.sequence, theirs.status = pdu.sequence, pdu.status
        if "short_message" in values:
            theirs.sm_length = len(values["short_message"])
            theirs.prep = None
        assert decode(theirs.generate()) == pdu

    reads()


@given(ids, st.integers(1, 8), payloads)
def test_smpplib_reads_our_tlvs(message_id: str, state: int, payload: bytes) -> None:
    """Those of receipts and of messages in one PDU."""
    pdu = DeliverSm(
        7,
        tlvs={
            Tag.RECEIPTED_MESSAGE_ID: message_id.encode() + b"\0",
            Tag.MESSAGE_STATE: bytes((state,)),
            Tag.MESSAGE_PAYLOAD: payload,
        },
    )
    theirs = parse_pdu(encode(pdu), client=Sequence())
    assert theirs.receipted_message_id == message_id.encode()
    assert theirs.message_state == state
    assert theirs.message_payload == payload


@given(st.integers(1, 0xFFFF), st.integers(2, 255), st.integers(1, 255), payloads)
def test_we_read_the_tlvs_of_smpplib(reference: int, total: int, number: int, payload: bytes) -> None:
    """Those of parts and of messages in one PDU."""
    theirs = make_pdu("submit_sm", client=Sequence())
    for name in own_fields(SubmitSm()):
        setattr(theirs, name, getattr(SubmitSm(), name))
    theirs.prep = None
    theirs.sar_msg_ref_num, theirs.sar_total_segments, theirs.sar_segment_seqnum = reference, total, number
    theirs.message_payload = payload
    assert decode(theirs.generate()).tlvs == {
        Tag.SAR_MSG_REF_NUM: reference.to_bytes(2, "big"),
        Tag.SAR_TOTAL_SEGMENTS: bytes((total,)),
        Tag.SAR_SEGMENT_SEQNUM: bytes((number,)),
        Tag.MESSAGE_PAYLOAD: payload,
    }
