"""Every refusal that Chappe can give, as one tree of exceptions.

    DomainError
    ├── Refusal            the caller asked for something the rules forbid: `userErrors`, http2sms 202
    │   ├── InvalidInput   a value has the wrong form
    │   ├── NotFound       no such thing, or none that the caller may see
    │   ├── Conflict       it would collide with what is there already
    │   ├── Unfunded       the credits do not suffice
    │   └── RateLimited    it reaches outside too often
    └── Denied             the request as a whole stops: `errors[].extensions.code`
        ├── Unauthenticated
        ├── Forbidden
        ├── AddressNotAllowed
        ├── Throttled
        │   └── Unavailable      the server can't just now: the same may be tried again
        │       └── Overloaded
        └── Lagging              a listener takes in less than is written

An error carries a code of `ErrorCode`, words for a person and the input field it is about. It never
carries an HTTP status: the edges map codes to statuses. What is not a `DomainError` is a fault of
ours: the edges mask it and log it with the request id.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import ClassVar, Self


class ErrorCode(StrEnum):
    """The stable, machine-readable reason of a refusal; each member's text says when it is given."""

    description: str

    def __new__(cls, value: str, description: str) -> Self:
        """Keep the description beside the value, so that the API can show it."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.description = description
        return member

    INVALID_INPUT = "INVALID_INPUT", "A value has the wrong form; the message says which form is expected."
    INVALID_LOGIN = (
        "INVALID_LOGIN",
        "A login is 1 to 40 ASCII letters, digits, points, underscores or hyphens.",
    )
    INVALID_PASSWORD = (
        "INVALID_PASSWORD",
        "A user's password is exactly 8 ASCII letters or digits; a holder's is 12 characters or more.",
    )
    INVALID_AMOUNT = (
        "INVALID_AMOUNT",
        "An amount of credits is negative, zero where it may not be, finer than thousandths or too large.",
    )
    INVALID_THRESHOLD = "INVALID_THRESHOLD", "A limit's threshold is at least 1 credit."
    INVALID_EMAIL = "INVALID_EMAIL", "An e-mail address is malformed."
    INVALID_PHONE_NUMBER = "INVALID_PHONE_NUMBER", "A number is not a possible international number."
    INVALID_URL = "INVALID_URL", "A URL is not an absolute http or https URL."
    URL_NOT_ALLOWED = (
        "URL_NOT_ALLOWED",
        "A callback URL names a port or an address that this server may not call.",
    )
    INVALID_IP_ADDRESS = "INVALID_IP_ADDRESS", "An IP address is malformed."
    DUPLICATE_IP_ADDRESS = "DUPLICATE_IP_ADDRESS", "The same IP address is listed twice."
    TOO_MANY_IP_ADDRESSES = "TOO_MANY_IP_ADDRESSES", "At most 5 IP addresses may be listed."
    INVALID_SENDER = "INVALID_SENDER", "A sender name has a form that no network would carry."
    INVALID_ACCOUNT_NAME = (
        "INVALID_ACCOUNT_NAME",
        "An account name is 'sms-' then lower-case letters, digits and hyphens, at most 40 characters.",
    )
    INVALID_TIME_ZONE = "INVALID_TIME_ZONE", "A time zone is not in the IANA database."
    INVALID_TEMPLATE = (
        "INVALID_TEMPLATE",
        "A text of an alert is empty or too long, or has an unknown variable, a single brace or a control character.",
    )
    INVALID_TEXT = (
        "INVALID_TEXT",
        "A text that stays on one line has a control character, a line break, or a mark that turns its direction.",
    )
    INVALID_DATE = "INVALID_DATE", "A date is malformed, past, or more than a year ahead."
    INVALID_TAG = "INVALID_TAG", "A tag is at most 20 characters on one line, without control characters."
    INVALID_IDEMPOTENCY_KEY = (
        "INVALID_IDEMPOTENCY_KEY",
        "An idempotency key is 1 to 64 printable ASCII characters.",
    )
    EMPTY_MESSAGE = "EMPTY_MESSAGE", "A message has no text, or white space alone."
    MESSAGE_TOO_LONG = "MESSAGE_TOO_LONG", "A message needs more parts than the server allows."
    CODING_MISMATCH = (
        "CODING_MISMATCH",
        "7-bit coding was asked for, and the text has a character outside GSM 03.38.",
    )
    NO_RECEIVERS = "NO_RECEIVERS", "No receiver was given."
    TOO_MANY_RECEIVERS = "TOO_MANY_RECEIVERS", "At most 1,000 receivers may be given in one request."
    DUPLICATE_RECEIVER = "DUPLICATE_RECEIVER", "A receiver named twice is sent to once."
    RECEIVER_BLACKLISTED = "RECEIVER_BLACKLISTED", "The receiver asked this account to stop."
    NO_RATE = "NO_RATE", "The receiver's country has no rate."
    UNKNOWN_ACCOUNT = "UNKNOWN_ACCOUNT", "There is no such account among those that you may use."
    UNKNOWN_HOLDER = "UNKNOWN_HOLDER", "There is no holder with this e-mail address."
    UNKNOWN_USER = "UNKNOWN_USER", "There is no such user among those that you may use."
    UNKNOWN_SENDER = "UNKNOWN_SENDER", "The sender is not declared on this account."
    UNKNOWN_MESSAGE = "UNKNOWN_MESSAGE", "There is no such message among those that you may see."
    UNKNOWN_TOKEN = "UNKNOWN_TOKEN", "There is no such access token among yours."
    UNKNOWN_CONTACT = "UNKNOWN_CONTACT", "No limit of the account sends its alerts to this address or number."
    UNKNOWN_SESSION = "UNKNOWN_SESSION", "There is no such session among those that you may see."
    UNKNOWN_NUMBER = "UNKNOWN_NUMBER", "The number is not on this account's blacklist."
    UNKNOWN_LINK = "UNKNOWN_LINK", "There is no link of this name."
    SENDER_NOT_ENABLED = "SENDER_NOT_ENABLED", "The sender is declared, and not enabled."
    ACCOUNT_DISABLED = "ACCOUNT_DISABLED", "The account is disabled."
    USER_DISABLED = "USER_DISABLED", "The user is disabled."
    ACCOUNT_NAME_TAKEN = "ACCOUNT_NAME_TAKEN", "An account has, or had, this name."
    LOGIN_TAKEN = "LOGIN_TAKEN", "A user of this account has this login already."
    SENDER_TAKEN = "SENDER_TAKEN", "This sender is declared on the account already."
    LINK_PASSWORD_NEEDED = (
        "LINK_PASSWORD_NEEDED",
        "A link is sent to another host or port, or without TLS, only together with its password.",
    )
    LINK_NAME_TAKEN = "LINK_NAME_TAKEN", "A link has this name already, or the server has it for itself."
    LAST_LINK = "LAST_LINK", "Messages wait to be handed over, and this is the last link: it can be disabled."
    LAST_OPERATOR = "LAST_OPERATOR", "This is the last operator who can sign in."
    WRONG_PASSWORD = "WRONG_PASSWORD", "The current password is another one."
    EMAIL_TAKEN = "EMAIL_TAKEN", "A holder has this e-mail address already."
    IDEMPOTENCY_KEY_REUSED = (
        "IDEMPOTENCY_KEY_REUSED",
        "The idempotency key was used before, with another input.",
    )
    SAME_ACCOUNT = "SAME_ACCOUNT", "Credits are transferred between two different accounts of one holder."
    QUOTA_IS_OFF = "QUOTA_IS_OFF", "The user has no quota to adjust."
    ALREADY_SUBMITTED = "ALREADY_SUBMITTED", "The message was claimed or has ended, and can't be cancelled."
    NO_CALLBACK_URL = "NO_CALLBACK_URL", "No callback URL is set, neither on the user nor on the account."
    CALLBACK_DISABLED = "CALLBACK_DISABLED", "The callback URL is disabled; setting it again enables it."
    CONTACT_REFUSED = (
        "CONTACT_REFUSED",
        "Somebody at this address or number said that nothing of this account is to come there.",
    )
    CONFIRMATION_EXPIRED = (
        "CONFIRMATION_EXPIRED",
        "The code is too old, or was guessed at too often: ask for another one.",
    )
    WRONG_CODE = "WRONG_CODE", "That is not the code that the latest SMS brought."
    INSUFFICIENT_CREDITS = "INSUFFICIENT_CREDITS", "The credits left do not cover it; nothing moved."
    UNAUTHENTICATED = "UNAUTHENTICATED", "The caller is not signed in, or the credentials are wrong."
    FORBIDDEN = "FORBIDDEN", "The caller is signed in, and may not do or see this."
    ADDRESS_NOT_ALLOWED = "ADDRESS_NOT_ALLOWED", "This user may not act from this IP address."
    THROTTLED = "THROTTLED", "Too many tries; the message says when the next one is looked at."
    RATE_LIMITED = (
        "RATE_LIMITED",
        "This account, or the host, address or number concerned, was reached out to too often of late; nothing was done.",
    )
    UNAVAILABLE = (
        "UNAVAILABLE",
        "The server can't just now, its database being away, say: try the same again after `retryAfter` seconds.",
    )
    CURSOR_EXPIRED = (
        "CURSOR_EXPIRED",
        "What came next after this cursor is no longer kept, or a backup was put back since: begin without a cursor.",
    )
    LAGGING = (
        "LAGGING",
        "You take in less than is written; the error's `cursor` is where to resume, with nothing missed.",
    )


class DomainError(Exception):
    """Anything that Chappe refuses, with a code, words for a person and the input field concerned."""

    default_code: ClassVar[ErrorCode] = ErrorCode.INVALID_INPUT

    def __init__(self, message: str, *, code: ErrorCode | None = None, field: tuple[str, ...] = ()) -> None:
        """`code` is the class's own unless given; `field` is the path of the input field."""
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.field = field


class Refusal(DomainError):
    """The rules forbid what was asked; nothing was changed."""


class InvalidInput(Refusal):
    """A value has the wrong form."""


class NotFound(Refusal):
    """No such thing, or none that the caller may see: the two are never told apart."""


class Conflict(Refusal):
    """It would collide with what is there already."""


class Unfunded(Refusal):
    """The credits do not suffice; nothing moved."""

    default_code = ErrorCode.INSUFFICIENT_CREDITS


class RateLimited(Refusal):
    """What reaches outside has been wished for too often; `retry_after` says in how many seconds it may be again."""

    default_code = ErrorCode.RATE_LIMITED

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Denied(DomainError):
    """The request as a whole stops here."""


class Unauthenticated(Denied):
    """Nobody is signed in, or the credentials are wrong (which of them is never said)."""

    default_code = ErrorCode.UNAUTHENTICATED


class Forbidden(Denied):
    """The caller is known, and may not."""

    default_code = ErrorCode.FORBIDDEN


class AddressNotAllowed(Denied):
    """The user is restricted to other IP addresses."""

    default_code = ErrorCode.ADDRESS_NOT_ALLOWED


class Throttled(Denied):
    """Too many tries; `retry_after` says in how many seconds the next one is looked at."""

    default_code = ErrorCode.THROTTLED

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(Throttled):
    """The server can't just now, which is no fault of the caller's and none of the code's."""

    default_code = ErrorCode.UNAVAILABLE

    def __init__(
        self, message: str = "The server can't do this at present: try again.", *, retry_after: int = 1
    ) -> None:
        super().__init__(message, retry_after=retry_after)


class Overloaded(Unavailable):
    """The server has too much to do just now."""


class Lagging(Denied):
    """A listener has fallen too far behind; `position` is the number of the entry that it has come to.

    `cursor` is that position as the edge shows it, which puts it there.
    """

    default_code = ErrorCode.LAGGING

    def __init__(self, behind: int, *, position: int) -> None:
        super().__init__(
            f"You are {behind} entries behind: resume from this error's cursor, and read faster."
        )
        self.position = position
        self.cursor = ""


@contextmanager
def about(*field: str) -> Iterator[None]:
    """Point whatever is refused inside the block at an input field, which the checker does not know."""
    try:
        yield
    except DomainError as error:
        error.field = field
        raise
