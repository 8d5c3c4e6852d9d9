"""Sender names: what receivers see as the sender of a message (3GPP TS 23.040 §9.1.2.5)."""

import re

from server.errors import ErrorCode, InvalidInput
from server.kit.described_enums import DescribedStr
from server.kit.phone_number import parse_phone_number, plain_number


class SenderKind(DescribedStr):
    """What kind of sender it is."""

    ALPHANUMERIC = "ALPHANUMERIC", "A name of at most 11 characters; nobody can reply to it."
    NUMERIC = "NUMERIC", "A telephone number in international format."
    SHORT_CODE = "SHORT_CODE", "A number of 3 to 8 digits, assigned by operators."
    VIRTUAL = "VIRTUAL", "A telephone number without a SIM card that receives replies for the account."


class SenderStatus(DescribedStr):
    """Whether a sender may be used."""

    WAITING = "WAITING", "Declared but not reviewed yet."
    ENABLED = "ENABLED", "It may be used."
    REFUSED = "REFUSED", "Reviewed and refused."
    DISABLED = "DISABLED", "It was enabled and may not be used now."


MAX_SENDER_CHARS = 20
"""No sender is longer in its stored form."""

# Letters, digits and signs that all codings and networks carry. The lookaheads require a letter, and no space
# at the ends, which phones would not show.
_ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])(?! )[A-Za-z0-9 ._\-&']{1,11}(?<! )")
_SHORT_CODE = re.compile(r"[0-9]{3,8}")
_NUMBER = re.compile(r"(?:\+|00)[0-9 .()-]+")


def parse_sender(text: str, kind: SenderKind | None = None) -> tuple[str, SenderKind]:
    """Return a sender in its stored form (numbers in E.164) and its kind, guessed if it is not given.

    A virtual number looks like any other number, so that kind is never guessed.

    Raises:
        InvalidInput: INVALID_SENDER.
    """
    kind = kind or _guess(text)
    if kind in {SenderKind.NUMERIC, SenderKind.VIRTUAL}:
        return _number(text), kind
    if kind is SenderKind.SHORT_CODE:
        text = plain_number(text)
    form = _SHORT_CODE if kind is SenderKind.SHORT_CODE else _ALPHANUMERIC
    if form.fullmatch(text) is None:
        raise _invalid()
    return text, kind


def sender_key(sender: str) -> str:
    """Return the form of a sender that is unique in its account, however it is written.

    Case does not matter, and numbers are in E.164. A text that can't be a sender is only lower-cased.
    """
    try:
        return parse_sender(sender)[0].lower()
    except InvalidInput:
        return sender.lower()


def may_be_declared(key: str) -> bool:
    """Whether a key can belong to a sender at all, so that any other needs no query."""
    return len(key) <= MAX_SENDER_CHARS and key.isascii() and key.isprintable()


def sender_kind(sender: str) -> SenderKind:
    """Return the kind of a sender, as far as its stored form shows: any number is NUMERIC."""
    return _guess(sender)


def _guess(text: str) -> SenderKind:
    text = plain_number(text)
    if _SHORT_CODE.fullmatch(text):
        return SenderKind.SHORT_CODE
    return SenderKind.NUMERIC if _NUMBER.fullmatch(text) else SenderKind.ALPHANUMERIC


def _number(text: str) -> str:
    try:
        return parse_phone_number(text).e164
    except InvalidInput as error:
        raise _invalid() from error


def _invalid() -> InvalidInput:
    msg = (
        "A sender has to be a name of at most 11 letters, digits, spaces or . _ - & ' with at least one "
        "letter, a number in international format, or a short code of 3 to 8 digits."
    )
    return InvalidInput(msg, code=ErrorCode.INVALID_SENDER)
