"""Sending by URL: a GET or POST with an API user's login and password sends a message.

The HTTP status is 200, with the result code in the body, except for 503 (the server is unavailable, for
example without its database), 500 (a bug), 413 (the request is too large), 415 (its body is compressed) and
405 (a method other than GET and POST; a HEAD must not send).
"""

from collections.abc import Mapping
from typing import TypeVar

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from server.errors import AddressNotAllowed, Denied, ErrorCode, InvalidInput, Refusal, Unavailable, about
from server.kit.credits import format_credits
from server.kit.ip_address import address_text
from server.kit.logging import bind_to_log
from server.operations.access.authentication import authenticate_user, user_principal
from server.operations.core.services import Services
from server.operations.messages.screening import MAX_CLASS, Draft
from server.operations.messages.sending import send_message
from server.operations.senders.senders import sender_for_answers
from server.rules.messages.deferral import parse_http_local_time
from server.rules.messages.segments import Coding
from server.store.models import Account, User
from server.store.outages import outage_of
from server.web.http2sms.fields import FLAGS, Fields, Unreadable, line_breaks, read_fields, receivers
from server.web.http2sms.responses import (
    CONTENT_TYPES,
    HEADERS,
    Ko,
    Ok,
    ResultCode,
    SendResult,
    respond,
)

PATHS = ("/cgi-bin/sms/http2sms.cgi", "/http2sms")

log = structlog.get_logger()

T = TypeVar("T")

_CODINGS = {"1": Coding.GSM_7BIT, "2": Coding.UNICODE}
_FLAG = "1 (or true, yes, on) or 0 (or false, no, off)"
_CLASSES = {str(number): number for number in range(MAX_CLASS + 1)}

_WRONG_CREDENTIALS = Ko(ResultCode.WRONG_FIELD, "Invalid account, login or password")
_OTHER_ADDRESS = Ko(ResultCode.ADDRESS_NOT_ALLOWED, "This user may not send from this address")
_UNAVAILABLE = Ko(ResultCode.UNAVAILABLE, "The server can't take messages now")
_FAULT = Ko(ResultCode.FAULT, "Something failed on our side; see the server's log")

# Disabled between the password check and the sending: the answer is the same as a moment later.
_STOPPED = frozenset({ErrorCode.ACCOUNT_DISABLED, ErrorCode.USER_DISABLED, ErrorCode.UNKNOWN_ACCOUNT})
_FIELD_OF_CODE = {
    ErrorCode.CODING_MISMATCH: "smsCoding",
    ErrorCode.INVALID_IDEMPOTENCY_KEY: "idempotencyKey",
    ErrorCode.NO_RECEIVERS: "to",
    ErrorCode.TOO_MANY_RECEIVERS: "to",
}
# The names of fields in operations, if http2sms has another name.
_FIELD_OF_INPUT = {"sender": "from", "receivers": "to", "text": "message", "deferredUntil": "deferred"}


def http2sms_routes(services: Services) -> list[Route]:
    """Return the routes for sending by URL."""

    async def http2sms(request: Request) -> Response:
        if request.method == "HEAD":
            return Response(status_code=405, headers={**HEADERS, "Allow": "GET, POST"})
        return await _respond(services, request)

    return [Route(path, http2sms, methods=["GET", "POST"]) for path in PATHS]


async def _respond(services: Services, request: Request) -> Response:
    try:
        fields = await read_fields(request)
    except Unreadable as error:
        refused = Ko(ResultCode.WRONG_FIELD, error.message)
        return respond(refused, error.content_type, http_status=error.http_status)
    except ClientDisconnect:
        return Response(status_code=400, headers=HEADERS)
    content_type = fields.get("contentType")
    try:
        result = await _send(services, fields, request.client.host if request.client else None)
    except Unavailable as error:
        return respond(_UNAVAILABLE, content_type, http_status=503, retry_after=error.retry_after)
    except Exception as error:
        outage = outage_of(error)
        if outage is None:
            log.exception("http2sms failed")
            return respond(_FAULT, content_type, http_status=500)
        log.warning("http2sms is unavailable", cause=outage, error=repr(error))
        return respond(_UNAVAILABLE, content_type, http_status=503, retry_after=Unavailable().retry_after)
    return respond(result, content_type)


async def _send(services: Services, fields: Fields, host: str | None) -> SendResult:
    """Check in the order that http2sms promises, and send to all receivers or none."""
    if fields.missing:
        return Ko(ResultCode.MISSING_FIELD, f"Missing {', '.join(fields.missing)}")
    if not fields.credentials_readable:
        return _WRONG_CREDENTIALS
    try:
        user = await authenticate_user(
            services,
            account=fields["account"],
            login=fields["login"],
            password=fields["password"],
            address=address_text(host),
        )
        bind_to_log(caller=f"user:{user.login}", account=user.account.name)
        sent = await send_message(
            services,
            user_principal(user),
            await _draft(fields, user),
            idempotency_key=fields.get("idempotencyKey"),
            all_or_none=True,
        )
    except AddressNotAllowed:
        return _OTHER_ADDRESS
    except Unavailable:
        raise
    except Denied:
        return _WRONG_CREDENTIALS
    except Refusal as error:
        return _refused(error)
    return Ok(format_credits(sent.credits_left), tuple(map(str, sent.message_ids)))


async def _draft(fields: Fields, user: User) -> Draft:
    """Return the draft of the message.

    Raises:
        InvalidInput: a field has the wrong form; the sending checks the values.
        NotFound: UNKNOWN_SENDER, answers are wanted, but the account has no number that receives them.
    """
    fields.check_readable()
    _choice(fields, "contentType", CONTENT_TYPES, "one of " + ", ".join(CONTENT_TYPES))
    return Draft(
        account=user.account.name,
        sender=await _sender(fields, user.account),
        receivers=receivers(fields["to"]),
        text=line_breaks(fields["message"]),
        coding=_choice(fields, "smsCoding", _CODINGS, "1 (7-bit) or 2 (Unicode)"),
        message_class=_choice(fields, "class", _CLASSES, "0, 1, 2 or 3"),
        no_stop=_choice(fields, "noStop", FLAGS, _FLAG) or False,
        tag=fields.get("tag"),
        deferred_until_us=_deferred(fields, user.account.time_zone),
    )


async def _sender(fields: Fields, account: Account) -> str:
    """Return the sender: the one in the request, or a number that receives replies."""
    if _choice(fields, "senderForResponse", FLAGS, _FLAG):
        return await sender_for_answers(account, fields.get("from"))
    return fields["from"]


def _choice(fields: Fields, name: str, choices: Mapping[str, T], described: str) -> T | None:
    """Return the meaning of a field's value, in any case; None if it is absent."""
    value = fields.get(name)
    if value is None:
        return None
    value = value.strip().lower()
    if value not in choices:
        raise InvalidInput(f"It is {described}.", field=(name,))
    return choices[value]


def _deferred(fields: Fields, time_zone: str) -> int | None:
    """Return when to send; whether that is past is checked later, once a repeated key is ruled out."""
    text = fields.get("deferred")
    if text is None:
        return None
    with about("deferred"):
        return parse_http_local_time(text, time_zone)


def _refused(error: Refusal) -> Ko:
    if error.code in _STOPPED:
        return _WRONG_CREDENTIALS
    given = error.field[0] if error.field else ""
    name = _FIELD_OF_CODE.get(error.code) or _FIELD_OF_INPUT.get(given, given)
    return Ko(ResultCode.WRONG_FIELD, f"Invalid {name}: {error.message}" if name else error.message)
