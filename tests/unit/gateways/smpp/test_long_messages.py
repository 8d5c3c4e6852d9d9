"""Messages of several parts, outgoing and incoming."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.gateways.smpp.long_messages import AssembledMessage, Assembler, Part, read_part, submissions
from server.gateways.smpp.pdu import DataSm, DeliverSm, SubmitSm, Tag
from server.rules.links.smpp import LongForm

TTL_US = 1_000
PARTS = (b"one ", b"two ", b"three")


def udh(*element: int, body: bytes = b"text", announced: int | None = None) -> DeliverSm:
    """Return a message with this element in its header."""
    header = bytes((len(element) if announced is None else announced, *element))
    return DeliverSm(esm_class=0x40, short_message=header + body)


def payload(*element: int, body: bytes) -> DataSm:
    """Return such a message with its octets in a TLV."""
    return DataSm(esm_class=0x40, tlvs={Tag.MESSAGE_PAYLOAD: bytes((len(element), *element)) + body})


def add(
    assembler: Assembler[str], part: Part, handle: str, now_us: int = 0, source: str = "44"
) -> list[AssembledMessage[str]]:
    return assembler.add(part, handle, source=source, destination="36105", now_us=now_us)


@pytest.mark.parametrize("form", LongForm)
def test_one_part_needs_no_header(form: LongForm) -> None:
    """It is sent unchanged, in every form."""
    [pdu] = submissions(SubmitSm(destination_addr="44"), [b"text"], form, reference=7)
    assert pdu == SubmitSm(destination_addr="44", short_message=b"text")


def test_parts_have_a_header_by_default() -> None:
    """With the reference, the number of parts, and the index."""
    pdus = submissions(SubmitSm(registered_delivery=1), PARTS, LongForm.UDH, reference=0x1234)
    assert [pdu.short_message for pdu in pdus] == [
        b"\x05\x00\x03\x34\x03\x01one ",
        b"\x05\x00\x03\x34\x03\x02two ",
        b"\x05\x00\x03\x34\x03\x03three",
    ]
    assert {(pdu.esm_class, pdu.registered_delivery) for pdu in pdus} == {(0x40, 1)}


def test_parts_may_have_tlvs_instead() -> None:
    """Then the operator adds the headers."""
    pdus = submissions(SubmitSm(tlvs={1: b"x"}), PARTS, LongForm.SAR, reference=0x12345)
    assert [pdu.short_message for pdu in pdus] == list(PARTS)
    assert pdus[1].tlvs == {
        1: b"x",
        Tag.SAR_MSG_REF_NUM: b"\x23\x45",
        Tag.SAR_TOTAL_SEGMENTS: b"\x03",
        Tag.SAR_SEGMENT_SEQNUM: b"\x02",
    }


def test_all_may_go_in_one() -> None:
    """Then the operator splits it."""
    [pdu] = submissions(SubmitSm(), PARTS, LongForm.PAYLOAD, reference=1)
    assert pdu.short_message == b""
    assert pdu.content == b"one two three"


@pytest.mark.parametrize(
    ("pdu", "part"),
    [
        (DeliverSm(short_message=b"text"), Part(b"text")),
        (DeliverSm(tlvs={Tag.MESSAGE_PAYLOAD: b"text"}), Part(b"text")),
        (DataSm(tlvs={Tag.MESSAGE_PAYLOAD: b"text"}), Part(b"text")),
        (udh(0, 3, 7, 2, 1), Part(b"text", 7, 2, 1)),
        (udh(8, 4, 1, 2, 3, 3), Part(b"text", 0x102, 3, 3)),
        (udh(5, 4, 1, 1, 1, 1, 0, 3, 7, 2, 2), Part(b"text", 7, 2, 2)),
        (udh(5, 4, 1, 1, 1, 1), Part(b"text")),
        (udh(0, 3, 7, 2, 0), Part(b"text")),
        (udh(0, 3, 7, 2, 3), Part(b"text")),
        (udh(0, 3, 7, 1, 1), Part(b"text")),
        (udh(0, 9, 7, 2, 1), Part(b"text")),
        (udh(0), Part(b"text")),
        (udh(body=b"", announced=9), Part(b"\x09")),
        (DeliverSm(esm_class=0x40), Part(b"")),
        (udh(0, 3, 7, 2, 1, body=b"x" * 249), Part(b"x" * 249, 7, 2, 1)),
        (payload(0, 3, 7, 2, 1, body=b"x" * 255), Part(b"x" * 255, 7, 2, 1)),
        (payload(0, 3, 7, 2, 1, body=b"x" * 256), Part(b"x" * 256)),
    ],
)
def test_incoming_parts_are_told_from_whole_messages(pdu: DeliverSm | DataSm, part: Part) -> None:
    """By a valid header; an invalid one is removed, or is text if it can't be a header."""
    assert read_part(pdu) == part


def test_a_part_by_tlvs_is_no_longer_than_one_can_be() -> None:
    """Otherwise many unrelated parts would fill the database: it counts as a message by itself."""
    tlvs = {
        Tag.SAR_MSG_REF_NUM: b"\0\1",
        Tag.SAR_TOTAL_SEGMENTS: b"\2",
        Tag.SAR_SEGMENT_SEQNUM: b"\1",
        Tag.MESSAGE_PAYLOAD: b"x" * 65_535,
    }
    assert read_part(DataSm(tlvs=tlvs)) == Part(b"x" * 65_535)


@pytest.mark.parametrize(
    ("total", "number", "joined"), [(2, 1, True), (2, 3, False), (1, 1, False), (2, 0, False)]
)
def test_incoming_parts_may_have_tlvs(total: int, number: int, *, joined: bool) -> None:
    """If those are valid."""
    tlvs = {
        Tag.SAR_MSG_REF_NUM: b"\x01\x02",
        Tag.SAR_TOTAL_SEGMENTS: bytes((total,)),
        Tag.SAR_SEGMENT_SEQNUM: bytes((number,)),
    }
    expected = Part(b"text", 0x102, total, number) if joined else Part(b"text")
    assert read_part(DeliverSm(tlvs=tlvs, short_message=b"text")) == expected


@given(st.lists(st.binary(max_size=10), min_size=3, max_size=3))
def test_what_tlvs_of_any_length_say_can_be_kept(values: list[bytes]) -> None:
    """Numbers too large for their database column would block everything after them."""
    tags = (Tag.SAR_MSG_REF_NUM, Tag.SAR_TOTAL_SEGMENTS, Tag.SAR_SEGMENT_SEQNUM)
    part = read_part(DeliverSm(tlvs=dict(zip(tags, values, strict=True)), short_message=b"text"))
    assert (part.reference or 0) <= 0xFFFF
    assert 1 <= part.index <= part.total <= 0xFF


def test_parts_are_joined_in_their_order() -> None:
    """In any order, one of them twice; other messages stay separate."""
    assembler: Assembler[str] = Assembler(ttl_us=TTL_US)
    assert add(assembler, Part(b"three", 7, 3, 3), "c") == []
    assert add(assembler, Part(b"other", 7, 3, 3), "x", source="45") == []
    assert add(assembler, Part(b"alone"), "y") == [AssembledMessage(b"alone", ("y",))]
    assert add(assembler, Part(b"one ", 7, 3, 1), "a") == []
    assert add(assembler, Part(b"one ", 7, 3, 1), "A") == []
    assert add(assembler, Part(b"two ", 7, 3, 2), "b") == [
        AssembledMessage(b"one two three", ("c", "a", "A", "b"))
    ]
    assert len(assembler) == 1


def test_what_is_missing_is_not_waited_for_for_ever() -> None:
    """After its time the rest is passed on, with the number of missing parts."""
    assembler: Assembler[str] = Assembler(ttl_us=TTL_US)
    add(assembler, Part(b"two", 7, 3, 2), "b", now_us=0)
    add(assembler, Part(b"two", 8, 2, 2), "d", now_us=10)
    assert assembler.expire(TTL_US - 1) == []
    assert assembler.expire(TTL_US) == [AssembledMessage(b"two", ("b",), missing=2)]
    assert add(assembler, Part(b"one ", 8, 2, 1), "c", now_us=TTL_US) == [
        AssembledMessage(b"one two", ("d", "c"))
    ]
    assert assembler.expire(10 * TTL_US) == []


def test_only_so_many_messages_are_unfinished() -> None:
    """With one more, the oldest is given up."""
    assembler: Assembler[str] = Assembler(ttl_us=TTL_US, max_waiting=2)
    assert add(assembler, Part(b"a", 1, 2, 1), "a") == []
    assert add(assembler, Part(b"b", 2, 2, 1), "b") == []
    assert add(assembler, Part(b"c", 3, 2, 1), "c") == [AssembledMessage(b"a", ("a",), missing=1)]
    assert len(assembler) == 2
