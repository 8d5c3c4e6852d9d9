"""Whether an operator's address is a phone that was written to, however the operator writes it."""

import re
from functools import lru_cache

import phonenumbers

_NATIONAL = re.compile(r"\+0[0-9]{4,14}|[0-9]{5,15}")
_MAX_DROPPED = 3
"""The most digits before a number within its country: 0 in most countries, 8, 06 or 044 in some."""

# libphonenumber's region for a country code that belongs to no country
_NO_REGION = "001"
_MIN_DIGITS, _MAX_DIGITS = 5, 15


def candidates(address: str) -> list[str]:
    """Return the numbers (E.164) that an address in national form may mean, in any country.

    There are many: check one that was written to with `is_same_phone`. A text that is not a number has none,
    and neither has a number in E.164, which stands for itself.
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
    """Tell whether an address is a phone's number as written in that phone's own country."""
    number = phonenumbers.parse(e164)
    for region in phonenumbers.region_codes_for_country_code(number.country_code or 0):
        try:
            meant = phonenumbers.parse(address.removeprefix("+"), None if region == _NO_REGION else region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.format_number(meant, phonenumbers.PhoneNumberFormat.E164) == e164:
            return True
    return False
