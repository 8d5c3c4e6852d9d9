"""The fields of http2sms, in a query or a form."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import unquote_to_bytes

from starlette.requests import Request

from server.errors import InvalidInput
from server.web import multipart

MAX_INPUT_BYTES = 128 * 1024
"""The bound for a query and for a body: 1,000 receivers and 6 parts fit, all percent-encoded."""

MAX_FIELDS = 100

REQUIRED = ("account", "login", "password", "from", "to", "message")
CREDENTIALS = frozenset({"account", "login", "password"})
_OPTIONAL = (
    "deferred", "class", "noStop", "tag", "smsCoding", "contentType", "idempotencyKey", "senderForResponse",
)  # fmt: skip
_NAMES: Mapping[str, str] = MappingProxyType(
    {name.lower(): name for name in (*REQUIRED, *_OPTIONAL)} | {"smsencoding": "smsCoding"}
)
FLAGS: Mapping[str, bool] = MappingProxyType(
    dict.fromkeys(("1", "true", "yes", "on"), True) | dict.fromkeys(("0", "false", "no", "off"), False)
)

_FORM = "application/x-www-form-urlencoded"
# PHP's syntax for the entries of an array.
_RECEIVER_OF_LIST = re.compile(r"to\[[0-9]*\]", re.IGNORECASE)
_BROKEN_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")


Pair = tuple[str | None, str | None]
"""The name and the value of a field; None for a value that is not a text."""


class Unreadable(InvalidInput):
    """The request is refused before its fields are checked.

    `content_type` is the requested format of the answer, if it could be read. `http_status` is not 200 if the
    request could not be read at all.
    """

    def __init__(self, message: str, pairs: Iterable[Pair], *, http_status: int = 200) -> None:
        """`pairs` are the fields that could be read."""
        super().__init__(message)
        self.http_status = http_status
        wanted = (value for name, value in pairs if name is not None and name.lower() == "contenttype")
        self.content_type = next(wanted, None)


@dataclass(slots=True)
class Fields:
    """The fields of a request: values by name, and the faults of fields that could not be read.

    Names have the documented spelling, whatever the request's. A field without a value counts as absent, and
    unknown fields are ignored.
    """

    values: dict[str, str] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        """Return the value of a present field."""
        return self.values[name]

    def get(self, name: str) -> str | None:
        """Return the value of a field, or None."""
        return self.values.get(name)

    @property
    def missing(self) -> list[str]:
        """The required fields that were not given, in the order of the documentation."""
        chosen = {"from"} if self.wants_answers else set()
        return [name for name in REQUIRED if name not in {*self.values, *self.unreadable, *chosen}]

    @property
    def wants_answers(self) -> bool:
        """Whether the message should come from a number that receives replies."""
        return FLAGS.get((self.get("senderForResponse") or "").strip().lower(), False)

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
        """Add a field; None is a value that could not be decoded."""
        if value is None:
            self.unreadable[name] = "It is not UTF-8 text."
        elif value and self.values.setdefault(name, value) != value:
            self.unreadable[name] = "It is given twice, with different values."


async def read_fields(request: Request) -> Fields:
    """Return the fields of a request: of its query and, for a POST, of its form.

    Raises:
        Unreadable: the query or the body is longer than `MAX_INPUT_BYTES`, there are more than `MAX_FIELDS`,
            or the body is compressed or not a form.
        starlette.requests.ClientDisconnect: the caller went away.
    """
    query: bytes = request.scope["query_string"]
    pairs = url_encoded(query[:MAX_INPUT_BYTES])
    if len(query) > MAX_INPUT_BYTES:
        raise Unreadable(f"The query has more than {MAX_INPUT_BYTES} bytes.", pairs, http_status=413)
    if request.method == "POST":
        pairs += await _form(request, pairs)
    if len(pairs) > MAX_FIELDS:
        raise Unreadable(f"There are more than {MAX_FIELDS} fields.", pairs)
    return _fields(pairs)


def url_encoded(source: bytes) -> list[Pair]:
    """Return the fields of a URL-encoded text (WHATWG URL §5.1, decoded strictly), at most one too many."""
    pairs = [pair.partition(b"=") for pair in source.split(b"&") if pair]
    return [(_decode(name), _decode(value)) for name, _, value in pairs[: MAX_FIELDS + 1]]


def _fields(pairs: Iterable[Pair]) -> Fields:
    fields, listed = Fields(), []
    for name, value in pairs:
        if name is None:
            fields.add("field name", None)
        elif _RECEIVER_OF_LIST.fullmatch(name) and value is not None:
            listed.append(value)
        else:
            known = _NAMES.get(_RECEIVER_OF_LIST.sub("to", name).lower())
            if known is not None:
                fields.add(known, value)
    fields.add("to", ",".join(listed))
    return fields


def receivers(text: str) -> tuple[str, ...]:
    """Return the receivers of a `to` field, without the empty ones of stray commas."""
    return tuple(_receivers(text))


def line_breaks(text: str) -> str:
    """Return a text with each carriage return, alone or before a line feed, replaced by one line feed."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _receivers(text: str) -> Iterator[str]:
    for item in text.split(","):
        if item:
            yield item


async def _form(request: Request, known: list[Pair]) -> list[Pair]:
    """Return the fields of a form; `known` are those of the query."""
    content_type = request.headers.get("Content-Type", _FORM)
    media_type = content_type.partition(";")[0].strip().lower()
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise Unreadable("The body of a POST can't have a Content-Encoding.", known, http_status=415)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_INPUT_BYTES:
            begun = _read(bytes(body), media_type, content_type)
            reason = f"The body has more than {MAX_INPUT_BYTES} bytes."
            raise Unreadable(reason, known + begun.pairs, http_status=413)
    if body and media_type not in {_FORM, multipart.MEDIA_TYPE}:
        raise Unreadable(f"The body of a POST is {_FORM} or {multipart.MEDIA_TYPE}.", known)
    form = _read(bytes(body), media_type, content_type)
    if form.fault is not None:
        raise Unreadable(form.fault, known + form.pairs)
    return form.pairs


@dataclass(slots=True)
class _Form:
    """The fields of a body, up to its first fault if it has one."""

    pairs: list[Pair] = field(default_factory=list)
    fault: str | None = None


def _read(body: bytes, media_type: str, content_type: str) -> _Form:
    if not body or media_type != multipart.MEDIA_TYPE:
        return _Form(url_encoded(body) if media_type == _FORM else [])
    form = _Form()
    try:
        for name, value in multipart.parts(body, content_type, MAX_FIELDS):
            form.pairs.append((_text(name), _text(value)))
    except InvalidInput as error:
        form.fault = error.message
    return form


def _decode(raw: bytes) -> str | None:
    """Return the text, or None for a broken escape, for invalid UTF-8, and for a NUL.

    PostgreSQL can't store a NUL, and no field needs one.
    """
    if b"%" in raw and _BROKEN_ESCAPE.search(raw):
        return None
    raw = raw.replace(b"+", b" ")
    return _text(unquote_to_bytes(raw) if b"%" in raw else raw)


def _text(raw: bytes) -> str | None:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text
