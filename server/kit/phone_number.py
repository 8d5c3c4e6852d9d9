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
# A form decodes a bare plus to a space.
_BARE_PLUS = re.compile(r" +(?=[1-9])")
# Direction marks, joiners and unusual spaces: invisible characters in copied numbers.
_INVISIBLE = frozenset({"Cf", "Zs"})
_INTERNATIONAL = re.compile(r"(?:\+|00)([0-9 .()-]*[0-9])")
_ANY_NUMBER = re.compile(r"\+?[0-9]+")
_TELLING_DIGITS = 7
_SEPARATORS = str.maketrans("", "", " .()-")
# libphonenumber's region for codes like +800, which belong to no country.
_NO_COUNTRY = "001"
_NO_ZONE = (timezone.UNKNOWN_TIMEZONE,)


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A possible number: `e164` with its plus sign, and the ISO 3166-1 alpha-2 country, if it has one."""

    e164: str
    country: str | None


def load_numbering_plans() -> None:
    """Load the numbering plans of all countries, which are otherwise loaded at their first use.

    That takes half a second: once, before anybody waits.
    """
    phonenumbers.PhoneMetadata.load_all()
    time_zones("+447700900004")


@lru_cache(maxsize=10_000)
def parse_phone_number(text: str) -> PhoneNumber:
    """Return the number of a text in international format (`+44…` or `0044…`).

    A possible number is enough: test ranges, which no subscriber has, must pass. Characters that
    `plain_number` removes may be anywhere; spaces, dots, hyphens and parentheses between the digits. The
    country of an unassigned number is the main one of its country code.

    Raises:
        InvalidInput: INVALID_PHONE_NUMBER, when the form is wrong or the number is not possible. The message
            names a character that can't be typed by its code point.
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
    """Return a text without invisible characters and surrounding space.

    Numbers are read like this everywhere: `" 447700900004"` is `+447700900004`, whose plus a form has decoded
    to a space.
    """
    text = text[:_MAX_GIVEN_CHARS]
    if not text.isascii():
        text = "".join(char for char in text if char == " " or unicodedata.category(char) not in _INVISIBLE)
    bare_plus = _BARE_PLUS.match(text)
    return "+" + text[bare_plus.end() :].rstrip() if bare_plus else text.strip()


def time_zones(e164: str) -> tuple[str, ...]:
    """Return the possible IANA time zones of the phone with this number, by its prefix.

    An unassigned number has the time zones of neighbouring numbers, and a number without a place has UTC.
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
    """Return the first character that is not on a keyboard for numbers, but may look like one that is."""
    return next((char for char in text if not (char.isascii() and char.isprintable())), None)


def _invalid(odd: str | None = None) -> InvalidInput:
    msg = "A number is written in international format, like +447700900004."
    if odd is not None:
        msg = f"{msg[:-1]}, without U+{ord(odd):04X}."
    return InvalidInput(msg, code=ErrorCode.INVALID_PHONE_NUMBER)


def last_digits(address: str) -> str | None:
    """Return the last 7 digits of a number in any form, or None if it is shorter or not a number.

    They are the same in international and in national form, whose leading zeros are not part of the number.
    """
    if not _ANY_NUMBER.fullmatch(address):
        return None
    digits = address.lstrip("+0")
    return digits[-_TELLING_DIGITS:] if len(digits) >= _TELLING_DIGITS else None
