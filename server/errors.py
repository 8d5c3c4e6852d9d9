"""All refusals of Chappe, as one tree of exceptions.

    DomainError
    ├── Refusal            the caller asked for something the rules forbid: `userErrors`, http2sms 202
    │   ├── InvalidInput   a value has the wrong form
    │   ├── NotFound       it does not exist, or the caller may not see it
    │   ├── Conflict       it collides with something that exists
    │   ├── Unfunded       there are not enough credits
    │   └── RateLimited    too many calls, mails or SMS to the outside
    └── Denied             the whole request stops: `errors[].extensions.code`
        ├── Unauthenticated
        ├── Forbidden
        ├── AddressNotAllowed
        ├── Throttled
        │   └── Unavailable      the server can't do it now: try again later
        │       └── Overloaded
        └── Lagging              a subscriber reads too slowly

An error has a code of `ErrorCode`, a message for people and the input field that it is about. It never has an
HTTP status: the edges map codes to statuses. Any other exception is a bug of ours: the edges mask it and log
it with the request id.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import ClassVar, Self


class ErrorCode(StrEnum):
    """The reason for a refusal, for programs. It is stable; each member says when it is given."""

    description: str

    def __new__(cls, value: str, description: str) -> Self:
        """Keep the description with the value, so that the API can show it."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.description = description
        return member

    INVALID_INPUT = "INVALID_INPUT", "A value has the wrong format; the message says which one is expected."
    INVALID_LOGIN = (
        "INVALID_LOGIN",
        "A login has to be 1 to 40 ASCII letters, digits, periods, underscores or hyphens.",
    )
    INVALID_PASSWORD = (
        "INVALID_PASSWORD",
        "A user's password has to be exactly 8 ASCII letters or digits; a holder's, at least 12 characters.",
    )
    INVALID_AMOUNT = (
        "INVALID_AMOUNT",
        "An amount of credits is negative, too large, zero where zero is not allowed, or has more than three decimals.",
    )
    INVALID_THRESHOLD = "INVALID_THRESHOLD", "A limit's threshold has to be at least 1 credit."
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
    INVALID_SENDER = "INVALID_SENDER", "A sender name has a format that networks do not carry."
    INVALID_ACCOUNT_NAME = (
        "INVALID_ACCOUNT_NAME",
        "An account name has to be 'sms-' followed by lower-case letters, digits and hyphens, at most 40 characters.",
    )
    INVALID_TIME_ZONE = "INVALID_TIME_ZONE", "A time zone is not in the IANA database."
    INVALID_TEMPLATE = (
        "INVALID_TEMPLATE",
        "An alert's text is empty or too long, or has an unknown variable, a single brace or a control character.",
    )
    INVALID_TEXT = (
        "INVALID_TEXT",
        "A one-line text has a control character, a line break, or a mark that changes its direction.",
    )
    INVALID_DATE = "INVALID_DATE", "A date is malformed, in the past, or more than a year ahead."
    INVALID_TAG = (
        "INVALID_TAG",
        "A tag has to be at most 20 characters on one line, without control characters.",
    )
    INVALID_IDEMPOTENCY_KEY = (
        "INVALID_IDEMPOTENCY_KEY",
        "An idempotency key has to be 1 to 64 printable ASCII characters.",
    )
    EMPTY_MESSAGE = "EMPTY_MESSAGE", "A message has no text, or only white space."
    MESSAGE_TOO_LONG = "MESSAGE_TOO_LONG", "A message needs more parts than the server allows."
    CODING_MISMATCH = (
        "CODING_MISMATCH",
        "7-bit coding was requested, but the text has a character outside GSM 03.38.",
    )
    NO_RECEIVERS = "NO_RECEIVERS", "No receiver was given."
    TOO_MANY_RECEIVERS = "TOO_MANY_RECEIVERS", "At most 1,000 receivers may be given in one request."
    DUPLICATE_RECEIVER = "DUPLICATE_RECEIVER", "The receiver is listed twice; it is sent to once."
    RECEIVER_BLACKLISTED = "RECEIVER_BLACKLISTED", "The receiver asked this account to stop."
    NO_RATE = "NO_RATE", "The receiver's country has no rate."
    UNKNOWN_ACCOUNT = "UNKNOWN_ACCOUNT", "There is no such account, or you may not use it."
    UNKNOWN_HOLDER = "UNKNOWN_HOLDER", "There is no holder with this e-mail address."
    UNKNOWN_USER = "UNKNOWN_USER", "There is no such user, or you may not use it."
    UNKNOWN_SENDER = "UNKNOWN_SENDER", "The sender is not declared on this account."
    UNKNOWN_MESSAGE = "UNKNOWN_MESSAGE", "There is no such message, or you may not see it."
    UNKNOWN_TOKEN = "UNKNOWN_TOKEN", "You have no such access token."
    UNKNOWN_CONTACT = "UNKNOWN_CONTACT", "No limit of the account sends its alerts to this address or number."
    UNKNOWN_SESSION = "UNKNOWN_SESSION", "There is no such session, or you may not see it."
    UNKNOWN_NUMBER = "UNKNOWN_NUMBER", "The number is not on this account's blacklist."
    UNKNOWN_LINK = "UNKNOWN_LINK", "There is no link with this name."
    SENDER_NOT_ENABLED = "SENDER_NOT_ENABLED", "The sender is declared but not enabled."
    ACCOUNT_DISABLED = "ACCOUNT_DISABLED", "The account is disabled."
    USER_DISABLED = "USER_DISABLED", "The user is disabled."
    ACCOUNT_NAME_TAKEN = "ACCOUNT_NAME_TAKEN", "An account has or had this name."
    LOGIN_TAKEN = "LOGIN_TAKEN", "A user of this account already has this login."
    SENDER_TAKEN = "SENDER_TAKEN", "This sender is already declared on the account."
    LINK_PASSWORD_NEEDED = (
        "LINK_PASSWORD_NEEDED",
        "To send a link to another host or port, or to turn off TLS, give its password again.",
    )
    LINK_NAME_TAKEN = "LINK_NAME_TAKEN", "A link already has this name, or the server reserves it."
    LAST_LINK = (
        "LAST_LINK",
        "Messages are waiting to be sent and this is the last link. You can disable it instead.",
    )
    LAST_OPERATOR = "LAST_OPERATOR", "This is the last operator who can sign in."
    WRONG_PASSWORD = "WRONG_PASSWORD", "The current password is wrong."
    EMAIL_TAKEN = "EMAIL_TAKEN", "A holder already has this e-mail address."
    IDEMPOTENCY_KEY_REUSED = (
        "IDEMPOTENCY_KEY_REUSED",
        "The idempotency key was used before with another input.",
    )
    SAME_ACCOUNT = "SAME_ACCOUNT", "Credits can only move between two different accounts of the same holder."
    QUOTA_IS_OFF = "QUOTA_IS_OFF", "The user has no quota to adjust."
    ALREADY_SUBMITTED = "ALREADY_SUBMITTED", "The message was claimed or has ended, so it can't be cancelled."
    NO_CALLBACK_URL = "NO_CALLBACK_URL", "Neither the user nor the account has a callback URL."
    CALLBACK_DISABLED = "CALLBACK_DISABLED", "The callback URL is disabled; setting it again enables it."
    CONTACT_REFUSED = (
        "CONTACT_REFUSED",
        "The owner of this address or number refused all messages from this account.",
    )
    CONFIRMATION_EXPIRED = (
        "CONFIRMATION_EXPIRED",
        "The code has expired, or was guessed too often: request a new one.",
    )
    WRONG_CODE = "WRONG_CODE", "This is not the code in the latest SMS."
    INSUFFICIENT_CREDITS = "INSUFFICIENT_CREDITS", "There are not enough credits left; nothing was moved."
    UNAUTHENTICATED = "UNAUTHENTICATED", "The caller is not signed in, or the credentials are wrong."
    FORBIDDEN = "FORBIDDEN", "The caller is signed in but may not do or see this."
    ADDRESS_NOT_ALLOWED = "ADDRESS_NOT_ALLOWED", "This user may not act from this IP address."
    THROTTLED = "THROTTLED", "Too many attempts; the message says when to try again."
    RATE_LIMITED = (
        "RATE_LIMITED",
        "Too many requests lately for this account, or to this host, address or number; nothing was done.",
    )
    UNAVAILABLE = (
        "UNAVAILABLE",
        "The server can't do this now, for example because its database is down: try again after `retryAfter` seconds.",
    )
    CURSOR_EXPIRED = (
        "CURSOR_EXPIRED",
        "The entries after this cursor are no longer kept, or a backup was restored: start again without a cursor.",
    )
    LAGGING = (
        "LAGGING",
        "You read too slowly; resume from the error's `cursor` and you miss nothing.",
    )


class DomainError(Exception):
    """Anything that Chappe refuses, with a code, a message for people and the input field."""

    default_code: ClassVar[ErrorCode] = ErrorCode.INVALID_INPUT

    def __init__(self, message: str, *, code: ErrorCode | None = None, field: tuple[str, ...] = ()) -> None:
        """`code` is the class's own by default; `field` is the path of the input field."""
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.field = field


class Refusal(DomainError):
    """The rules forbid the request; nothing was changed."""


class InvalidInput(Refusal):
    """A value has the wrong format."""


class NotFound(Refusal):
    """It does not exist, or the caller may not see it: the error never says which."""


class Conflict(Refusal):
    """It collides with something that exists."""


class Unfunded(Refusal):
    """There are not enough credits; nothing was moved."""

    default_code = ErrorCode.INSUFFICIENT_CREDITS


class RateLimited(Refusal):
    """Too many calls, mails or SMS to the outside; `retry_after` is how many seconds to wait."""

    default_code = ErrorCode.RATE_LIMITED

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Denied(DomainError):
    """The whole request stops here."""


class Unauthenticated(Denied):
    """Nobody is signed in, or the credentials are wrong; the error never says which."""

    default_code = ErrorCode.UNAUTHENTICATED


class Forbidden(Denied):
    """The caller is known but has no right to do this."""

    default_code = ErrorCode.FORBIDDEN


class AddressNotAllowed(Denied):
    """The user may only act from other IP addresses."""

    default_code = ErrorCode.ADDRESS_NOT_ALLOWED


class Throttled(Denied):
    """Too many attempts; `retry_after` is how many seconds to wait."""

    default_code = ErrorCode.THROTTLED

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(Throttled):
    """The server can't do it now; neither the caller nor the code is at fault."""

    default_code = ErrorCode.UNAVAILABLE

    def __init__(
        self, message: str = "The server can't do this now: try again.", *, retry_after: int = 1
    ) -> None:
        super().__init__(message, retry_after=retry_after)


class Overloaded(Unavailable):
    """The server has too much work now."""


class Lagging(Denied):
    """A subscriber is too far behind; `position` is the number of the last entry that it got.

    The edge sets `cursor`, which is that position as it shows it.
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
    """Set the input field of any error raised in the block, because the checker does not know it."""
    try:
        yield
    except DomainError as error:
        error.field = field
        raise
