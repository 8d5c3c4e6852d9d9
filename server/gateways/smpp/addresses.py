"""Addresses with their type of number and numbering plan (SMPP 3.4 §5.2.5, §5.2.6)."""

import re
from dataclasses import dataclass

from server.errors import InvalidInput
from server.kit.phone_number import parse_phone_number
from server.rules.links.smpp import AddressTypes

_SHORT_CODE = re.compile(r"[0-9]{3,8}")
_DIGITS = re.compile(r"[0-9]{7,15}")
_INTERNATIONAL_TON = 1
_UNKNOWN_TON = 0


@dataclass(frozen=True, slots=True)
class Address:
    """An SMPP address: type of number, numbering plan indicator, and characters."""

    ton: int
    npi: int
    digits: str


class AddressRules(AddressTypes):
    """How addresses of each kind are marked, as the operator wants it."""

    __slots__ = ()

    def source(self, sender: str) -> Address:
        """Return the address of a sender in its stored form: E.164 with a plus, a short code, or a name."""
        if sender.startswith("+"):
            return Address(*self.international, sender[1:])
        if _SHORT_CODE.fullmatch(sender):
            return Address(*self.short_code, sender)
        return Address(*self.alphanumeric, sender)

    def destination(self, receiver: str) -> Address:
        """Return the address of a receiver (E.164)."""
        return Address(*self.international, receiver.removeprefix("+"))


def stored_form(address: Address) -> str:
    """Return an operator's address in the form in which senders and receivers are stored.

    Numbers become E.164 if possible: those marked international, and long ones of unknown type, which
    operators often leave unmarked. Everything else stays as it came.
    """
    digits = address.digits.removeprefix("+")
    international = address.ton == _INTERNATIONAL_TON or address.digits.startswith(("+", "00"))
    unmarked = address.ton == _UNKNOWN_TON and not _SHORT_CODE.fullmatch(digits)
    if not (_DIGITS.fullmatch(digits.removeprefix("00")) and (international or unmarked)):
        return address.digits
    try:
        return parse_phone_number("+" + digits.removeprefix("00")).e164
    except InvalidInput:
        return address.digits
