"""Any number in national form leads back to itself."""

import phonenumbers
from hypothesis import given
from hypothesis import strategies as st

from server.rules.dispatch.reply_addresses import candidates, is_same_phone

REGIONS = st.sampled_from(
    ["GB", "FR", "DE", "ES", "IT", "NL", "US", "BR", "RU", "IN", "JP", "ZA", "AU", "SE", "PL", "HU", "CH"]
)


@given(REGIONS, st.integers(0, 9_999))
def test_the_national_form_of_a_mobile_number_is_that_phone(region: str, last: int) -> None:
    """Without spaces."""
    number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    assert number is not None
    number.national_number = (number.national_number or 0) // 10_000 * 10_000 + last
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    address = "".join(filter(str.isdigit, national))
    assert e164 in candidates(address)
    assert is_same_phone(address, e164)


@given(st.text(max_size=20))
def test_any_address_is_looked_at(address: str) -> None:
    """No address raises an error, and candidates are bounded."""
    found = candidates(address)
    assert len(found) <= 1_000
    assert all(len(number) <= 16 for number in found)
