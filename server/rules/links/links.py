"""The settings of a link to an operator."""

import re
from collections.abc import Sequence
from ipaddress import ip_address

from server.errors import InvalidInput
from server.kit.described_enums import DescribedStr
from server.rules.links.tables import RefusalEntry

DEFAULT_LINK = "smpp"
"""The name of the link that CHAPPE_SMPP_URL stands for."""

MAX_PORT = 65_535
MAX_BINDS = 10
MAX_WINDOW = 1_000
MAX_PER_SECOND = 1_000
MAX_PRIORITY = 1_000
MAX_OCTET = 255
MAX_PTT = 9_999
MAX_STATUS = 2**31 - 1
MIN_ENQUIRE_SECONDS = 5
MAX_ENQUIRE_SECONDS = 3_600
MAX_RESPONSE_SECONDS = 300
MAX_PRIORITY_FLAG = 3
MIN_VALIDITY_SECONDS = 60
MAX_RESENDS = 10
MAX_ENTRIES = 200
"""The most entries of a table, or of prefixes or countries."""

VARIABLE_PREFIX = "CHAPPE_LINK_"
"""The prefix of variables with passwords: an operator can point a link at any host, and must not be able to send
the machine's other secrets there."""

_ALL_RECEIPTS = 0x1F
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_LABELS = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*\.?")
_MAX_HOST = 253
_PRINTABLE = re.compile(r"[\x20-\x7e]*")
_PRINTABLE_LATIN_1 = re.compile(r"[\x20-\x7e\xa0-\xff]{0,64}")
_VARIABLE = re.compile(VARIABLE_PREFIX + r"[A-Z0-9_]{1,80}")
_PREFIX = re.compile(r"\+[1-9][0-9]{0,14}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_STAT = re.compile(r"[A-Za-z_]{1,20}")
_ERR = re.compile(r"[A-Za-z0-9]{0,10}")


class LinkKind(DescribedStr):
    """A link's protocol."""

    SMPP = "SMPP", "SMPP 3.4: sessions that stay open."
    HTTP = (
        "HTTP",
        "An operator's HTTP API: each message is a request, and the operator calls us with receipts.",
    )


class UnknownOutcome(DescribedStr):
    """What happens to a message that the operator may have, because it was submitted but got no response."""

    SERVER_SETTING = "SERVER_SETTING", "Use CHAPPE_UNKNOWN_OUTCOME and CHAPPE_UNKNOWN_OUTCOME_RESENDS."
    RESEND = (
        "RESEND",
        "It is submitted again, alone and a limited number of times; then it ends as FAILED with ptt 6.",
    )
    FAIL = "FAIL", "It ends as FAILED with ptt 6 and is not refunded."


def max_resends(outcome: UnknownOutcome, resends: int) -> int | None:
    """Return how often to submit again after an unknown outcome; None uses the server's setting."""
    return {UnknownOutcome.SERVER_SETTING: None, UnknownOutcome.FAIL: 0}.get(outcome, resends)


def check_link_name(text: str) -> str:
    """Return a link's name: lower-case letters, digits and hyphens, at most 40 characters."""
    return _check(
        _NAME, text, "A link's name has to be lower-case letters, digits or hyphens, at most 40 characters."
    )


def check_host(text: str) -> str:
    """Return a host: a name in ASCII, or an IP address."""
    try:
        return str(ip_address(text))
    except ValueError:
        words = "A host has to be a name like smsc.example.com, or an IP address."
        return _check(_LABELS, text if len(text) <= _MAX_HOST else "", words)


def check_printable(text: str, longest: int, *, shortest: int = 0) -> str:
    """Return a text that is sent to the operator as it is: printable ASCII of allowed length."""
    words = f"This has to be {shortest} to {longest} printable ASCII characters."
    return _check(_PRINTABLE, text if shortest <= len(text) <= longest else "\0", words)


def check_password(text: str) -> str:
    """Return a link's password: up to 64 printable characters of Latin-1 (the specification allows 8)."""
    return _check(
        _PRINTABLE_LATIN_1, text, "A link's password can have up to 64 printable characters of Latin-1."
    )


def check_variable(text: str) -> str:
    """Return the name of the environment variable that holds a password."""
    words = f"The variable's name has to be {VARIABLE_PREFIX} and capital letters, digits or underscores."
    return _check(_VARIABLE, text, words)


def check_between(value: int, minimum: int, maximum: int) -> int:
    """Return a number that is within its limits."""
    if not minimum <= value <= maximum:
        raise InvalidInput(f"This has to be {minimum} to {maximum}.")
    return value


def check_registered_delivery(bits: int) -> int:
    """Return a value of `registered_delivery` that is valid in SMPP 3.4 (§5.2.17).

    The lowest two bits request a receipt of the final state (1) or only of a failure (2); the next two,
    acknowledgements by the phone; 16, intermediate notifications.
    """
    if not 0 <= bits <= _ALL_RECEIPTS or bits & 0x03 == 0x03:  # noqa: PLR2004 reserved
        raise InvalidInput(
            "This has to be 0 for no receipts, 1 for final ones or 2 for failures; 16 adds intermediate ones."
        )
    return bits


def check_validity(seconds: int, maximum: int) -> int:
    """Return the longest validity of messages, in seconds; 0 leaves it to the operator."""
    if seconds and not MIN_VALIDITY_SECONDS <= seconds <= maximum:
        raise InvalidInput(
            f"This has to be {MIN_VALIDITY_SECONDS} to {maximum}, or 0 to leave it to the operator."
        )
    return seconds


def check_prefixes(texts: Sequence[str]) -> list[str]:
    """Return the prefixes of receivers, without repeats: a plus sign and up to 15 digits."""
    words = "A prefix has to be a plus sign and digits, like +447."
    return [_check(_PREFIX, text, words) for text in _distinct(texts)]


def check_countries(texts: Sequence[str]) -> list[str]:
    """Return the countries of receivers, without repeats: two letters of ISO 3166-1."""
    words = "A country has to be its two letters in ISO 3166-1, like FR."
    return [_check(_COUNTRY, text, words) for text in _distinct(texts)]


def check_stat(text: str) -> str:
    """Return a receipt's `stat` as an operator writes it."""
    return _check(_STAT, text, "A stat has to be a word of letters, like UNDELIV.")


def check_err(text: str) -> str:
    """Return a receipt's `err` as an operator writes it; an empty one stands for any."""
    return _check(_ERR, text, "An err has to be up to 10 letters or digits, or empty for any.")


def check_refusals(entries: Sequence[RefusalEntry]) -> list[RefusalEntry]:
    """Return a table of refusals if no status is listed twice."""
    check_length(entries)
    for entry in entries:
        check_between(entry.status, 1, MAX_STATUS)
        check_between(entry.ptt, 0, MAX_PTT)
    if len({entry.status for entry in entries}) < len(entries):
        raise InvalidInput("A status is listed twice.")
    return list(entries)


def check_length(entries: Sequence[object]) -> None:
    """Check that a table of a link is not too long."""
    if len(entries) > MAX_ENTRIES:
        raise InvalidInput(f"At most {MAX_ENTRIES} entries are allowed.")


def _distinct(texts: Sequence[str]) -> list[str]:
    check_length(texts)
    return list(dict.fromkeys(texts))


def _check(form: re.Pattern[str], text: str, words: str) -> str:
    if form.fullmatch(text) is None:
        raise InvalidInput(words)
    return text
