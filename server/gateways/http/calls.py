"""Reading an operator's calls: receipts, and messages from phones."""

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl

import orjson
import structlog

from server.errors import InvalidInput
from server.gateways.drivers import OperatorCall, UnreadableCall
from server.gateways.http.answers import operator_key, text_at
from server.gateways.http.settings import HttpSettings
from server.gateways.http.signatures import SignedCall
from server.gateways.protocol import NO_NEWS, OperatorMessage, OperatorReceipt
from server.kit.clock import SECOND_US
from server.kit.phone_number import parse_phone_number
from server.rules.dispatch.delivery_state import State
from server.rules.links.http import CallKind
from server.rules.messages.ptt import DeliveryStatus, ptt_code

MAX_ADDRESS_CHARS = 20
MAX_TEXT_CHARS = 2_000
MAX_UNREAD_CHARS = 80
MAX_FIELDS = 100

log = structlog.get_logger()


def read_call(
    settings: HttpSettings, call: OperatorCall, *, now_us: int
) -> OperatorReceipt | OperatorMessage | None:
    """Return what a call reports, or None if there is nothing to record.

    Raises:
        UnreadableCall: it is forged, or not as the API's documentation says.
    """
    signed = SignedCall(url=call.url, headers=call.headers, body=call.body)
    if not settings.template.call_signature.is_genuine(signed, settings.keys, now=now_us // SECOND_US):
        raise UnreadableCall("The call's signature is wrong.", forged=True)
    fields = _fields(call)
    return _receipt(settings, fields) if call.kind is CallKind.RECEIPTS else _message(settings, fields, call)


def _receipt(settings: HttpSettings, fields: Mapping[str, Any]) -> OperatorReceipt | None:
    paths = settings.template.receipts
    id = text_at(fields, paths.id)
    if not operator_key(id):
        raise UnreadableCall("The receipt has no message id.")
    status, error = text_at(fields, paths.status), text_at(fields, paths.error)
    state = state_of(settings, status, error)
    if state is None:
        log.warning("receipt without meaning", link=settings.name, status=status[:40], error=error[:40])
    return OperatorReceipt(
        None,
        operator_key(id),
        state or NO_NEWS,
        raw_id=id[:MAX_UNREAD_CHARS],
        link=settings.name,
        unread=f"{status} {error}".strip()[:MAX_UNREAD_CHARS] if state is None else None,
    )


def state_of(settings: HttpSettings, status: str, error: str) -> State | None:
    """Return the state that a receipt's words mean, or None if they are not known.

    The link's own table comes before the template's, and a word with its reason before the word alone.
    """
    word, reason = status.strip().lower(), error.strip().lower().lstrip("0")
    template = settings.template
    for key in dict.fromkeys((f"{word}:{reason}", word)):
        if key in settings.ptt_table:
            entry = settings.ptt_table[key]
            status_of = ptt_code(entry.ptt).delivery_status or DeliveryStatus.FAILED
            return State(status_of if entry.billed else DeliveryStatus.NOT_BILLED, entry.ptt)
    ptt = template.statuses.get(f"{word}:{reason}", template.statuses.get(word))
    known = None if ptt is None else ptt_code(ptt).delivery_status
    if word in template.unbilled:
        known = DeliveryStatus.NOT_BILLED
    if (template.error_is_ptt or settings.err_is_ptt) and reason.isdecimal() and len(reason) <= 4:  # noqa: PLR2004 a ptt
        ptt = int(reason)
        known = known or ptt_code(ptt).delivery_status
    return None if known is None or ptt is None else State(known, ptt)


def _message(settings: HttpSettings, fields: Mapping[str, Any], call: OperatorCall) -> OperatorMessage:
    paths = settings.template.messages
    sender, text = text_at(fields, paths.sender), text_at(fields, paths.text)
    if not sender:
        raise UnreadableCall("The message has no phone number.")
    # A message without an id is recognised by its content: a repeat is identical.
    id = text_at(fields, paths.id) or hashlib.sha256(call.body + call.url.encode()).hexdigest()
    receiver = text_at(fields, paths.receiver) or settings.account
    return OperatorMessage(
        None,
        operator_key(id),
        stored_address(sender),
        stored_address(receiver),
        text[:MAX_TEXT_CHARS],
        link=settings.name,
    )


def stored_address(address: str) -> str:
    """Return an address in the form that is stored: E.164 for an international number, else as it came."""
    if address.startswith(("+", "00", " ")):  # an unescaped plus arrives as a space
        with suppress(InvalidInput):
            return parse_phone_number("+" + address.strip().removeprefix("+").removeprefix("00")).e164
    return address.strip()[:MAX_ADDRESS_CHARS]


def _fields(call: OperatorCall) -> dict[str, Any]:
    """Return all fields of a call, from its query and from its body as JSON or a form."""
    try:
        fields: dict[str, Any] = dict(
            parse_qsl(call.query, keep_blank_values=True, max_num_fields=MAX_FIELDS)
        )
        body = call.body.strip()
        if body.startswith(b"{"):
            document: dict[str, Any] = orjson.loads(body)
            return fields | document
        return fields | dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError as error:
        raise UnreadableCall("The body is neither JSON nor a form.") from error
