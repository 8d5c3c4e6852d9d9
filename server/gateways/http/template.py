"""Templates: from a message to its request. Variables are escaped as they are filled in."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import orjson

from server.errors import ErrorCode, InvalidInput, about
from server.gateways.http.signatures import CallSignature, RequestSigning, Signing
from server.kit.http_exchange import HttpRequest
from server.kit.redaction import is_sensitive
from server.rules.callbacks.addresses import AddressPolicy, is_plain_host
from server.rules.links.http import BodyFormat, HttpMethod, MessagePaths, ReceiptPaths
from server.rules.messages.segments import Coding

VARIABLE = re.compile(r"\{([a-z_]+)\}")
NUMBERS = frozenset({"validity_seconds", "validity_minutes"})
SECRETS = frozenset({"password", "second_key"})
_OF_LINK = frozenset({"user", "account", "receipts_url"})
_OF_MESSAGE = frozenset({"receiver", "receiver_digits", "sender", "text", "id", "coding", "class", *NUMBERS})
VARIABLES = SECRETS | _OF_LINK | _OF_MESSAGE
# A header can't have the message's text or its sender, which may contain any characters.
_IN_HEADERS = SECRETS | _OF_LINK | {"receiver", "receiver_digits", "id"}

_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")
_PRINTABLE = re.compile(r"[\x20-\x7e]{0,1000}")
_FORBIDDEN_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection", "content-type"})
_PORTS: Mapping[str, int] = MappingProxyType({"http": 80, "https": 443})


@dataclass(frozen=True, slots=True)
class Meaning:
    """The meaning of a reason: the ptt that a message ends with, at once or after trying `again`."""

    ptt: int
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """How one API takes a message, answers, and calls us.

    `codings` and `classes` have the API's names, in the order of ours. A message without a class gets the
    second (the phone's memory). `refusals` has the meanings of reasons, by the API's code or the HTTP status,
    `rejected_ptt` the meaning of any other reason in an answer with a successful status, and `statuses` the
    meanings of receipts' words, with or without the reason after a colon. Words in `unbilled` end a message
    not billed. With `error_is_ptt` the reason of a receipt is a ptt code.
    """

    url: str = ""
    method: HttpMethod = HttpMethod.POST
    headers: tuple[tuple[str, str], ...] = ()
    body_format: BodyFormat = BodyFormat.JSON
    body: str = ""
    basic_auth: bool = False
    signing: RequestSigning = RequestSigning.NONE
    call_signature: CallSignature = CallSignature.NONE
    codings: tuple[str, str] = (Coding.GSM_7BIT.name, Coding.UNICODE.name)
    classes: tuple[str, str, str, str] = ("0", "1", "2", "3")
    max_validity_seconds: int = 2_678_399
    id_path: str = ""
    error_path: str = ""
    refusals: Mapping[str, Meaning] = field(default_factory=dict)
    rejected_ptt: int = 5
    receipts: ReceiptPaths = field(default_factory=ReceiptPaths)
    statuses: Mapping[str, int] = field(default_factory=dict)
    unbilled: frozenset[str] = frozenset()
    error_is_ptt: bool = False
    messages: MessagePaths = field(default_factory=MessagePaths)

    @property
    def used(self) -> frozenset[str]:
        """The variables that it uses."""
        texts = (self.url, self.body, *(value for _, value in self.headers))
        return frozenset(name for text in texts for name in VARIABLE.findall(text))


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a template's requests go."""

    host: str
    port: int
    tls: bool


def endpoint(url: str) -> Endpoint:
    """Return the endpoint of a checked URL."""
    parts = urlsplit(url)
    return Endpoint(parts.hostname or "", parts.port or _PORTS[parts.scheme], parts.scheme == "https")


def check_template(template: Template, policy: AddressPolicy) -> None:
    """Check that a template can be filled in for every message.

    Raises:
        InvalidInput: a part of it has the wrong form, names an unknown variable, or contains a secret in
            clear text.
    """
    with about("http", "url"):
        _check_url(template.url, policy)
    with about("http", "headers"):
        for name, value in template.headers:
            _check_header(name, value)
    with about("http", "body"):
        _check_body(template)


def render(
    template: Template, values: Mapping[str, str | int], keys: Signing, *, timestamp: int
) -> HttpRequest:
    """Return the request for a message; `timestamp` is in seconds, for APIs that sign it."""
    head, mark, query = template.url.partition("?")
    url = _filled(head, values, _quoted) + mark + _filled(query, values, _quoted)
    body = _body(template, values)
    headers = {"Accept": "application/json"}
    headers |= {name: _filled(value, values, _one_line) for name, value in template.headers}
    if body:
        is_json = template.body_format is BodyFormat.JSON
        headers["Content-Type"] = "application/json" if is_json else "application/x-www-form-urlencoded"
    if template.basic_auth:
        headers["Authorization"] = "Basic " + b64encode(f"{keys.user}:{keys.password}".encode()).decode()
    method = template.method.value
    headers |= template.signing.headers(keys, method, url, body, timestamp)
    return HttpRequest(method=method, url=url, headers=headers, body=body)


def _body(template: Template, values: Mapping[str, str | int]) -> bytes:
    if not template.body or template.method is HttpMethod.GET:
        return b""
    if template.body_format is BodyFormat.FORM:
        pairs = parse_qsl(template.body, keep_blank_values=True)
        return urlencode([(name, _filled(value, values, str)) for name, value in pairs]).encode()
    return orjson.dumps(_filled_json(orjson.loads(template.body), values))


def _filled_json(part: Any, values: Mapping[str, str | int]) -> Any:
    """Return a part of a JSON document, filled in. A string that is a number's variable becomes a number."""
    if isinstance(part, str):
        whole = VARIABLE.fullmatch(part)
        return values[whole[1]] if whole and whole[1] in NUMBERS else _filled(part, values, str)
    if isinstance(part, list):
        return [_filled_json(item, values) for item in part]
    if isinstance(part, dict):
        return {name: _filled_json(value, values) for name, value in part.items()}
    return part


def _filled(text: str, values: Mapping[str, str | int], escape: Callable[[str], str]) -> str:
    """Return a text with its variables filled in. Variables in their values are not filled in."""
    return VARIABLE.sub(lambda found: escape(str(values[found[1]])) if found[1] in values else found[0], text)


def _quoted(value: str) -> str:
    return quote(value, safe="")


def _one_line(value: str) -> str:
    return "".join(char for char in value if char.isascii() and char.isprintable())


def _check_url(url: str, policy: AddressPolicy) -> None:
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise InvalidInput("This is not a URL.") from error
    host = parts.hostname or ""
    if parts.scheme not in _PORTS or not host or parts.username is not None or parts.fragment:
        raise InvalidInput("A URL is written as https://host/path, without a user, a password or a fragment.")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise InvalidInput("A URL has only printable ASCII characters, and no space.")
    if "{" in parts.netloc or not is_plain_host(host):
        raise InvalidInput("The host of a URL is a name or an IP address, and has no variables.")
    if not policy.names(host, port):
        raise InvalidInput(
            "This address may not be called: CHAPPE_OPERATOR_ALLOWED_NETWORKS and _PORTS say which may.",
            code=ErrorCode.URL_NOT_ALLOWED,
        )
    _check_variables(url, VARIABLES)
    _check_secrets(parse_qsl(parts.query, keep_blank_values=True))


def _check_header(name: str, value: str) -> None:
    if _HEADER_NAME.fullmatch(name) is None or name.lower() in _FORBIDDEN_HEADERS:
        raise InvalidInput(
            "A header's name is letters, digits and hyphens, and none that the request has itself."
        )
    if _PRINTABLE.fullmatch(value) is None:
        raise InvalidInput("A header's value is at most 1,000 printable ASCII characters.")
    _check_variables(value, _IN_HEADERS)
    _check_secrets([(name, value)])


def _check_body(template: Template) -> None:
    _check_variables(template.body, VARIABLES)
    if not template.body:
        return
    if template.body_format is BodyFormat.FORM:
        _check_secrets(parse_qsl(template.body, keep_blank_values=True))
        return
    try:
        document = orjson.loads(template.body)
    except orjson.JSONDecodeError as error:
        raise InvalidInput("This is not JSON; variables are only allowed in its strings.") from error
    _check_secrets(_pairs(document))


def _pairs(part: Any) -> Iterable[tuple[str, str]]:
    if isinstance(part, list):
        for item in part:
            yield from _pairs(item)
    if isinstance(part, dict):
        for name, value in part.items():
            if isinstance(value, str):
                yield name, value
            yield from _pairs(value)


def _check_variables(text: str, known: frozenset[str]) -> None:
    for name in VARIABLE.findall(text):
        if name not in known:
            raise InvalidInput(f"There is no {{{name}}} here, only {', '.join(sorted(known))}.")


def _check_secrets(pairs: Iterable[tuple[str, str]]) -> None:
    for name, value in pairs:
        if value and is_sensitive(name) and not SECRETS & set(VARIABLE.findall(value)):
            raise InvalidInput(
                f"{name[:40]} holds a secret, which is kept encrypted: set it as password or secondKey, and "
                "write {password} or {second_key} here."
            )
