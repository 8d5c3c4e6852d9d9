"""The words and bounds of what may be set for a link over SMPP."""

from dataclasses import dataclass

from server.kit.described_enums import DescribedStr

PORT = 2775
TLS_PORT = 3550

_DAY_SECONDS = 86_400
MAX_VALIDITY_SECONDS = 31 * _DAY_SECONDS - 1
"""The longest that the form of relative times can say without months (3.4 §7.1.1)."""


class BindMode(DescribedStr):
    """How a link is bound."""

    TRANSCEIVER = "TRANSCEIVER", "One session for both directions."
    PAIR = "PAIR", "A session that submits, and one that receives."


class DefaultAlphabet(DescribedStr):
    """What an operator takes `data_coding` 0 to mean."""

    GSM_7BIT = "GSM_7BIT", "GSM 03.38, one septet an octet: what most operators do."
    LATIN_1 = "LATIN_1", "ISO 8859-1, which the operator turns into GSM 03.38 itself."


class FlashForm(DescribedStr):
    """How a message's class (0 is flash) is written into `data_coding`."""

    GENERAL = "GENERAL", "With the alphabet: flash is 0x10, and 0x18 in UCS-2."
    CLASS_GROUP = "CLASS_GROUP", "In the class group: flash is 0xF0. It has no UCS-2, which stays 0x18."


class LongForm(DescribedStr):
    """How a message of several parts is submitted."""

    UDH = "UDH", "Each part has a user data header with an 8-bit reference: works nearly everywhere."
    SAR = "SAR", "Each part has SAR TLVs; the operator makes the headers."
    PAYLOAD = "PAYLOAD", "All of it in one PDU (message_payload); the operator cuts it."


class IdForm(DescribedStr):
    """How an operator's ids in responses and in receipts differ."""

    SAME = "SAME", "They are the same, but for leading zeros and case."
    RESPONSE_HEX = "RESPONSE_HEX", "Responses have them in hexadecimal, receipts in decimal."
    RECEIPT_HEX = "RECEIPT_HEX", "Responses have them in decimal, receipts in hexadecimal."
    ANY = "ANY", "Not known: a receipt is matched as it is, else as the one or the other of these."


@dataclass(frozen=True, slots=True)
class AddressTypes:
    """The (TON, NPI) that an operator wants for each kind of address; these defaults suit most."""

    alphanumeric: tuple[int, int] = (5, 0)
    short_code: tuple[int, int] = (3, 1)
    international: tuple[int, int] = (1, 1)
