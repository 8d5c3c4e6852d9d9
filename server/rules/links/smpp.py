"""The settings of a link over SMPP, with their limits."""

from dataclasses import dataclass

from server.kit.described_enums import DescribedStr

PORT = 2775
TLS_PORT = 3550

_DAY_SECONDS = 86_400
MAX_VALIDITY_SECONDS = 31 * _DAY_SECONDS - 1
"""The longest that a relative time can express without months (3.4 §7.1.1)."""


class BindMode(DescribedStr):
    """How a link is bound."""

    TRANSCEIVER = "TRANSCEIVER", "One session for both directions."
    PAIR = "PAIR", "One session that submits and one that receives."


class DefaultAlphabet(DescribedStr):
    """What `data_coding` 0 means to an operator."""

    GSM_7BIT = "GSM_7BIT", "GSM 03.38, one septet per octet: most operators use it."
    LATIN_1 = "LATIN_1", "ISO 8859-1; the operator converts it to GSM 03.38."


class FlashForm(DescribedStr):
    """How `data_coding` expresses a message's class (0 is flash)."""

    GENERAL = "GENERAL", "Together with the alphabet: flash is 0x10, or 0x18 in UCS-2."
    CLASS_GROUP = (
        "CLASS_GROUP",
        "In the class group: flash is 0xF0. The group has no UCS-2, so that stays 0x18.",
    )


class LongForm(DescribedStr):
    """How a message of several parts is submitted."""

    UDH = "UDH", "Each part has a user data header with an 8-bit reference. This works nearly everywhere."
    SAR = "SAR", "Each part has SAR TLVs; the operator makes the headers."
    PAYLOAD = "PAYLOAD", "The whole text is in one PDU (message_payload); the operator splits it."


class IdForm(DescribedStr):
    """How an operator's ids in responses and in receipts differ."""

    SAME = "SAME", "They are the same, except for leading zeros and case."
    RESPONSE_HEX = "RESPONSE_HEX", "Responses have them in hexadecimal, receipts in decimal."
    RECEIPT_HEX = "RECEIPT_HEX", "Responses have them in decimal, receipts in hexadecimal."
    ANY = "ANY", "Unknown: a receipt is matched as it is, otherwise in one of the other two ways."


@dataclass(frozen=True, slots=True)
class AddressTypes:
    """The (TON, NPI) that an operator wants for each kind of address. The defaults suit most operators."""

    alphanumeric: tuple[int, int] = (5, 0)
    short_code: tuple[int, int] = (3, 1)
    international: tuple[int, int] = (1, 1)
