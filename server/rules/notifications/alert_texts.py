"""The texts of alerts, with variables in braces: checked when they are set, filled in when an alert fires."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from server.errors import ErrorCode, InvalidInput
from server.kit.credits import format_credits
from server.rules.core.free_texts import LINE_BREAKS, unfit_character

MAX_SUBJECT = 200
MAX_MAIL_BODY = 4_000
MAX_SMS_BODY = 1_000

VARIABLES: Mapping[str, str] = MappingProxyType(
    {
        "account": "The account's name.",
        "login": "The login of the limit's user; the account's name if the limit is the account's own.",
        "remaining": "The credits left to that user, or on the account.",
        "threshold": "The limit's threshold.",
        "creditsLeft": "The credits left on the account.",
    }
)

# A literal brace is doubled.
_PIECE = re.compile(r"\{\{|\}\}|\{(\w+)\}|[{}]", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertTexts:
    """The texts of an account's alerts, with variables or filled in."""

    mail_subject: str
    mail_body: str
    sms_body: str

    def filled(self, values: Mapping[str, str]) -> "AlertTexts":
        """Return the texts with the variables filled in."""
        return AlertTexts(
            mail_subject=_fill(self.mail_subject, values),
            mail_body=_fill(self.mail_body, values),
            sms_body=_fill(self.sms_body, values),
        )


DEFAULT_TEXTS = AlertTexts(
    mail_subject="{login}: {remaining} credits left",
    mail_body=(
        "{login} has {remaining} credits left and has reached its limit of {threshold}.\n\nAccount: "
        "{account}\nCredits left on the account: {creditsLeft}\n"
    ),
    sms_body="{login}: {remaining} credits left (limit {threshold}). On {account}: {creditsLeft}.",
)


def alert_values(
    *, account: str, login: str | None, remaining_mc: int, threshold_mc: int, credits_left_mc: int
) -> dict[str, str]:
    """Return the values of the variables in one alert; amounts are in millicredits."""
    return {
        "account": account,
        "login": account if login is None else login,
        "remaining": format_credits(remaining_mc),
        "threshold": format_credits(threshold_mc),
        "creditsLeft": format_credits(credits_left_mc),
    }


# The longest possible values, with the largest amounts of a 64-bit column: a text that fits with these always
# fits.
_MAX_AMOUNT_MC = 2**63 - 1
_LONGEST_VALUES = alert_values(
    account="x" * 40,
    login="x" * 40,
    remaining_mc=_MAX_AMOUNT_MC,
    threshold_mc=_MAX_AMOUNT_MC,
    credits_left_mc=_MAX_AMOUNT_MC,
)


def check_subject(template: str) -> str:
    """Return a subject if it is one line and at most `MAX_SUBJECT` characters, whatever is filled in.

    Raises:
        InvalidInput: INVALID_TEMPLATE.
    """
    # A line break would start another header of the mail.
    return _check(template, MAX_SUBJECT, allowed="")


def check_mail_body(template: str) -> str:
    """Return the body of a mail if it has at most `MAX_MAIL_BODY` characters, whatever is filled in.

    Raises:
        InvalidInput: INVALID_TEMPLATE.
    """
    return _check(template, MAX_MAIL_BODY, allowed=LINE_BREAKS)


def check_sms_body(template: str) -> str:
    """Return the text of an SMS if it has at most `MAX_SMS_BODY` characters, whatever is filled in.

    For its number of parts, call `segments.analyse` with `longest_text`.

    Raises:
        InvalidInput: INVALID_TEMPLATE.
    """
    return _check(template, MAX_SMS_BODY, allowed=LINE_BREAKS)


def longest_text(template: str) -> str:
    """Return a checked template with the longest values of its variables."""
    return _fill(template, _LONGEST_VALUES)


def _check(template: str, max_chars: int, *, allowed: str) -> str:
    if not template.strip():
        raise _invalid("A text of an alert can't be empty.")
    unfit = unfit_character(template, allowed=allowed)
    if unfit is not None:
        raise _invalid(f"This text may not contain U+{ord(unfit):04X}.")
    for match in _PIECE.finditer(template):
        if match[0] in {"{", "}"}:
            raise _invalid("Double a literal brace, like {{ or }}.")
        if match[1] is not None and match[1] not in VARIABLES:
            raise _invalid(f"There is no variable {match[1][:40]}. The variables are {', '.join(VARIABLES)}.")
    # The template itself is stored, and doubled braces can make it the longer one.
    length = max(len(template), len(longest_text(template)))
    if length > max_chars:
        raise _invalid(
            f"With its variables filled in, it may have {length} characters; at most {max_chars} are allowed."
        )
    return template


def _fill(template: str, values: Mapping[str, str]) -> str:
    return _PIECE.sub(lambda match: match[0][0] if match[1] is None else values[match[1]], template)


def _invalid(message: str) -> InvalidInput:
    return InvalidInput(message, code=ErrorCode.INVALID_TEMPLATE)
