"""Calls of operators with receipts and messages from phones, at secret URLs.

Any 2xx means that the call was taken. No answer reveals whether a link of that name exists.
"""

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from server.errors import NotFound, Unavailable
from server.gateways.drivers import OperatorCall, UnreadableCall, Unusable
from server.operations.core.services import Services
from server.operations.dispatch.operator_calls import called_link, record_call
from server.rules.links.http import CallKind, call_path
from server.store.outages import outage_of

MAX_BODY_BYTES = 64 * 1024

_HEADERS = {"Cache-Control": "no-store"}

log = structlog.get_logger()


class _TooLong(Exception):
    """The body is longer than any operator's should be."""


def operator_call_routes(services: Services) -> list[Route]:
    """Return the routes for operators' receipts and messages."""

    def route(kind: CallKind) -> Route:
        async def take(request: Request) -> Response:
            if request.method == "HEAD":
                return _answer(405, {"Allow": "GET, POST"})
            return await _take(services, request, kind)

        return Route(f"/links/{{link}}/{kind.value}", take, methods=["GET", "POST"])

    return [route(kind) for kind in CallKind]


async def _take(services: Services, request: Request, kind: CallKind) -> Response:
    link = request.path_params["link"]
    try:
        await _record(services, request, kind)
    except NotFound:
        return _answer(404)
    except _TooLong:
        return _answer(413)
    except ClientDisconnect:
        return _answer(400)
    except UnreadableCall as error:
        log.warning("call of an operator refused", link=link, kind=kind.value, reason=str(error))
        return _answer(403 if error.forged else 400)
    except Exception as error:
        if not isinstance(error, Unavailable | Unusable) and outage_of(error) is None:
            raise
        log.warning("call of an operator not taken", link=link, kind=kind.value, error=repr(error))
        return _answer(503, {"Retry-After": str(Unavailable().retry_after)})
    # Without a body: some operators would send the answer's text to the phone.
    return _answer(204)


async def _record(services: Services, request: Request, kind: CallKind) -> None:
    """Store the receipt or message of a call."""
    name, query = request.path_params["link"], request.url.query
    row = await called_link(services, name, request.query_params.get("token", ""))
    call = OperatorCall(
        kind=kind,
        url=f"{services.policy.public_url.rstrip('/')}{call_path(name, kind)}?{query}",
        query=query,
        headers=dict(request.headers),
        body=await _body(request),
    )
    await record_call(services, row, call)


async def _body(request: Request) -> bytes:
    """Return the body; a body that is too long is not read to its end."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise _TooLong
    return bytes(body)


def _answer(status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(status_code=status, headers={**_HEADERS, **(headers or {})})
