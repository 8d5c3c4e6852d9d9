"""Logins of API users."""

import pytest

from server.errors import ErrorCode, InvalidInput
from server.rules.accounts.logins import check_login, login_key


@pytest.mark.parametrize("text", ["a", "Z", "anne.b_c-9", ".", "-", "_", "x" * 40])
def test_a_login_passes_as_it_is_written(text: str) -> None:
    """1 to 40 letters, digits, points, underscores and hyphens pass."""
    assert check_login(text) == text


@pytest.mark.parametrize("text", ["", "x" * 41, "an ne", "anne\n", "anné", "a@b", "a/b", "a:b", "٣"])
def test_any_other_login_is_refused(text: str) -> None:
    """Other lengths and characters are refused."""
    with pytest.raises(
        InvalidInput, match=r"^A login has to be 1 to 40 characters of A-Z a-z 0-9 . _ -$"
    ) as refusal:
        check_login(text)
    assert refusal.value.code is ErrorCode.INVALID_LOGIN


def test_logins_are_told_apart_without_regard_to_case() -> None:
    """Two logins that differ only in case are the same."""
    assert login_key("Anne.B") == login_key("aNNE.b") == "anne.b"
    assert login_key("anne") != login_key("anna")
