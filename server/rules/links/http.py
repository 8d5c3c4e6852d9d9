"""The settings of a link over HTTP, with their limits and their stored form."""

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
    """An API whose template this server has. Fields set with a preset override it."""

    OVHCLOUD = "OVHCLOUD", "OVHcloud: POST /sms/{serviceName}/jobs, with signed requests."
    TWILIO = "TWILIO", "Twilio: the Messages resource, with signed calls to this server."
    SMSGATE = "SMSGATE", "SMSGate, an Android phone as a gateway, through its cloud or its own server."


class HttpMethod(DescribedStr):
    """The method of the request that sends a message."""

    GET = "GET", "Everything is in the URL."
    POST = "POST", "Most APIs use it."
    PUT = "PUT", "Some APIs use it."


class BodyFormat(DescribedStr):
    """The format of a request's body."""

    JSON = "JSON", "JSON, with variables in its strings."
    FORM = "FORM", "A form like `to={receiver}&text={text}`. Filled-in values are escaped."


class CallKind(DescribedStr):
    """What a call of an operator is about."""

    RECEIPTS = "receipts", "It reports the outcome of messages."
    MESSAGES = "messages", "It passes on a message from a phone."


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptPaths:
    """Where a receipt call has its values, as paths like `payload.messageId`."""

    id: str = ""
    status: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePaths:
    """Where a call about a message from a phone has its values."""

    id: str = ""
    sender: str = ""
    receiver: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpOptions:
    """The settings that only a link over HTTP has; None and empty values use the preset.

    `user` and `account` are the values of `{user}` and `{account}`. `id_path` is where the response has the
    message id (as in receipts), `error_path` where it says why a message was refused.
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
        """Return the options in their stored form."""
        return orjson.dumps(self).decode()

    @classmethod
    def of(cls, kept: str) -> "HttpOptions":
        """Return the options from their stored form."""
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
    """The URLs that a link's operator has to call; anyone who knows them can speak for the operator."""

    receipts: str = field(repr=False)
    messages: str = field(repr=False)


def call_path(link: str, kind: CallKind) -> str:
    """Return the path of a URL for the operator's calls."""
    return f"/links/{quote(link)}/{kind.value}"


def call_urls(public_url: str, link: str, token: str) -> CallUrls | None:
    """Return the URLs for a link's operator, or None if this server's public URL is not set."""
    if not public_url:
        return None
    base = public_url.rstrip("/")
    receipts, messages = (
        f"{base}{call_path(link, kind)}?token={token}" for kind in (CallKind.RECEIPTS, CallKind.MESSAGES)
    )
    return CallUrls(receipts, messages)
