"""How http2sms words its answers, in each content type."""

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
    """What became of the request; clients know 101 as well, which is never sent."""

    PROCESSED = 100
    MISSING_FIELD = 201
    WRONG_FIELD = 202
    ADDRESS_NOT_ALLOWED = 401
    FAULT = 500
    UNAVAILABLE = 503


@dataclass(frozen=True, slots=True)
class Accepted:
    """All messages are on their way; credits as a decimal string."""

    credits_left: str
    message_ids: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """The answer as text."""
        return ("OK", self.credits_left, *self.message_ids)


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was sent, and why."""

    code: ResultCode
    reason: str

    @property
    def lines(self) -> tuple[str, ...]:
        """The answer as text."""
        return ("KO", self.shown_reason)

    @property
    def shown_reason(self) -> str:
        """The reason on one line: it may quote the request, and XML has no form for control characters."""
        shown = "".join(char if char.isprintable() else " " for char in self.reason)
        return shown if len(shown) <= _MAX_REASON_CHARS else shown[:_MAX_REASON_CHARS] + "…"


Outcome = Accepted | Refused


def respond(
    outcome: Outcome, content_type: str | None, *, http_status: int = 200, retry_after: int | None = None
) -> Response:
    """Return the answer in the content type that was asked for, or as plain text where there is none such."""
    code = outcome.code if isinstance(outcome, Refused) else ResultCode.PROCESSED
    bind_to_log(code=str(int(code)))
    media_type = (content_type or "").lower()
    if media_type not in CONTENT_TYPES:
        media_type = DEFAULT_CONTENT_TYPE
    body = CONTENT_TYPES[media_type](outcome)
    headers = HEADERS if retry_after is None else {**HEADERS, "Retry-After": str(retry_after)}
    return Response(body, status_code=http_status, headers=headers, media_type=media_type)


def _plain(outcome: Outcome) -> str:
    return "\n".join(outcome.lines)


def _html(outcome: Outcome) -> str:
    body = "<br>".join(map(escape, outcome.lines))
    return f'<!DOCTYPE html><html lang="en"><head><title>http2sms</title></head><body>{body}</body></html>'


def _xml(outcome: Outcome) -> str:
    if isinstance(outcome, Refused):
        content = f"<status>{outcome.code}</status><message>{escape(outcome.shown_reason)}</message>"
    else:
        ids = "".join(f"<smsId>{message_id}</smsId>" for message_id in outcome.message_ids)
        content = (
            f"<status>{ResultCode.PROCESSED}</status>"
            f"<creditLeft>{outcome.credits_left}</creditLeft><smsIds>{ids}</smsIds>"
        )
    return f"<response>{content}</response>"


def _json(outcome: Outcome) -> str:
    if isinstance(outcome, Refused):
        return _dump({"status": outcome.code, "message": outcome.shown_reason})
    return _dump(
        {
            "status": ResultCode.PROCESSED,
            "creditLeft": outcome.credits_left,
            "SmsIds": list(outcome.message_ids),
        }
    )


def _dump(answer: dict[str, object]) -> str:
    return orjson.dumps(answer).decode()


CONTENT_TYPES: Mapping[str, Callable[[Outcome], str]] = MappingProxyType(
    {
        "text/plain": _plain,
        "text/html": _html,
        "text/xml": _xml,
        "application/xml": _xml,
        "text/json": _json,
        "application/json": _json,
    }
)
"""The content types that may be asked for, with what writes them."""
