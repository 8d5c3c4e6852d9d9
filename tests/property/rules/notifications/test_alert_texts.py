"""Properties of every text of an alert."""

from email import message_from_bytes
from email.policy import default

from hypothesis import given
from hypothesis import strategies as st

from server.errors import InvalidInput
from server.outbound.mail import Mail
from server.rules.notifications.alert_texts import (
    MAX_MAIL_BODY,
    MAX_SMS_BODY,
    MAX_SUBJECT,
    VARIABLES,
    AlertTexts,
    alert_values,
    check_mail_body,
    check_sms_body,
    check_subject,
)

PIECES = st.sampled_from([*(f"{{{name}}}" for name in VARIABLES), "{{", "}}", "{", "}", "{login", "{x}"])
TEMPLATES = st.lists(PIECES | st.text(max_size=20), max_size=12).map("".join)
AMOUNTS = st.integers(0, 2**63 - 1)
VALUES = st.builds(
    alert_values,
    account=st.from_regex(r"sms-[a-z0-9-]{1,36}", fullmatch=True),
    login=st.none() | st.from_regex(r"[A-Za-z0-9._-]{1,40}", fullmatch=True),
    remaining_mc=AMOUNTS,
    threshold_mc=AMOUNTS,
    credits_left_mc=AMOUNTS,
)


def _accepted(template: str) -> AlertTexts | None:
    try:
        check_subject(template)
        check_mail_body(template)
        check_sms_body(template)
    except InvalidInput:
        return None
    return AlertTexts(mail_subject=template, mail_body=template, sms_body=template)


@given(TEMPLATES, VALUES)
def test_what_is_accepted_can_be_filled_in_and_fits(template: str, values: dict[str, str]) -> None:
    """For any values, an accepted text neither fails nor exceeds its bound when an alert fires."""
    texts = _accepted(template)
    if texts is not None:
        filled = texts.filled(values)
        assert len(filled.mail_subject) <= MAX_SUBJECT
        assert len(filled.mail_body) <= MAX_MAIL_BODY
        assert len(filled.sms_body) <= MAX_SMS_BODY


@given(st.text(max_size=100), VALUES)
def test_text_without_braces_is_left_alone(text: str, values: dict[str, str]) -> None:
    """Only braces are filled in; doubling every brace keeps a text unchanged."""
    doubled = text.replace("{", "{{").replace("}", "}}")
    texts = AlertTexts(mail_subject=doubled, mail_body=doubled, sms_body=doubled)
    assert texts.filled(values).sms_body == text


@given(TEMPLATES, VALUES)
def test_no_text_adds_a_header_to_a_mail(template: str, values: dict[str, str]) -> None:
    """A mail with any accepted texts has only our headers, and its subject and text arrive complete."""
    texts = _accepted(template)
    if texts is None:
        return
    filled = texts.filled(values)
    mail = Mail(
        key="k",
        recipient="a@example.com",
        subject=filled.mail_subject,
        body=filled.mail_body,
        written_at_us=0,
    )
    parsed = message_from_bytes(mail.as_bytes("chappe@example.org"), policy=default)
    assert sorted(parsed.keys()) == [
        "Auto-Submitted", "Content-Transfer-Encoding", "Content-Type", "Date", "From", "MIME-Version",
        "Message-ID", "Subject", "To",
    ]  # fmt: skip
    assert str(parsed["Subject"]).split() == filled.mail_subject.split()
    assert parsed.get_content().split() == filled.mail_body.split()
