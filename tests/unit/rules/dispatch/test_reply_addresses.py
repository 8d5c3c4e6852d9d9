"""Numbers in national form."""

import pytest

from server.rules.dispatch.reply_addresses import candidates, is_same_phone

GB = "+447700910016"


@pytest.mark.parametrize(
    ("address", "phone"),
    [
        ("07700910016", GB),
        ("7700910016", GB),
        ("447700910016", GB),
        ("+07700910016", GB),
        ("0612345678", "+33612345678"),
        ("612345678", "+33612345678"),
        ("89123456789", "+79123456789"),
        ("06201234567", "+36201234567"),
        ("0612345678", "+390612345678"),
        ("2025550123", "+12025550123"),
        ("12025550123", "+12025550123"),
        ("11987654321", "+5511987654321"),
    ],
)
def test_a_number_in_national_form_is_one_of_its_candidates(address: str, phone: str) -> None:
    """With any national prefix."""
    assert phone in candidates(address)
    assert is_same_phone(address, phone)


@pytest.mark.parametrize("address", ["", "12", "1234", "Orange", "0" * 16, "0770 0910016", "٠٧٧٠٠٩١٠٠١٦", GB, "+33612345678"])  # fmt: skip
def test_what_is_no_national_number_stands_for_none(address: str) -> None:
    """A name, a short code, or a number with its country code."""
    assert candidates(address) == []


@pytest.mark.parametrize(
    ("address", "phone"), [("07700910017", GB), ("0612345678", GB), ("12345", GB)]
)  # fmt: skip
def test_another_phone_is_another(address: str, phone: str) -> None:
    """Even with the same number of digits."""
    assert not is_same_phone(address, phone)


def test_a_number_of_no_country_has_no_other_form() -> None:
    """For example numbers of +800."""
    assert not is_same_phone("012345678", "+80012345678")
