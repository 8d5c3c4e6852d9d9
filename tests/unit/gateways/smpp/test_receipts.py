"""Receipts in all forms of operators."""

import pytest

from server.gateways.smpp.pdu import DataSm, DeliverSm, FromOperator, Tag
from server.gateways.smpp.receipts import Receipt, ReceiptTable, read_receipt, receipt_keys, response_key
from server.rules.dispatch.delivery_state import State
from server.rules.links.smpp import IdForm
from server.rules.messages.ptt import DeliveryStatus

DONE_US = 1_789_992_000_000_000
STANDARD = "id:0123456789 sub:001 dlvrd:001 submit date:2609211159 done date:2609211200 stat:DELIVRD err:000 text:Hello"
READ = Receipt("0123456789", "DELIVRD", "0", DONE_US)


def receipt(text: str, esm_class: int = 0x04, data_coding: int = 0, **tlvs: bytes) -> DeliverSm:
    return DeliverSm(
        esm_class=esm_class,
        data_coding=data_coding,
        short_message=text.encode("utf-16-be" if data_coding == 8 else "latin-1"),
        tlvs={getattr(Tag, name): value for name, value in tlvs.items()},
    )


@pytest.mark.parametrize(
    "pdu",
    [
        receipt(STANDARD),
        receipt(STANDARD, esm_class=0x00),
        receipt(STANDARD, data_coding=8),
        receipt(STANDARD, data_coding=3),
        receipt(STANDARD + "\0"),
        receipt(STANDARD.replace("date:2609211159", "date:260921115930").replace("2609211200", "260921120000")),
        receipt("ID: 0123456789 SUB: 001 DLVRD: 001 SUBMIT DATE: 2609211159 DONE DATE: 2609211200 STAT: DELIVRD ERR: 000"),
        receipt("id:0123456789, stat:delivered, err:0, done_date:2609211200"),
        receipt("stat:DELIVRD err:000 done date:2609211200 id:0123456789 text:id:666 stat:UNDELIV"),
        receipt("id:0123456789 id:666 stat:DELIVRD done date:2609211200 err:000 TEXT:id:667"),
        DataSm(esm_class=0x04, tlvs={Tag.MESSAGE_PAYLOAD: STANDARD.encode()}),
        DeliverSm(esm_class=0x04, tlvs={Tag.MESSAGE_PAYLOAD: STANDARD.encode()}),
    ],
)  # fmt: skip
def test_however_it_is_written_it_is_read(pdu: FromOperator) -> None:
    """In any case, order, coding and place, without the quoted text."""
    assert read_receipt(pdu) == READ


@pytest.mark.parametrize(
    ("pdu", "expected"),
    [
        (
            receipt("", RECEIPTED_MESSAGE_ID=b"0A1b\0", MESSAGE_STATE=b"\x02"),
            Receipt("0A1b", "DELIVRD"),
        ),
        (
            receipt(STANDARD, RECEIPTED_MESSAGE_ID=b"77", MESSAGE_STATE=b"\x05", NETWORK_ERROR_CODE=b"\x03\x00\x1b"),
            Receipt("77", "UNDELIV", "27", DONE_US),
        ),
        (
            receipt(STANDARD, RECEIPTED_MESSAGE_ID=b"", MESSAGE_STATE=b"\x63", NETWORK_ERROR_CODE=b"\x00"),
            READ,
        ),
        (receipt("", esm_class=0x00, RECEIPTED_MESSAGE_ID=b"77"), Receipt("77", "")),
        (receipt("", RECEIPTED_MESSAGE_ID=b"77", MESSAGE_STATE=b"\x63"), Receipt("77", "MESSAGE_STATE 99")),
    ],
)  # fmt: skip
def test_tlvs_are_believed_before_the_text(pdu: FromOperator, expected: Receipt) -> None:
    """If they have a value; a receipt may have only TLVs."""
    assert read_receipt(pdu) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Receipt("", "")),
        ("no keys at all", Receipt("", "")),
        ("id:7 stat: err:", Receipt("7", "")),
        ("id:7 stat:SKIPPED err:A0f1", Receipt("7", "SKIPPED", "A0F1")),
        ("id:7 stat:UNDELIV err:00E3 done date:tomorrow", Receipt("7", "UNDELIV", "E3")),
        ("id:7 stat:EXPIRED done date:2613999999", Receipt("7", "EXPIRED")),
        ("id:7 stat:REJECTED done date:²²²²²²²²²²", Receipt("7", "REJECTD")),
        (f"id:{'9' * 100} stat:BUFFERED", Receipt("9" * 64, "ENROUTE")),
        ("id:a_b-c@d stat:FAILED", Receipt("a_b-c@d", "UNDELIV")),
    ],
)
def test_what_is_missing_or_broken_is_left_empty(text: str, expected: Receipt) -> None:
    """It is still a receipt, because the operator says so."""
    assert read_receipt(receipt(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", "Hello", "stat: bored, id: none", "my id: 7", "id:7 of them",
        "ID: 4711, please tell me the stat: is it open?", "id: 4711 stat: open", "id:4711 my stat:DELIVRD",
        "id:4711 stat:DELIVRD?", "id:4711 stat:DELIVRD, thanks", "id: stat:DELIVRD", "stat:DELIVRD id:4711",
        "id:4711 sub:001 dlvrd:001 done date:tomorrow stat:DELIVRD", "id:4711 sub:many stat:DELIVRD",
        "Re: id:4711 stat:DELIVRD", "id:4711 err:000",
    ],
)  # fmt: skip
def test_a_message_is_no_receipt(text: str) -> None:
    """Unless it is one from its first character to its last, or the operator marks it as one."""
    assert read_receipt(receipt(text, esm_class=0x00)) is None
    assert read_receipt(receipt(text, esm_class=0x04)) is not None


@pytest.mark.parametrize(
    ("pdu", "alone"),
    [
        (receipt(STANDARD), False),
        (receipt(STANDARD, esm_class=0x20), False),
        (receipt(STANDARD, esm_class=0x00, RECEIPTED_MESSAGE_ID=b"7"), False),
        (receipt(STANDARD, esm_class=0x00), True),
        (receipt("id:7 stat:DELIVRD", esm_class=0x00), True),
        (receipt("id: 7, stat: delivered, err: 0", esm_class=0x00), True),
        (receipt("id:7 sub:001 dlvrd:001 stat:PUZZLED err:007", esm_class=0x00), True),
        (receipt("id:7 stat:EXPIRED done date:2026-09-21 12:00:00 text:id:8 of them", esm_class=0x00), True),
    ],
)  # fmt: skip
def test_it_is_known_whether_the_text_alone_says_so(pdu: FromOperator, *, alone: bool) -> None:
    """A text that a person may have written has to fit a sent message."""
    read = read_receipt(pdu)
    assert read is not None
    assert read.by_text_alone is alone


@pytest.mark.parametrize(
    ("response", "told", "form"),
    [
        ("0A1B", "0a1b", IdForm.SAME),
        ("00123", "123", IdForm.SAME),
        ("123", " 0000000123 ", IdForm.SAME),
        ("0", "000", IdForm.SAME),
        ("550e8400-e29b", "550E8400-E29B", IdForm.SAME),
        ("4F1A", "20250", IdForm.RESPONSE_HEX),
        ("04f1a", "0000020250", IdForm.RESPONSE_HEX),
        ("not-hex", "NOT-HEX", IdForm.RESPONSE_HEX),
        ("20250", "00004F1A", IdForm.RECEIPT_HEX),
        ("not-hex", "NOT-HEX", IdForm.RECEIPT_HEX),
        ("4F1A", "20250", IdForm.ANY),
        ("20250", "4f1a", IdForm.ANY),
        ("0020250", "20250", IdForm.ANY),
        ("not-hex", "NOT-HEX", IdForm.ANY),
    ],
)
def test_a_receipt_finds_its_response(response: str, told: str, form: IdForm) -> None:
    """Hexadecimal or decimal, padded or not, in either case."""
    assert response_key(response, form) in receipt_keys(told, form)


def test_only_an_unknown_form_leaves_a_choice() -> None:
    """The unchanged id is the likeliest; an empty id matches nothing."""
    assert receipt_keys("10", IdForm.SAME) == ("10",)
    assert receipt_keys("10", IdForm.ANY) == ("10", "a", "16")
    assert receipt_keys("", IdForm.ANY) == ()
    # Some letters become two in lower case.
    assert [len(key) for key in receipt_keys("\u0130" * 64, IdForm.ANY)] == [64]
    assert response_key("", IdForm.SAME) == ""


S = DeliveryStatus


@pytest.mark.parametrize(
    ("stat", "state"),
    [
        ("DELIVRD", State(S.SUCCESS, 4)),
        ("ENROUTE", State(S.BUFFERED, 2)),
        ("ACCEPTD", State(S.PENDING, 3)),
        ("EXPIRED", State(S.FAILED, 8)),
        ("UNDELIV", State(S.FAILED, 5)),
        ("DELETED", State(S.FAILED, 5)),
        ("REJECTD", State(S.FAILED, 20)),
        ("UNKNOWN", State(S.FAILED, 6)),
        ("SKIPPED", None),
        ("", None),
    ],
)
def test_a_stat_alone_has_a_meaning(stat: str, state: State | None) -> None:
    """If the link's table does not know the error; an unknown word has no meaning."""
    assert ReceiptTable().state(Receipt("7", stat, "42")) == state


def test_a_link_has_a_table_of_its_own() -> None:
    """By stat and error, then by stat with any error, then the usual meaning."""
    table = ReceiptTable(
        {("UNDELIV", "1B"): State(S.FAILED, 24), ("REJECTD", ""): State(S.NOT_BILLED, 28)},
    )
    assert table.state(Receipt("7", "UNDELIV", "1B")) == State(S.FAILED, 24)
    assert table.state(Receipt("7", "UNDELIV", "1C")) == State(S.FAILED, 5)
    assert table.state(Receipt("7", "REJECTD", "9")) == State(S.NOT_BILLED, 28)


@pytest.mark.parametrize(
    ("stat", "err", "state"),
    [
        ("UNDELIV", "24", State(S.FAILED, 24)),
        ("UNDELIV", "777", State(S.FAILED, 777)),
        ("UNDELIV", "4", State(S.FAILED, 5)),
        ("UNDELIV", "0", State(S.FAILED, 5)),
        ("UNDELIV", "E3", State(S.FAILED, 5)),
        ("UNDELIV", "99999", State(S.FAILED, 5)),
        ("DELIVRD", "4", State(S.SUCCESS, 4)),
        ("ENROUTE", "1", State(S.BUFFERED, 1)),
        ("SKIPPED", "24", None),
    ],
)
def test_an_aggregator_may_put_the_ptt_in_the_error(stat: str, err: str, state: State | None) -> None:
    """Unless it is not a ptt, or has another status."""
    assert ReceiptTable(errors_are_ptt=True).state(Receipt("7", stat, err)) == state


def test_an_intermediate_receipt_ends_nothing() -> None:
    """The operator continues, whatever the result of the attempt."""
    tried = read_receipt(receipt("id:7 stat:UNDELIV err:001", esm_class=0x20))
    assert tried == Receipt("7", "UNDELIV", "1", intermediate=True)
    assert ReceiptTable().state(tried) == State(S.BUFFERED, 2)
    accepted = read_receipt(receipt("id:7 stat:ACCEPTD err:001", esm_class=0x20))
    assert accepted is not None
    assert ReceiptTable().state(accepted) == State(S.PENDING, 3)
