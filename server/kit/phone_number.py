"""Telephone numbers in international format (ITU-T E.164)."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import timezone

from server.errors import ErrorCode, InvalidInput

_MAX_CHARS = 32
_MAX_GIVEN_CHARS = 128
# A form reads a bare plus as a space.
_BARE_PLUS = re.compile(r" +(?=[1-9])")
# Marks of direction, joiners and spaces of other widths: what a copied number brings along, and nobody sees.
_INVISIBLE = frozenset({"Cf", "Zs"})
_INTERNATIONAL = re.compile(r"(?:\+|00)([0-9 .()-]*[0-9])")
_ANY_NUMBER = re.compile(r"\+?[0-9]+")
_TELLING_DIGITS = 7
_SEPARATORS = str.maketrans("", "", " .()-")
# What libphonenumber names instead of a country, for codes like +800 that belong to none.
_NO_COUNTRY = "001"
_NO_ZONE = (timezone.UNKNOWN_TIMEZONE,)


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A possible number: `e164` with its plus sign, and the ISO 3166-1 alpha-2 country, if it has one."""

    e164: str
    country: str | None


def load_numbering_plans() -> None:
    """Load what is known of all countries' numbers, each of which would else be loaded when it is first met.

    That takes half a second in all: once, before anybody waits.
    """
    phonenumbers.PhoneMetadata.load_all()
    time_zones("+447700900004")


@lru_cache(maxsize=10_000)
def parse_phone_number(text: str) -> PhoneNumber:
    """Return the number that a text in international format (`+44…` or `0044…`) names.

    Possible is enough: test ranges, which no subscriber has, must pass. What `plain_number` takes away
    may stand anywhere; spaces, dots, hyphens and parentheses between the digits. The country of a number
    that no numbering plan assigns is the main one of its country code.

    Raises:
        InvalidInput: INVALID_PHONE_NUMBER, when the form is another or the number is not possible; a sign that
            can't be typed is named by its code point.
    """
    plain = plain_number(text)
    match = _INTERNATIONAL.fullmatch(plain) if len(plain) <= _MAX_CHARS else None
    if match is None:
        raise _invalid(_odd_sign(plain))
    try:
        number = phonenumbers.parse("+" + match[1].translate(_SEPARATORS))
    except phonenumbers.NumberParseException as error:
        raise _invalid() from error
    if not phonenumbers.is_possible_number(number):
        raise _invalid()
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return PhoneNumber(e164, _country(number))


def plain_number(text: str) -> str:
    """Return a text that may be a number without the invisible characters in it and the space around it.

    This is how a number is read wherever one is given: `" 447700900004"` is `+447700900004`, whose plus a
    form has read as a space.
    """
    text = text[:_MAX_GIVEN_CHARS]
    if not text.isascii():
        text = "".join(char for char in text if char == " " or unicodedata.category(char) not in _INVISIBLE)
    bare_plus = _BARE_PLUS.match(text)
    return "+" + text[bare_plus.end() :].rstrip() if bare_plus else text.strip()


def time_zones(e164: str) -> tuple[str, ...]:
    """Return the IANA time zones in one of which the phone with this number is, by its prefix.

    A number that no numbering plan assigns has those of the numbers round it, and one that belongs to
    no place has UTC.
    """
    number = phonenumbers.parse(e164)
    zones = timezone.time_zones_for_number(number)
    if zones == _NO_ZONE:
        zones = timezone.time_zones_for_geographical_number(number)
    return ("UTC",) if zones == _NO_ZONE else tuple(zones)


def _country(number: phonenumbers.PhoneNumber) -> str | None:
    region = phonenumbers.region_code_for_number(number)
    region = region or phonenumbers.region_code_for_country_code(number.country_code or 0)
    return None if region == _NO_COUNTRY else region


def _odd_sign(text: str) -> str | None:
    """Return the first character that no keyboard has for a number, and that may look like one that does."""
    return next((char for char in text if not (char.isascii() and char.isprintable())), None)


def _invalid(odd: str | None = None) -> InvalidInput:
    msg = "A number is written in international format, like +447700900004."
    if odd is not None:
        msg = f"{msg[:-1]}, without U+{ord(odd):04X}."
    return InvalidInput(msg, code=ErrorCode.INVALID_PHONE_NUMBER)


def last_digits(address: str) -> str | None:
    """Return the last 7 digits of a number in any form, or None for a shorter one and what is no number.

    They are the same in international and in national form, whose zeros in front are no part of the number.
    """
    if not _ANY_NUMBER.fullmatch(address):
        return None
    digits = address.lstrip("+0")
    return digits[-_TELLING_DIGITS:] if len(digits) >= _TELLING_DIGITS else None
