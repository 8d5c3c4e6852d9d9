"""Names of accounts."""

import pytest

from server.errors import ErrorCode, InvalidInput
from server.rules.accounts.names import check_account_name


@pytest.mark.parametrize("text", ["sms-xx12345-1", "sms-a", "sms--", "sms-" + "x" * 36])
def test_an_account_name_passes(text: str) -> None:
    """The prefix and at least one character pass, up to 40 in all."""
    assert check_account_name(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "sms-",
        "sms",
        "sms-" + "x" * 37,
        "sms-Xx",
        "SMS-xx",
        "xx-sms-1",
        "sms-a_b",
        "sms-a b",
        "sms-a\n",
        "sms-é",
    ],
)
def test_any_other_name_is_refused(text: str) -> None:
    """Other prefixes, lengths and characters are refused."""
    with pytest.raises(
        InvalidInput, match=r"^An account name has to be sms- and lower-case letters"
    ) as refusal:
        check_account_name(text)
    assert refusal.value.code is ErrorCode.INVALID_ACCOUNT_NAME
