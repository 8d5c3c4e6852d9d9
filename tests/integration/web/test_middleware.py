"""The request id and the access log."""

from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import httpx
import pytest
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from server.kit.meters import Meters
from server.web.middleware import RequestContext, SecurityHeaders
from tests.integration.web.conftest import Script, client_of

pytestmark = pytest.mark.one_database

log = structlog.get_logger()

Logs = list[MutableMapping[str, Any]]


async def show(request: Request) -> Response:
    """Answer with what is known of the request."""
    log.info("inside")
    return JSONResponse({"id": request.state.request_id, "client": request.client and request.client.host})


async def fail(_: Request) -> Response:
    """Break."""
    raise ZeroDivisionError


async def converse(websocket: WebSocket) -> None:
    """Answer once on a WebSocket."""
    await websocket.accept()
    await websocket.send_text(websocket.state.request_id)
    await websocket.close()


def application() -> Starlette:
    routes = [
        Route("/show", show, methods=["GET", "POST"]),
        Route("/fail", fail),
        WebSocketRoute("/talk", converse),
    ]
    return Starlette(routes=[*routes, Mount("/below", routes=routes)])


@pytest.fixture
async def web() -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application in its context."""
    async with client_of(RequestContext(application(), Meters())) as client:
        yield client


@pytest.fixture
def logs() -> Any:
    """What is logged, with what is bound to the request."""
    with capture_logs(processors=[merge_contextvars]) as logs:
        yield logs


def access_line(logs: Logs) -> MutableMapping[str, Any]:
    (line,) = [line for line in logs if line["event"] == "request"]
    return line


async def test_a_request_gets_an_id(web: httpx.AsyncClient, logs: Logs) -> None:
    """The same in the answer, inside, and in every line of the log; another one for each request."""
    responses = [await web.get("/show"), await web.get("/show")]
    ids = [response.headers["X-Request-ID"] for response in responses]
    assert ids == [response.json()["id"] for response in responses]
    assert len(set(ids)) == 2
    assert [(line["event"], line["request_id"]) for line in logs] == [
        (event, request_id) for request_id in ids for event in ("inside", "request")
    ]


@pytest.mark.parametrize("given", ["a", "Order-17.89_x", "x" * 64])
async def test_a_callers_id_is_kept(web: httpx.AsyncClient, logs: Logs, given: str) -> None:
    """So that both sides find the request in their logs."""
    response = await web.get("/show", headers={"X-Request-ID": given})
    assert response.headers.get_list("X-Request-ID") == [given]
    assert access_line(logs)["request_id"] == given


@pytest.mark.parametrize(
    "given", ["", " ", "x" * 65, "a b", "a\tb", "a:b", "<script>", "caf\xe9", "a,b", "$(id)"]
)
async def test_an_odd_id_is_replaced(web: httpx.AsyncClient, given: str) -> None:
    """Nothing but plain characters gets into logs and headers."""
    response = await web.get("/show", headers=[(b"X-Request-ID", given.encode("latin-1"))])
    assert response.headers["X-Request-ID"] not in {given, given.strip()}
    assert len(response.headers["X-Request-ID"]) == 32


async def test_a_request_is_logged_in_one_line(web: httpx.AsyncClient, logs: Logs) -> None:
    """Method, path, query, status, duration and client."""
    await web.post("/below/show?account=1&password=abcd1234&b=2", content=b"password=zyxw9876")
    line = dict(access_line(logs))
    assert line.pop("duration_ms") >= 0
    assert line.pop("request_id")
    assert line == {
        "event": "request",
        "log_level": "info",
        "method": "POST",
        "path": "/below/show",
        "query": "account=1&password=[redacted]&b=[redacted]",
        "status": 200,
        "client": "192.0.2.10",
    }


@pytest.mark.parametrize(
    "address",
    [
        "/show?PassWord=abcd1234",
        "/show?pass%77ord=abcd1234",
        "/show?a=1&&password=abcd1234",
        "/show%3Fpassword=abcd1234",
        "/show&password=abcd1234",
        "/show?token=abcd1234",
        "/show?password%3Dabcd1234",
        "/show?password[]=abcd1234",
        "/show?pass%2577ord%253Dabcd1234",
        "/show?account=a;password=abcd1234",
        "/show?account=a%26password=abcd1234",
        "/show?pasword=abcd1234",
        "/show?abcd1234",
        "/show/password%253Dabcd1234",
        "/show?" + "&".join(["password=abcd1234"] * 200),
    ],
)
async def test_no_password_is_logged(web: httpx.AsyncClient, logs: Logs, address: str) -> None:
    """In any spelling, and in any wrong place."""
    await web.get(address)
    assert "abcd1234" not in repr(logs)
    assert "redacted" in repr(access_line(logs))


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_no_password_of_http2sms_is_logged(script: Script, logs: Logs, method: str) -> None:
    """Right or wrong, it is in no line."""
    script.method = method
    await script.send()
    await script.send({"password": "wrong123"})
    assert [line["event"] for line in logs].count("request") == 2
    assert "abcd1234" not in repr(logs)
    assert "wrong123" not in repr(logs)


async def test_a_long_address_is_cut_in_the_log(web: httpx.AsyncClient, logs: Logs) -> None:
    """A line of the log has its bounds."""
    await web.get("/" + "x" * 5_000, params={"y": "y" * 5_000})
    assert len(repr(access_line(logs))) < 2_500


async def test_an_error_past_all_handlers_has_the_id_too(logs: Logs) -> None:
    """The answer of last resort can be found in the log, as can what the server itself logs afterwards."""
    transport = httpx.ASGITransport(RequestContext(application(), Meters()), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://chappe.test") as web:
        response = await web.get("/fail")
    log.error("afterwards")
    assert response.status_code == 500
    assert access_line(logs)["status"] == 500
    assert {line["request_id"] for line in logs} == {response.headers["X-Request-ID"]}
    assert logs[-1]["event"] == "afterwards"


async def test_an_application_that_breaks_before_its_answer_is_logged(logs: Logs) -> None:
    """As status 500, which is what the server will say."""
    meters = Meters()

    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    async with client_of(RequestContext(broken, meters)) as web:
        with pytest.raises(ZeroDivisionError):
            await web.get("/show")
    assert access_line(logs)["status"] == 500
    labels = {"route": "unmatched", "method": "GET", "status": "500"}
    assert meters.registry.get_sample_value("chappe_http_requests_total", labels) == 1


async def test_a_caller_without_an_address_is_logged_as_such(logs: Logs) -> None:
    """As behind a socket of the file system."""

    async def without_client(scope: Any, receive: Any, send: Any) -> None:
        await RequestContext(application(), Meters())({**scope, "client": None}, receive, send)

    async with client_of(without_client) as web:
        assert (await web.get("/show")).json()["client"] is None
    assert access_line(logs)["client"] is None


async def test_a_websocket_has_an_id(logs: Logs) -> None:
    """Its headers are left alone."""
    answers = await talk(RequestContext(application(), Meters()))
    assert [answer["type"] for answer in answers] == ["websocket.accept", "websocket.send", "websocket.close"]
    assert answers[1]["text"] == "mine"
    assert logs == []


async def talk(app: ASGIApp) -> Logs:
    """Open a WebSocket and return what the application says."""
    answers: Logs = []

    async def receive() -> dict[str, object]:
        return {"type": "websocket.connect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        answers.append(message)

    scope = {
        "type": "websocket",
        "path": "/talk",
        "query_string": b"",
        "headers": [(b"x-request-id", b"mine")],
        "client": ("10.0.0.1", 1),
        "subprotocols": [],
    }
    await app(scope, receive, send)
    return answers


async def test_the_lifespan_is_passed_on() -> None:
    """Start and stop are the application's own business."""
    seen = []

    async def app(scope: MutableMapping[str, Any], _receive: object, _send: object) -> None:
        seen.append(dict(scope))

    async def nothing(*_: object) -> Any:
        return None

    await RequestContext(app, Meters())({"type": "lifespan"}, nothing, nothing)
    assert seen == [{"type": "lifespan"}]


async def test_an_answers_own_policy_holds() -> None:
    """What a page needs, or how long a file may be kept, is not overruled, and no header comes twice."""
    own = {"Content-Security-Policy": "default-src 'self'", "Cache-Control": "max-age=60"}
    app = Starlette(routes=[Route("/page", lambda _: Response(headers=own))])
    async with client_of(SecurityHeaders(app)) as web:
        headers = (await web.get("/page")).headers
    assert {name: headers.get_list(name) for name in own} == {name: [value] for name, value in own.items()}
    assert headers.get_list("X-Content-Type-Options") == ["nosniff"]


async def test_a_websocket_is_no_page() -> None:
    """It is passed on as it is."""
    scope_types = []

    async def app(scope: MutableMapping[str, Any], _receive: object, send: Any) -> None:
        scope_types.append(scope["type"])
        await send({"type": "websocket.accept"})

    answers: Logs = []

    async def send(message: MutableMapping[str, Any]) -> None:
        answers.append(message)

    async def nothing() -> Any:
        return None

    await SecurityHeaders(app)({"type": "websocket"}, nothing, send)
    assert (scope_types, answers) == (["websocket"], [{"type": "websocket.accept"}])
