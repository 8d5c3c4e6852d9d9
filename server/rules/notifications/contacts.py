"""Where alerts go: an address or a number gets nothing but one question until its holder has said yes.

What a tenant writes leaves this server only in a frame of the server's own, which says who sends it, why,
and how to stop it.
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
    """Whether an address or a number wants an account's alerts."""

    UNCONFIRMED = (
        "UNCONFIRMED",
        "It was not asked, or did not answer in time: nothing goes to it until it is asked again and says yes.",
    )
    ASKED = "ASKED", "It was asked and has not answered: nothing else goes to it."
    CONFIRMED = "CONFIRMED", "It wants the alerts, or is the address that the account's holder signs in with."
    REFUSED = "REFUSED", "It wants nothing from this account, and is not asked again."


WITHHELD = {
    ContactState.UNCONFIRMED: "Nobody there has confirmed that alerts may come: ask for it.",
    ContactState.ASKED: "Nobody there has confirmed that alerts may come: the question is not answered yet.",
    ContactState.REFUSED: "Whoever is there wants nothing from this account.",
}
TOO_MANY = "More alerts than may go there, or leave this account, in an hour."


def lifetime_us(channel: AlertChannel) -> int:
    """Return for how long a question can be answered with yes; no can be said at any time."""
    return LINK_LIFETIME_US if channel is AlertChannel.MAIL else CODE_LIFETIME_US


def state_now(state: ContactState, expires_at_us: int, now_us: int) -> ContactState:
    """Return a state as it is now: a question that was not answered in time has to be asked again."""
    if state is ContactState.ASKED and now_us >= expires_at_us:
        return ContactState.UNCONFIRMED
    return state


def framed(texts: AlertTexts, *, account: str, stop_url: str | None) -> AlertTexts:
    """Return an alert's texts as they are sent: the mail's in a frame, the SMS from the account's own sender.

    `stop_url` is where the receiver can say no; None where the receiver is the account's own holder.
    """
    if stop_url is None:
        why = "You get this because you sign in with this address: change or turn off the limit to stop it."
    else:
        why = (
            f"You get this because somebody at this address said yes to it. To stop it for good:\n{stop_url}"
        )
    # Quoted line by line: however it ends, no text can look like what comes after it.
    quoted = "\n".join(f"> {line}".rstrip() for line in texts.mail_body.rstrip().splitlines())
    return AlertTexts(
        mail_subject=f"Alert of {account}: {texts.mail_subject}",
        mail_body=(
            f"This is an alert of the SMS account {account}. What is quoted was written by the account's holder, "
            f"not by the operator of this server.\n\n{quoted}\n\n{why}\n"
        ),
        sms_body=texts.sms_body,
    )


def question_mail(account: str, url: str) -> tuple[str, str]:
    """Return the subject and the text of the mail that asks an address whether it wants an account's alerts."""
    return (
        f"Do you want the alerts of {account}?",
        (
            f"The holder of the SMS account {account} would like its alerts to be sent to this address: mails "
            "that say how many credits are left.\n\n"
            "Nothing is sent unless you say yes. To say yes, or to say that this is not for you and never hear "
            f"of it again, open\n{url}\n\n"
            "The link is good for 7 days. If you do nothing, nothing more comes of it.\n"
        ),
    )


def question_sms(account: str, code: str, url: str) -> str:
    """Return the SMS that asks a number for its consent; without a `url` it has only the code."""
    text = f"Code {code} lets the alerts of {account} come to this number."
    return f"{text} Not for you? {url}" if url else f"{text} If it is not for you, do nothing."


def check_code(text: str) -> str:
    """Return a text that may be such an SMS's code; a slip of the finger is no try at guessing.

    Raises:
        InvalidInput: it is no six digits.
    """
    if _CODE.fullmatch(text) is None:
        raise InvalidInput(f"A code has {CODE_DIGITS} digits.")
    return text


def hide_code(text: str) -> str:
    """Return the text of such an SMS as anybody but its receiver may see it."""
    return _CODE.sub("*" * CODE_DIGITS, text)
