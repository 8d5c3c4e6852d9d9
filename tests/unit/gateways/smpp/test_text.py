"""Characters and octets, by data_coding."""

import pytest

from server.gateways.smpp.text import (
    EncodedParts,
    TooManyParts,
    carries,
    decode_gsm,
    decode_text,
    encode_gsm,
    encode_parts,
)
from server.rules.links.smpp import DefaultAlphabet, FlashForm
from server.rules.messages.segments import Coding

LATIN_1 = DefaultAlphabet.LATIN_1


def test_seven_bit_text_is_one_septet_an_octet() -> None:
    """With the codes of GSM 03.38, extension characters after an escape."""
    assert encode_gsm("@é €{") == b"\x00\x05 \x1be\x1b("
    assert encode_parts(["Hi@"], Coding.GSM_7BIT) == EncodedParts(0, (b"Hi\x00",))


def test_unicode_is_utf_16() -> None:
    """With surrogate pairs if needed."""
    assert encode_parts(["Ж", "😀"], Coding.UNICODE) == EncodedParts(
        8, ("Ж".encode("utf-16-be"), b"\xd8\x3d\xde\x00")
    )


@pytest.mark.parametrize(
    ("coding", "message_class", "data_coding"),
    [(Coding.GSM_7BIT, number, 0x10 + number) for number in range(4)]
    + [(Coding.UNICODE, number, 0x18 + number) for number in range(4)],
)
def test_the_class_is_in_the_data_coding(coding: Coding, message_class: int, data_coding: int) -> None:
    """Flash and the others, in both codings; reading gives the text again."""
    coded = encode_parts(["Hello"], coding, message_class=message_class)
    assert coded.data_coding == data_coding
    assert decode_text(coded.parts[0], data_coding) == "Hello"


@pytest.mark.parametrize(
    ("coding", "message_class", "data_coding"),
    [
        (Coding.GSM_7BIT, None, 0x00),
        (Coding.GSM_7BIT, 0, 0xF0),
        (Coding.GSM_7BIT, 2, 0xF2),
        (Coding.UNICODE, 0, 0x18),
        (Coding.UNICODE, None, 0x08),
    ],
)
def test_an_operator_may_want_the_class_in_a_group_of_its_own(
    coding: Coding, message_class: int | None, data_coding: int
) -> None:
    """It has no Unicode, which keeps the general form."""
    form = FlashForm.CLASS_GROUP
    coded = encode_parts(["Hello"], coding, message_class=message_class, flash_form=form)
    assert coded.data_coding == data_coding
    assert decode_text(coded.parts[0], data_coding) == "Hello"


def test_an_operator_may_want_latin_1() -> None:
    """Characters outside it make the message UCS-2, split again."""
    assert encode_parts(["é@"], Coding.GSM_7BIT, alphabet=LATIN_1) == EncodedParts(0, (b"\xe9@",))
    coded = encode_parts(["[" * 76 + "é", "€"], Coding.GSM_7BIT, message_class=1, alphabet=LATIN_1)
    assert coded.data_coding == 0x19
    assert [len(part) for part in coded.parts] == [134, 22]
    assert decode_text(b"\xe9@", 0, LATIN_1) == "é@"


@pytest.mark.parametrize(
    ("parts", "coding", "carried"),
    [
        (["é" * 160], Coding.GSM_7BIT, True),
        (["é" * 69 + "€"], Coding.GSM_7BIT, True),
        (["é" * 70 + "€"], Coding.GSM_7BIT, False),
        (["Δ" * 153, "Δ"], Coding.GSM_7BIT, False),
        (["Ж" * 67, "Ж" * 67], Coding.UNICODE, True),
    ],
    ids=["Latin-1", "UCS-2", "no room for UCS-2", "nor in two parts", "UCS-2 from the first"],
)
def test_no_more_parts_are_made_than_were_charged(parts: list[str], coding: Coding, *, carried: bool) -> None:
    """If Latin-1 is not enough and UCS-2 needs more parts, the link can't take the message."""
    assert carries(parts, coding, LATIN_1) is carried
    assert carries(parts, coding, DefaultAlphabet.GSM_7BIT)
    if carried:
        assert len(encode_parts(parts, coding, alphabet=LATIN_1).parts) == len(parts)
    else:
        with pytest.raises(TooManyParts):
            encode_parts(parts, coding, alphabet=LATIN_1)


@pytest.mark.parametrize(
    ("octets", "data_coding", "text"),
    [
        (b"\x00Hi", 0x00, "@Hi"),
        (b"Hi~", 0x01, "Hi~"),
        (b"\xe9", 0x03, "é"),
        (b"\xe9\x00", 0x04, "é"),
        (b"\xb6", 0x06, "Ж"),
        (b"\xe0", 0x07, "א"),
        (b"\x04\x16", 0x08, "Ж"),
        (b"\xfe\xff\x04\x16", 0x08, "Ж"),
        (b"\x04\x16\x04", 0x08, "Ж\ufffd"),
        (b"\xd8\x3d", 0x08, "\ufffd"),
        (b"\x00\x00\x00A", 0x08, "A"),
        (b"\x00Hi", 0x11, "@Hi"),
        (b"\xe9", 0x14, "é"),
        (b"\x04\x16", 0x19, "Ж"),
        (b"\x00Hi", 0xC8, "@Hi"),
        (b"\x04\x16", 0xE8, "Ж"),
        (b"\x00Hi", 0xF1, "@Hi"),
        (b"\xe9", 0xF5, "é"),
    ],
)
def test_incoming_text_is_read_by_its_data_coding(octets: bytes, data_coding: int, text: str) -> None:
    """In every coding group; invalid octets are replaced, and NULs are removed."""
    assert decode_text(octets, data_coding) == text


@pytest.mark.parametrize(
    ("octets", "text"),
    [(b"\x1be", "€"), (b"\x1bA", "A"), (b"A\x1b", "A"), (b"\x1b\x1be", "€"), (b"\xe9", "é")],
)
def test_odd_escapes_and_octets_are_survived(octets: bytes, text: str) -> None:
    """They are read as a phone would show them."""
    assert decode_gsm(octets) == text
