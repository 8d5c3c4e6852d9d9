"""Reading an operator's HTTP answer: what it means for the message and for the link."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import orjson

from server.gateways.http.template import Meaning, Template
from server.gateways.protocol import Accepted, NotSent, Part, Refused, Unknown
from server.kit.http_exchange import HttpAnswer
from server.rules.core.retry_after import parse_retry_after

MAX_ID_CHARS = 64
MAX_REASON_CHARS = 64
UNEXPLAINED_PTT = 5
"""For a refusal that gives no reason."""
OPERATOR_PTT = 25

_SLOW = frozenset({429, 503})
"""Too Many Requests (RFC 6585 §4), Service Unavailable (RFC 9110 §15.6.4): not done, and later it may be."""
_NOT_READ = frozenset({408, 425})
"""Request Timeout and Too Early (RFC 9110 §15.5.9, RFC 8470 §5.2): nothing was done."""
LINKS_OWN: Mapping[int, str] = MappingProxyType(
    {
        401: "the credentials are refused",
        402: "the account at the operator is not paid for",
        403: "the account at the operator may not do this",
        404: "there is nothing at this URL",
        405: "this URL takes another method",
        407: "a proxy wants credentials",
        410: "there is no longer anything at this URL",
    }
)
"""Faults of the link, not of the message. The message waits until somebody has fixed them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The outcome of a message. The link may have a `fault`, or `slows` down (for `pause_seconds` if set)."""

    part: Part
    slows: bool = False
    pause_seconds: int | None = None
    fault: str | None = None


def read_answer(
    template: Template, own: Mapping[str, Meaning], answer: HttpAnswer, *, now_us: int
) -> Reading:
    """Return what an answer means; `own` has the link's own meanings of reasons and HTTP statuses.

    A message that the operator may have taken is Unknown, never Refused.
    """
    body = parsed(answer.body)
    taken = 200 <= answer.status < 300  # noqa: PLR2004 the class of success, RFC 9110 §15.3
    if taken:
        id = text_at(body, template.id_path)[:MAX_ID_CHARS]
        if id:
            return Reading(part=Accepted(operator_key(id), id))
    reason = text_at(body, template.error_path)[:MAX_REASON_CHARS]
    meaning = _meaning(template, own, answer.status, reason)
    if meaning is not None:
        slows = meaning.again and answer.status in _SLOW
        return Reading(
            part=NotSent(meaning.ptt) if meaning.again else Refused(meaning.ptt),
            slows=slows,
            pause_seconds=_pause(answer, now_us) if slows else None,
        )
    if taken:
        if reason:
            return Reading(part=Refused(template.rejected_ptt))
        return Reading(part=Unknown() if template.id_path else Accepted(""))
    return _by_status(answer, now_us)


def _by_status(answer: HttpAnswer, now_us: int) -> Reading:
    status = answer.status
    if status in _SLOW:
        return Reading(part=NotSent(OPERATOR_PTT), slows=True, pause_seconds=_pause(answer, now_us))
    if status in _NOT_READ:
        return Reading(part=NotSent(OPERATOR_PTT))
    if 300 <= status < 400:  # noqa: PLR2004 the class of redirects, RFC 9110 §15.4
        return Reading(part=NotSent(), fault=f"HTTP {status}: the URL has moved")
    if status in LINKS_OWN:
        return Reading(part=NotSent(), fault=f"HTTP {status}: {LINKS_OWN[status]}")
    if 400 <= status < 500:  # noqa: PLR2004 the class of the client's errors, RFC 9110 §15.5
        return Reading(part=Refused(UNEXPLAINED_PTT))
    return Reading(part=Unknown())


def _meaning(template: Template, own: Mapping[str, Meaning], status: int, reason: str) -> Meaning | None:
    """Return the meaning of the reason, else of the status, in the link's own table, else in the template."""
    for key in (reason, str(status)):
        for table in (own, template.refusals):
            if key and key in table:
                return table[key]
    return None


def _pause(answer: HttpAnswer, now_us: int) -> int | None:
    return parse_retry_after(answer.headers.get("retry-after", ""), now_us)


def operator_key(id: str) -> str:
    """Return an operator's id in the form that is compared: operators may change its case."""
    return id.strip().lower()[:MAX_ID_CHARS]


def parsed(body: bytes) -> Any:
    """Return the document in a JSON body, or None if it is not JSON."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def text_at(document: Any, paths: str) -> str:
    """Return the single value at a path like `messages.0.id` as text; empty if there is none.

    Of several paths, separated by spaces, the first with a value counts. A NUL is left out: it means nothing
    in a text, and PostgreSQL refuses it.
    """
    return next(filter(None, (_text_at(document, path) for path in paths.split())), "")


def _text_at(document: Any, path: str) -> str:
    for step in path.split("."):
        if isinstance(document, Mapping):
            document = document.get(step)
        elif isinstance(document, list):
            document = document[int(step)] if step.isdecimal() and int(step) < len(document) else None
        else:
            return ""
    if isinstance(document, bool) or not isinstance(document, str | int | float):
        return ""
    return str(document).replace("\0", "")
