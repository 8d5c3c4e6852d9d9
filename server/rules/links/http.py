"""The words and bounds of what may be set for a link over HTTP, and the form in which it is kept."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import orjson

from server.kit.described_enums import DescribedStr

MAX_URL_CHARS = 2_000
MAX_BODY_CHARS = 8_000
MAX_PATH_CHARS = 200
MAX_USER_CHARS = 200
MAX_PASSWORD_CHARS = 250
MAX_SECOND_KEY_CHARS = 4_000
MAX_HEADERS = 20


class HttpPreset(DescribedStr):
    """An API whose template is known; what is set beside it goes before."""

    OVHCLOUD = "OVHCLOUD", "OVHcloud: POST /sms/{serviceName}/jobs, with signed requests."
    TWILIO = "TWILIO", "Twilio: the Messages resource, with signed calls of ours."
    SMSGATE = "SMSGATE", "SMSGate, the gateway that an Android phone is, by its cloud or its own server."


class HttpMethod(DescribedStr):
    """The method of the request that hands a message over."""

    GET = "GET", "All of it in the URL."
    POST = "POST", "What most APIs take."
    PUT = "PUT", "What some APIs take."


class BodyFormat(DescribedStr):
    """What the body of a request is."""

    JSON = "JSON", "JSON, in whose strings variables may stand."
    FORM = "FORM", "A form like `to={receiver}&text={text}`, whose values are escaped as they are filled in."


class CallKind(DescribedStr):
    """What an operator calls us for."""

    RECEIPTS = "receipts", "It says what became of messages."
    MESSAGES = "messages", "It passes a message on that a phone has sent."


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptPaths:
    """Where in a call things stand that say what became of a message, like `payload.messageId`."""

    id: str = ""
    status: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePaths:
    """Where in a call things stand that pass on a message from a phone."""

    id: str = ""
    sender: str = ""
    receiver: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpOptions:
    """What is set for a link over HTTP and for no other; None and empty values leave it to the preset.

    `user` and `account` stand for `{user}` and `{account}`. The paths tell where in the answer the id stands
    that receipts bear, and where what says why a message was refused.
    """

    preset: HttpPreset | None = None
    url: str | None = None
    method: HttpMethod | None = None
    headers: tuple[tuple[str, str], ...] | None = None
    body_format: BodyFormat | None = None
    body: str | None = None
    user: str = ""
    account: str = ""
    basic_auth: bool | None = None
    id_path: str | None = None
    error_path: str | None = None
    receipts: ReceiptPaths | None = None
    messages: MessagePaths | None = None

    def kept(self) -> str:
        """Return them in the form in which they are kept."""
        return orjson.dumps(self).decode()

    @classmethod
    def of(cls, kept: str) -> "HttpOptions":
        """Return the options from the form in which they are kept."""
        values: dict[str, Any] = orjson.loads(kept)
        for name, kind in (("preset", HttpPreset), ("method", HttpMethod), ("body_format", BodyFormat)):
            values[name] = None if values.get(name) is None else kind(values[name])
        if values.get("headers") is not None:
            values["headers"] = tuple((name, value) for name, value in values["headers"])
        for name, paths in (("receipts", ReceiptPaths), ("messages", MessagePaths)):
            values[name] = None if values.get(name) is None else paths(**values[name])
        return cls(**values)


@dataclass(frozen=True, slots=True)
class CallUrls:
    """The URLs that the operator of one link is to call; whoever has them can speak for it."""

    receipts: str = field(repr=False)
    messages: str = field(repr=False)


def call_path(link: str, kind: CallKind) -> str:
    """Return the path of such a URL."""
    return f"/links/{quote(link)}/{kind.value}"


def call_urls(public_url: str, link: str, token: str) -> CallUrls | None:
    """Return the URLs that a link's operator is to call; None where nobody has said how this server is reached."""
    if not public_url:
        return None
    base = public_url.rstrip("/")
    receipts, messages = (
        f"{base}{call_path(link, kind)}?token={token}" for kind in (CallKind.RECEIPTS, CallKind.MESSAGES)
    )
    return CallUrls(receipts, messages)
