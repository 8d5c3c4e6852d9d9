"""What an operator's HTTP answer makes of a message, and of the link."""

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
"""That of whatever says no more than no."""
OPERATOR_PTT = 25

_SLOW = frozenset({429, 503})
"""Too Many Requests (RFC 6585 §4) and Service Unavailable (RFC 9110 §15.6.4): nothing was done, and later it may be."""
_NOT_READ = frozenset({408, 425})
"""Request Timeout and Too Early (RFC 9110 §15.5.9, RFC 8470 §5.2): nothing was done."""
LINKS_OWN: Mapping[int, str] = MappingProxyType(
    {
        401: "the credentials are refused",
        402: "the account there has to be paid for",
        403: "the account there may not do this",
        404: "there is nothing at this URL",
        405: "this URL takes another method",
        407: "a proxy wants credentials",
        410: "there is nothing at this URL any more",
    }
)
"""What is about the link and not about the message, which waits until somebody has put it right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What became of a message. The link `slows` down, for `pause_seconds` where the operator says so, or has a `fault`."""

    part: Part
    slows: bool = False
    pause_seconds: int | None = None
    fault: str | None = None


def read_answer(
    template: Template, own: Mapping[str, Meaning], answer: HttpAnswer, *, now_us: int
) -> Reading:
    """Return what an answer says; `own` has what this link's operator means by its reasons and HTTP statuses.

    What the operator may have taken is Unknown, and never Refused.
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
    if 400 <= status < 500:  # noqa: PLR2004 the class of what the request is to blame for, RFC 9110 §15.5
        return Reading(part=Refused(UNEXPLAINED_PTT))
    return Reading(part=Unknown())


def _meaning(template: Template, own: Mapping[str, Meaning], status: int, reason: str) -> Meaning | None:
    """Return what the reason means, else the status: to this operator first, then to all that use its API."""
    for key in (reason, str(status)):
        for table in (own, template.refusals):
            if key and key in table:
                return table[key]
    return None


def _pause(answer: HttpAnswer, now_us: int) -> int | None:
    return parse_retry_after(answer.headers.get("retry-after", ""), now_us)


def operator_key(id: str) -> str:
    """Return the form of an operator's id that is compared: operators may write it in another case."""
    return id.strip().lower()[:MAX_ID_CHARS]


def parsed(body: bytes) -> Any:
    """Return a JSON body; nothing of one that is none."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None


def text_at(document: Any, paths: str) -> str:
    """Return what stands at a path like `messages.0.id`, as a text; empty where there is nothing, or no one value.

    Of several paths, with spaces between them, the first counts at which there is something. A NUL is left
    out: it is nothing in a text, and PostgreSQL refuses it.
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
