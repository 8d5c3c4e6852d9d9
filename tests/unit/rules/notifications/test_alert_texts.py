"""The texts of alerts."""

from collections.abc import Callable

import pytest

from server.errors import ErrorCode, InvalidInput
from server.rules.messages.segments import analyse
from server.rules.notifications.alert_texts import (
    DEFAULT_TEXTS,
    VARIABLES,
    AlertTexts,
    alert_values,
    check_mail_body,
    check_sms_body,
    check_subject,
    longest_text,
)

Check = Callable[[str], str]
CHECKS = [check_subject, check_mail_body, check_sms_body]
LONGEST = {check_subject: 200, check_mail_body: 4_000, check_sms_body: 1_000}

VALUES = alert_values(
    account="sms-demo-1", login="shop", remaining_mc=49_500, threshold_mc=50_000, credits_left_mc=1_234_567
)


def _texts(text: str) -> AlertTexts:
    return AlertTexts(mail_subject=text, mail_body=text, sms_body=text)


def test_variables_are_filled_in() -> None:
    """Each variable becomes its value, with amounts as in the API, however often it occurs."""
    text = "{account} {login} {remaining} {threshold} {creditsLeft} {login}"
    assert _texts(text).filled(VALUES) == _texts("sms-demo-1 shop 49.5 50 1234.567 shop")
    assert VALUES.keys() == VARIABLES.keys()


def test_an_accounts_own_alert_names_the_account() -> None:
    """If it is not about a user, the login is the account's name."""
    values = alert_values(
        account="sms-demo-1", login=None, remaining_mc=0, threshold_mc=1_000, credits_left_mc=0
    )
    assert _texts("{login}").filled(values).sms_body == "sms-demo-1"


def test_a_doubled_brace_stands_for_itself() -> None:
    """Braces can be written, even around something like a variable."""
    assert check_subject("{{login}} {{}} {{{login}}}")
    assert _texts("{{login}} {{}} {{{login}}}").filled(VALUES).mail_subject == "{login} {} {shop}"


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize(
    "template",
    ["", " \t", "{", "}", "{}", "{ login }", "{login", "login}", "{{login}", "{login}}", "{password}", "{Login}",
     "{login.__class__}", "{0}", "{login!r}", "{login:>9999999999}", "{é}", "a\0b", "a\x7fb", "a\x1bb", "a\x85b",
     "a\u2028b", "a\u2029b", "a\ud83db"],
    ids=ascii,
)  # fmt: skip
def test_what_is_no_text_is_refused(check: Check, template: str) -> None:
    """Empty texts, broken braces, unknown variables and control characters are refused."""
    with pytest.raises(InvalidInput) as caught:
        check(template)
    assert caught.value.code is ErrorCode.INVALID_TEMPLATE


@pytest.mark.parametrize("line_break", ["\r", "\n", "\r\n", "\v", "\f"])
def test_a_subject_is_one_line(line_break: str) -> None:
    """A subject can't continue as another header of the mail."""
    with pytest.raises(InvalidInput):
        check_subject(f"Low credits{line_break}Bcc: everybody@example.com")


@pytest.mark.parametrize("check", [check_mail_body, check_sms_body])
def test_bodies_have_lines(check: Check) -> None:
    """Line breaks and tabs are kept in bodies."""
    assert check("Dear holder,\r\n\tlow credits.\n") == "Dear holder,\r\n\tlow credits.\n"


@pytest.mark.parametrize("check", CHECKS)
def test_a_text_fits_whatever_is_filled_in(check: Check) -> None:
    """The bound holds with the longest values, and for the stored template."""
    longest = LONGEST[check]  # type: ignore[index]
    assert check("x" * longest)
    assert check("x" * (longest - 40) + "{login}")
    for template in ("x" * (longest + 1), "x" * (longest - 39) + "{login}", "{{" * (longest // 2 + 1)):
        with pytest.raises(InvalidInput, match=str(longest)):
            check(template)


def test_the_servers_own_texts_pass_the_checks() -> None:
    """They follow the rules for accounts' texts, and the SMS is cheap."""
    assert check_subject(DEFAULT_TEXTS.mail_subject)
    assert check_mail_body(DEFAULT_TEXTS.mail_body)
    assert check_sms_body(DEFAULT_TEXTS.sms_body)
    assert analyse(DEFAULT_TEXTS.filled(VALUES).sms_body).parts == 1
    assert analyse(longest_text(DEFAULT_TEXTS.sms_body)).parts == 2
