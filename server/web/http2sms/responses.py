"""The answers of http2sms, in each content type."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from html import escape
from types import MappingProxyType

import orjson
from starlette.responses import Response

from server.kit.logging import bind_to_log

DEFAULT_CONTENT_TYPE = "text/plain"
HEADERS: Mapping[str, str] = MappingProxyType({"Cache-Control": "no-store"})
_MAX_REASON_CHARS = 300


class ResultCode(IntEnum):
    """The result of a request. Clients also know 101, which is never sent."""

    PROCESSED = 100
    MISSING_FIELD = 201
    WRONG_FIELD = 202
    ADDRESS_NOT_ALLOWED = 401
    FAULT = 500
    UNAVAILABLE = 503


@dataclass(frozen=True, slots=True)
class Ok:
    """All messages were accepted; credits are a decimal string."""

    credits_left: str
    message_ids: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """The answer as text."""
        return ("OK", self.credits_left, *self.message_ids)


@dataclass(frozen=True, slots=True)
class Ko:
    """Nothing was sent, with the reason."""

    code: ResultCode
    reason: str

    @property
    def lines(self) -> tuple[str, ...]:
        """The answer as text."""
        return ("KO", self.shown_reason)

    @property
    def shown_reason(self) -> str:
        """The reason on one line: it may quote the request, and XML can't express control characters."""
        shown = "".join(char if char.isprintable() else " " for char in self.reason)
        return shown if len(shown) <= _MAX_REASON_CHARS else shown[:_MAX_REASON_CHARS] + "…"


SendResult = Ok | Ko


def respond(
    result: SendResult, content_type: str | None, *, http_status: int = 200, retry_after: int | None = None
) -> Response:
    """Return the answer in the requested content type, or as plain text if we don't have that type."""
    code = result.code if isinstance(result, Ko) else ResultCode.PROCESSED
    bind_to_log(code=str(int(code)))
    media_type = (content_type or "").lower()
    if media_type not in CONTENT_TYPES:
        media_type = DEFAULT_CONTENT_TYPE
    body = CONTENT_TYPES[media_type](result)
    headers = HEADERS if retry_after is None else {**HEADERS, "Retry-After": str(retry_after)}
    return Response(body, status_code=http_status, headers=headers, media_type=media_type)


def _plain(result: SendResult) -> str:
    return "\n".join(result.lines)


def _html(result: SendResult) -> str:
    body = "<br>".join(map(escape, result.lines))
    return f'<!DOCTYPE html><html lang="en"><head><title>http2sms</title></head><body>{body}</body></html>'


def _xml(result: SendResult) -> str:
    if isinstance(result, Ko):
        content = f"<status>{result.code}</status><message>{escape(result.shown_reason)}</message>"
    else:
        ids = "".join(f"<smsId>{message_id}</smsId>" for message_id in result.message_ids)
        content = (
            f"<status>{ResultCode.PROCESSED}</status>"
            f"<creditLeft>{result.credits_left}</creditLeft><smsIds>{ids}</smsIds>"
        )
    return f"<response>{content}</response>"


def _json(result: SendResult) -> str:
    if isinstance(result, Ko):
        return _dump({"status": result.code, "message": result.shown_reason})
    return _dump(
        {
            "status": ResultCode.PROCESSED,
            "creditLeft": result.credits_left,
            "SmsIds": list(result.message_ids),
        }
    )


def _dump(answer: dict[str, object]) -> str:
    return orjson.dumps(answer).decode()


CONTENT_TYPES: Mapping[str, Callable[[SendResult], str]] = MappingProxyType(
    {
        "text/plain": _plain,
        "text/html": _html,
        "text/xml": _xml,
        "application/xml": _xml,
        "text/json": _json,
        "application/json": _json,
    }
)
"""The content types, with the functions that write them."""
