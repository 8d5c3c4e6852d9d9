"""Properties of every text, and of any octets that claim to be one."""

from hypothesis import given
from hypothesis import strategies as st

from server.gateways.smpp.long_messages import Assembler, read_part, submissions
from server.gateways.smpp.pdu import DeliverSm, SubmitSm, Tag
from server.gateways.smpp.receipts import ReceiptTable, read_receipt, receipt_keys, response_key
from server.gateways.smpp.text import decode_text, encode_parts
from server.rules.links.smpp import DefaultAlphabet, IdForm, LongForm
from server.rules.messages.gsm_alphabet import BASIC_CODES, EXTENSION_CODES
from server.rules.messages.segments import Coding, split
from tests.factories.gateways.smpp.pdus import octet, pdus

gsm_texts = st.text(st.sampled_from([*BASIC_CODES, *EXTENSION_CODES]), min_size=1, max_size=400)
unicode_texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), min_size=1, max_size=200
)
alphabets = st.sampled_from(DefaultAlphabet)
forms = st.sampled_from(LongForm)


def there_and_back(text: str, coding: Coding, alphabet: DefaultAlphabet, form: LongForm, order: int) -> str:
    """Return a text as a phone would read it: split, coded, sent, joined in some order, and read."""
    coded = encode_parts(split(text, coding), coding, alphabet=alphabet)
    sent = submissions(SubmitSm(data_coding=coded.data_coding), coded.parts, form, reference=order)
    assembler: Assembler[None] = Assembler(ttl_us=1)
    arrived = sent[order % len(sent) :] + sent[: order % len(sent)]
    for pdu in arrived:
        came = DeliverSm(esm_class=pdu.esm_class, short_message=pdu.short_message, tlvs=pdu.tlvs)
        assert len(came.short_message) <= 254
        for whole in assembler.add(read_part(came), None, source="", destination="", now_us=0):
            assert len(whole.handles) == len(sent)
            return decode_text(whole.body, coded.data_coding, alphabet)
    raise AssertionError


@given(gsm_texts, alphabets, forms, st.integers(0, 300))
def test_a_seven_bit_text_arrives_as_it_was(
    text: str, alphabet: DefaultAlphabet, form: LongForm, order: int
) -> None:
    """In any form, in one or several parts, in any order."""
    assert there_and_back(text, Coding.GSM_7BIT, alphabet, form, order) == text


@given(unicode_texts, forms, st.integers(0, 300))
def test_a_unicode_text_arrives_as_it_was(text: str, form: LongForm, order: int) -> None:
    """Astral characters included."""
    assert there_and_back(text, Coding.UNICODE, DefaultAlphabet.GSM_7BIT, form, order) == text


@given(st.binary(max_size=300), octet, alphabets)
def test_any_octets_are_a_text_of_some_kind(
    octets: bytes, data_coding: int, alphabet: DefaultAlphabet
) -> None:
    """A text that any database accepts: no NUL, no half of a surrogate pair."""
    text = decode_text(octets, data_coding, alphabet)
    assert "\0" not in text
    assert text.encode() is not None


@given(pdus(DeliverSm), st.binary(max_size=200), st.dictionaries(st.sampled_from([
    Tag.RECEIPTED_MESSAGE_ID, Tag.MESSAGE_STATE, Tag.NETWORK_ERROR_CODE, Tag.MESSAGE_PAYLOAD,
    Tag.SAR_MSG_REF_NUM, Tag.SAR_TOTAL_SEGMENTS, Tag.SAR_SEGMENT_SEQNUM,
]), st.binary(max_size=5)))  # fmt: skip
def test_anything_that_comes_in_is_a_receipt_or_a_part(
    drawn: DeliverSm, content: bytes, tlvs: dict[int, bytes]
) -> None:
    """Reading never fails, whatever an operator or a phone writes."""
    pdu = DeliverSm(
        esm_class=drawn.esm_class, data_coding=drawn.data_coding, short_message=content, tlvs=tlvs
    )
    receipt = read_receipt(pdu)
    if receipt is not None:
        ReceiptTable(errors_are_ptt=True).state(receipt)
        assert len(receipt.id) <= 64
    part = read_part(pdu)
    assert 1 <= part.index <= part.total


@given(st.text(max_size=80), st.sampled_from(IdForm))
def test_any_id_finds_itself(message_id: str, form: IdForm) -> None:
    """If the forms are the same or unknown, the same id on both sides matches; keys are bounded."""
    keys = receipt_keys(message_id, form)
    if form in {IdForm.SAME, IdForm.ANY} and message_id.strip():
        assert response_key(message_id, form) in keys
    assert all(len(key) <= 80 for key in keys)


@given(st.integers(0, 2**64 - 1), st.booleans(), st.integers(0, 4))
def test_hexadecimal_and_decimal_ids_match(number: int, upper: bool, zeros: int) -> None:  # noqa: FBT001
    """On either side, padded or not, in upper or lower case."""
    hexadecimal = "0" * zeros + (f"{number:X}" if upper else f"{number:x}")
    decimal = f"{number}"
    if len(hexadecimal.lstrip("0")) <= 16:
        assert response_key(hexadecimal, IdForm.RESPONSE_HEX) in receipt_keys(decimal, IdForm.RESPONSE_HEX)
        assert response_key(decimal, IdForm.RECEIPT_HEX) in receipt_keys(hexadecimal, IdForm.RECEIPT_HEX)
        assert response_key(hexadecimal, IdForm.ANY) in receipt_keys(decimal, IdForm.ANY)
        assert response_key(decimal, IdForm.ANY) in receipt_keys(hexadecimal, IdForm.ANY)
