"""The fields of http2sms, as they stand in a query or in a form."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import unquote_to_bytes

from starlette.requests import Request

from server.errors import InvalidInput

MAX_INPUT_BYTES = 128 * 1024
"""What a query and a body may have each: 1,000 receivers and 6 parts, all percent-encoded, fit in."""

MAX_FIELDS = 100

REQUIRED = ("account", "login", "password", "from", "to", "message")
CREDENTIALS = frozenset({"account", "login", "password"})
_OPTIONAL = ("deferred", "class", "noStop", "tag", "smsCoding", "contentType", "idempotencyKey")
_NAMES: Mapping[str, str] = MappingProxyType(
    {name.lower(): name for name in (*REQUIRED, *_OPTIONAL)} | {"smsencoding": "smsCoding"}
)

_FORM = "application/x-www-form-urlencoded"
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


class TooLarge(InvalidInput):
    """The query or the body has more bytes than are looked at."""


@dataclass(slots=True)
class Fields:
    """What was given: values by name, and what is wrong with those fields that could not be read.

    Names are in the spelling of the documentation, whatever the request's. A field without a value
    is as good as absent, and one that http2sms does not know is passed over.
    """

    values: dict[str, str] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        """Return the value of a field that is known to be there."""
        return self.values[name]

    def get(self, name: str) -> str | None:
        """Return the value of a field, or None."""
        return self.values.get(name)

    @property
    def missing(self) -> list[str]:
        """The required fields that were not given, in the order of the documentation."""
        return [name for name in REQUIRED if name not in self.values and name not in self.unreadable]

    @property
    def credentials_readable(self) -> bool:
        """Whether account, login and password could all be read."""
        return CREDENTIALS.isdisjoint(self.unreadable)

    def check_readable(self) -> None:
        """Check the form of all fields.

        Raises:
            InvalidInput: a field could not be read; `field` is its name.
        """
        for name, reason in self.unreadable.items():
            raise InvalidInput(reason, field=(name,))

    def add(self, name: str, value: str | None) -> None:
        """Take in one more field; None is a value that could not be decoded."""
        if value is None:
            self.unreadable[name] = "It is not UTF-8 text in percent-encoding."
        elif value and self.values.setdefault(name, value) != value:
            self.unreadable[name] = "It is given twice, with different values."


async def read_fields(request: Request) -> Fields:
    """Return the fields of a request: those of its query, and of its form where it is a POST.

    Raises:
        TooLarge: the query or the body is longer than `MAX_INPUT_BYTES`.
        InvalidInput: there are more than `MAX_FIELDS`, or the body is no form.
        starlette.requests.ClientDisconnect: the caller went away.
    """
    query: bytes = request.scope["query_string"]
    if len(query) > MAX_INPUT_BYTES:
        raise TooLarge(f"The query has more than {MAX_INPUT_BYTES} bytes.")
    return parse_fields(query, await _form(request) if request.method == "POST" else b"")


def parse_fields(*sources: bytes) -> Fields:
    """Return the fields of some URL-encoded texts (WHATWG URL §5.1, but strict in decoding).

    Raises:
        InvalidInput: there are more than `MAX_FIELDS`.
    """
    pairs = [pair for source in sources for pair in source.split(b"&") if pair]
    if len(pairs) > MAX_FIELDS:
        raise InvalidInput(f"There are more than {MAX_FIELDS} fields.")
    fields = Fields()
    for pair in pairs:
        raw_name, _, raw_value = pair.partition(b"=")
        name = _decode(raw_name)
        if name is None:
            fields.add("field name", None)
        elif name.lower() in _NAMES:
            fields.add(_NAMES[name.lower()], _decode(raw_value))
    return fields


def receivers(text: str) -> tuple[str, ...]:
    """Return the receivers of a `to` field; what a stray comma leaves empty is passed over."""
    return tuple(_receivers(text))


def line_breaks(text: str) -> str:
    """Return a text with each carriage return, alone or before a line feed, as one line feed."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _receivers(text: str) -> Iterator[str]:
    for item in text.split(","):
        receiver = item.strip()
        # A plus sign that was not percent-encoded has become a space. No number begins with +00, so a
        # space that merely follows a comma does no harm there.
        if receiver and item.startswith(" ") and not receiver.startswith(("+", "00")):
            receiver = "+" + receiver
        if item:
            yield receiver


async def _form(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_INPUT_BYTES:
            raise TooLarge(f"The body has more than {MAX_INPUT_BYTES} bytes.")
    media_type = request.headers.get("Content-Type", _FORM).partition(";")[0].strip().lower()
    if body and media_type != _FORM:
        raise InvalidInput(f"The body of a POST is {_FORM}.")
    return bytes(body)


def _decode(raw: bytes) -> str | None:
    """Return the text, or None for a broken escape, for what is not UTF-8, and for a NUL.

    PostgreSQL stores no NUL, and none belongs into any field.
    """
    if b"%" in raw and _BROKEN_ESCAPE.search(raw):
        return None
    raw = raw.replace(b"+", b" ")
    try:
        text = (unquote_to_bytes(raw) if b"%" in raw else raw).decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text
