"""Texts to receivers of alerts: first a question, then a tenant's text in our frame."""

import pytest

from server.errors import InvalidInput
from server.kit.clock import DAY_US, HOUR_US
from server.rules.core.outreach import Bound, alert_charges, confirmation_charges, replay_charges
from server.rules.credits.thresholds import AlertChannel
from server.rules.notifications.alert_texts import AlertTexts
from server.rules.notifications.contacts import (
    ContactState,
    check_code,
    framed,
    hide_code,
    lifetime_us,
    question_mail,
    question_sms,
    state_now,
)

TENANTS = AlertTexts(mail_subject="You won!", mail_body="Click http://evil.example\n", sms_body="Low")
URL = "https://sms.example.org/alerts?token=1-abc"


def test_a_question_that_is_not_answered_in_time_is_as_good_as_not_asked() -> None:
    """An answer stays, however old."""
    assert state_now(ContactState.ASKED, 10, 9) is ContactState.ASKED
    assert state_now(ContactState.ASKED, 10, 10) is ContactState.UNCONFIRMED
    assert state_now(ContactState.CONFIRMED, 0, 10) is ContactState.CONFIRMED
    assert state_now(ContactState.REFUSED, 0, 10) is ContactState.REFUSED


def test_a_link_is_good_for_a_week_and_a_code_for_an_hour() -> None:
    """Mail may be read later; somebody who waits for a code has the phone at hand."""
    assert lifetime_us(AlertChannel.MAIL) == 7 * DAY_US
    assert lifetime_us(AlertChannel.SMS) == HOUR_US


def test_a_tenants_words_are_framed() -> None:
    """The subject begins with our words, and the text is inside ours: who, why, and how to stop it."""
    sent = framed(TENANTS, account="sms-demo-1", stop_url=URL)
    assert sent.mail_subject == "Alert of sms-demo-1: You won!"
    before, theirs, after = sent.mail_body.split("\n\n")
    assert "an alert of the SMS account sms-demo-1" in before
    assert "not by the operator of this server" in before
    assert theirs == "> Click http://evil.example"
    assert "somebody at this address agreed to it" in after
    assert f"To stop it for good:\n{URL}\n" in after
    assert sent.sms_body == "Low"


def test_no_text_can_look_like_the_frame() -> None:
    """Each line of it is quoted, whatever the line breaks."""
    forged = "Low.\n\nYou get this from the operator.\rCall\r\n> 0900"
    texts = AlertTexts(mail_subject="S", mail_body=forged, sms_body="Low")
    body = framed(texts, account="sms-demo-1", stop_url=URL).mail_body
    ours = [line for line in body.splitlines() if not line.startswith(">")]
    assert "operator of this server" in ours[0]
    assert "from the operator" not in "\n".join(ours)
    assert "Call" not in "\n".join(ours)


def test_a_holders_own_alerts_tell_where_the_limit_is() -> None:
    """They need no link: the limit belongs to the holder."""
    sent = framed(TENANTS, account="sms-demo-1", stop_url=None)
    assert "you sign in with this address" in sent.mail_body
    assert "http://evil.example" in sent.mail_body


def test_the_question_bears_no_word_of_the_tenants() -> None:
    """Only the account's name, which an operator chose."""
    subject, body = question_mail("sms-demo-1", URL)
    assert subject == "Do you want the alerts of sms-demo-1?"
    assert f"\n{URL}\n" in body
    assert "Nothing is sent unless you say yes" in body


@pytest.mark.parametrize("url", [URL, ""])
def test_the_sms_has_a_code_that_others_do_not_see(url: str) -> None:
    """In one part, if the account's name has a usual length."""
    text = question_sms("sms-xx12345-1", "012345", url)
    assert len(text) <= 160
    assert "Code 012345 " in text
    assert url in text
    assert hide_code(text) == text.replace("012345", "******")


@pytest.mark.parametrize("text", ["", "12345", "1234567", "12345x", "١٢٣٤٥٦", "123456\n"])
def test_a_code_has_six_digits(text: str) -> None:
    """Other texts don't count as guesses."""
    assert check_code("012345") == "012345"
    with pytest.raises(InvalidInput):
        check_code(text)


def test_each_bound_is_of_one_account_host_or_address() -> None:
    """Alerts don't count against other accounts; a question counts against the address, whoever asks."""
    of_one, of_other = (
        {charge.key for charge in alert_charges(account, AlertChannel.MAIL, "a@example.org")}
        for account in (1, 2)
    )
    assert not of_one & of_other
    by_one, by_other = (
        {charge.key for charge in confirmation_charges(account, AlertChannel.MAIL, "a@example.org")}
        for account in (1, 2)
    )
    assert by_one & by_other == {"ask:MAIL:a@example.org"}
    assert [charge.count for charge in replay_charges(1, {"a": 2, "b": 3})] == [5, 2, 3]


def test_a_bound_forgets_evenly() -> None:
    """It refills completely over its period."""
    bound = Bound(3, 10)
    assert bound.interval_us == 3_333_333
    assert bound.span_us == 9_999_999
