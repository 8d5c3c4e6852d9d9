"""Whether an address that an operator names is a phone that was written to, however the operator writes it."""

import re
from functools import lru_cache

import phonenumbers

_NATIONAL = re.compile(r"\+0[0-9]{4,14}|[0-9]{5,15}")
_MAX_DROPPED = 3
"""How many digits may come before a number within its country: 0 in most, 8, 06 or 044 in some."""

# What libphonenumber names where a country code belongs to no country.
_NO_REGION = "001"
_MIN_DIGITS, _MAX_DIGITS = 5, 15


def candidates(address: str) -> list[str]:
    """Return the numbers (E.164) that an address in national form may stand for, whatever the country.

    They are many: one that was written to still has to be looked at with `is_same_phone`. What is no number
    has none, nor has one in E.164, which stands for itself.
    """
    if not _NATIONAL.fullmatch(address):
        return []
    digits = address.removeprefix("+")
    numbers = {
        f"+{code}{rest}"
        for dropped in range(_MAX_DROPPED + 1)
        if len(rest := digits[dropped:]) >= _MIN_DIGITS
        for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE
        if len(rest) + len(str(code)) <= _MAX_DIGITS
    }
    return sorted(numbers)


@lru_cache(maxsize=10_000)
def is_same_phone(address: str, e164: str) -> bool:
    """Tell whether an address is the number of a phone, as it is written in that phone's own country."""
    number = phonenumbers.parse(e164)
    for region in phonenumbers.region_codes_for_country_code(number.country_code or 0):
        try:
            meant = phonenumbers.parse(address.removeprefix("+"), None if region == _NO_REGION else region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.format_number(meant, phonenumbers.PhoneNumberFormat.E164) == e164:
            return True
    return False
