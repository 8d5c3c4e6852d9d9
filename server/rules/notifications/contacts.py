"""Where alerts go: an address or a number only gets one question until its owner has said yes.

This server only sends a tenant's text by mail inside a frame of its own, which says who sends it, why, and
how to stop it.
"""

import re

from server.errors import InvalidInput
from server.kit.clock import DAY_US, HOUR_US
from server.kit.described_enums import DescribedStr
from server.rules.credits.thresholds import AlertChannel
from server.rules.notifications.alert_texts import AlertTexts

LINK_LIFETIME_US = 7 * DAY_US
CODE_LIFETIME_US = HOUR_US
CODE_DIGITS = 6
MAX_CODE_TRIES = 5

_CODE = re.compile(rf"(?<!\d)\d{{{CODE_DIGITS}}}(?!\d)", re.ASCII)


class ContactState(DescribedStr):
    """Whether the owner of an address or a number wants an account's alerts."""

    UNCONFIRMED = (
        "UNCONFIRMED",
        "The owner was not asked, or did not answer in time. No alerts are sent until the owner is asked again and says yes.",
    )
    ASKED = "ASKED", "The owner was asked and has not answered. Nothing else is sent."
    CONFIRMED = "CONFIRMED", "The owner agreed, or it is the address that the account's holder signs in with."
    REFUSED = "REFUSED", "The owner wants nothing from this account and is not asked again."


WITHHELD = {
    ContactState.UNCONFIRMED: "The owner has not agreed to alerts: request confirmation.",
    ContactState.ASKED: "The owner has not agreed to alerts: the question is not answered yet.",
    ContactState.REFUSED: "The owner wants nothing from this account.",
}
TOO_MANY = "Too many alerts to this address or number, or from this account, in one hour."


def lifetime_us(channel: AlertChannel) -> int:
    """Return how long a question can be answered with yes; no is possible at any time."""
    return LINK_LIFETIME_US if channel is AlertChannel.MAIL else CODE_LIFETIME_US


def state_now(state: ContactState, expires_at_us: int, now_us: int) -> ContactState:
    """Return the state now: a question that was not answered in time has to be asked again."""
    if state is ContactState.ASKED and now_us >= expires_at_us:
        return ContactState.UNCONFIRMED
    return state


def framed(texts: AlertTexts, *, account: str, stop_url: str | None) -> AlertTexts:
    """Return an alert's texts as sent: the mail in a frame, the SMS (from the account's sender) as it is.

    `stop_url` is where the mail's reader can say no; None if the reader is the account's own holder.
    """
    if stop_url is None:
        why = "You get this because you sign in with this address. To stop it, change or turn off the limit."
    else:
        why = f"You get this because somebody at this address agreed to it. To stop it for good:\n{stop_url}"
    # Quoted line by line, so that no text can look like what comes after it.
    quoted = "\n".join(f"> {line}".rstrip() for line in texts.mail_body.rstrip().splitlines())
    return AlertTexts(
        mail_subject=f"Alert of {account}: {texts.mail_subject}",
        mail_body=(
            f"This is an alert of the SMS account {account}. The quoted text was written by the account's "
            f"holder, not by the operator of this server.\n\n{quoted}\n\n{why}\n"
        ),
        sms_body=texts.sms_body,
    )


def question_mail(account: str, url: str) -> tuple[str, str]:
    """Return the subject and text of the mail that asks for consent to an account's alerts."""
    return (
        f"Do you want the alerts of {account}?",
        (
            f"The holder of the SMS account {account} would like to send its alerts to this address: mails "
            "that say how many credits are left.\n\n"
            "Nothing is sent unless you say yes. To say yes, or to say that this is not for you and never hear "
            f"of it again, open\n{url}\n\n"
            "The link is good for 7 days. If you do nothing, nothing more comes of it.\n"
        ),
    )


def question_sms(account: str, code: str, url: str) -> str:
    """Return the SMS that asks for consent to an account's alerts; without a `url` it has only the code."""
    text = f"Code {code} lets the alerts of {account} come to this number."
    return f"{text} Not for you? {url}" if url else f"{text} If it is not for you, do nothing."


def check_code(text: str) -> str:
    """Return a text that can be such an SMS's code, so that a typing error does not count as a guess.

    Raises:
        InvalidInput: it is not six digits.
    """
    if _CODE.fullmatch(text) is None:
        raise InvalidInput(f"A code has to be {CODE_DIGITS} digits.")
    return text


def hide_code(text: str) -> str:
    """Return the text of such an SMS for everybody except its receiver."""
    return _CODE.sub("*" * CODE_DIGITS, text)
