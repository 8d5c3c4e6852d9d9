"""Which passwords are accepted."""

import string

import pytest

from server.errors import ErrorCode, InvalidInput
from server.rules.access.password_policy import (
    check_holder_password,
    check_user_password,
    generate_user_password,
)


@pytest.mark.parametrize("password", ["Abcd1234", "00000000", "zzzzZZZZ", "AAAA9999"])
def test_eight_letters_or_digits_are_a_users_password(password: str) -> None:
    """Exactly 8 ASCII letters or digits pass."""
    assert check_user_password(password) == password


@pytest.mark.parametrize(
    "password",
    [
        "",
        "Abcd123",
        "Abcd12345",
        "Abcd123!",
        "Abcd 123",
        "Abcd123\n",
        "Abcd1234\n",
        "Abcd123é",
        "Abcd123٣",
        "Abcd_123",
    ],
)
def test_any_other_users_password_is_refused_without_quoting_it(password: str) -> None:
    """Other lengths and characters are refused, and the message does not repeat the password."""
    with pytest.raises(
        InvalidInput, match=r"^A user's password has to be exactly 8 ASCII letters or digits.$"
    ) as refusal:
        check_user_password(password)
    assert refusal.value.code is ErrorCode.INVALID_PASSWORD


@pytest.mark.parametrize("password", ["x" * 12, "x" * 1_024, "é ü\n\t\1 😀 abc", "\ud7ff\ue000" * 6])
def test_twelve_characters_of_any_kind_are_a_holders_password(password: str) -> None:
    """Only the length counts, and its bounds are exact."""
    assert check_holder_password(password) == password


@pytest.mark.parametrize(
    "password", ["", "x" * 11, "x" * 1_025, "x" * 12 + "\ud800", "\udfff" + "x" * 12, "x" * 12 + "\0"]
)
def test_any_other_holders_password_is_refused(password: str) -> None:
    """Shorter, longer and broken texts are refused."""
    with pytest.raises(
        InvalidInput, match=r"^A holder's password has to be 12 to 1,024 characters"
    ) as refusal:
        check_holder_password(password)
    assert refusal.value.code is ErrorCode.INVALID_PASSWORD


def test_a_generated_password_is_one_that_is_accepted() -> None:
    """A new password follows the policy, and is new each time."""
    first, second = generate_user_password(), generate_user_password()
    assert check_user_password(first) == first
    assert first != second


def test_every_letter_and_digit_is_drawn_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's random source chooses among all 62 characters."""
    alphabets = []

    def last(alphabet: str) -> str:
        alphabets.append(alphabet)
        return alphabet[-1]

    monkeypatch.setattr("secrets.choice", last)
    assert generate_user_password() == "9" * 8
    assert {"".join(sorted(alphabet)) for alphabet in alphabets} == {
        "".join(sorted(string.ascii_letters + string.digits))
    }
