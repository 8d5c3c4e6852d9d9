"""The security headers of every answer, for any request and any result."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from asgi_lifespan import LifespanManager
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.app import build_app
from server.settings import Settings
from server.web.panel_page import PAGES
from server.wiring import build_services
from tests.factories.accounts.accounts import World
from tests.factories.delivery.subscriptions import DEMO, SUBSCRIBE
from tests.factories.graphql.transport.http import GRAPHQL, JSON, STATUSES, STREAM, VIEWER
from tests.factories.graphql.transport.site import Follower

FRONTEND, EVIL = "https://app.example.com", "https://evil.example.com"
SCHEMES = ("http", "https")
PANEL = ("/", "/sign-in", "/profile", "/accounts/sms-demo-1/users", "/operator/links")

ASKED: dict[str, tuple[int, str, str, dict[str, Any]]] = {
    "a query": (200, "POST", "/graphql", {"json": {"query": STATUSES}}),
    "a query by GET": (200, "GET", "/graphql", {"params": {"query": STATUSES}}),
    "a query as a stream": (
        200, "POST", "/graphql", {"json": {"query": STATUSES}, "headers": {"Accept": STREAM}},
    ),
    "a page of an allowed site": (
        200, "POST", "/graphql", {"json": {"query": STATUSES}, "headers": {"Origin": FRONTEND}},
    ),
    "nobody": (401, "POST", "/graphql", {"json": {"query": VIEWER}, "headers": {"Accept": GRAPHQL}}),
    "no JSON": (400, "POST", "/graphql", {"content": "{", "headers": {"Content-Type": JSON}}),
    "another method": (405, "PUT", "/graphql", {}),
    "another type": (406, "GET", "/graphql", {"params": {"query": STATUSES}, "headers": {"Accept": "text/html"}}),
    "too much": (413, "POST", "/graphql", {"content": " " * 300_000, "headers": {"Content-Type": JSON}}),
    "a form": (415, "POST", "/graphql", {"data": {"query": STATUSES}}),
    "a slash": (307, "GET", "/graphql/", {}),
    "a preflight": (
        200, "OPTIONS", "/graphql", {"headers": {"Origin": FRONTEND, "Access-Control-Request-Method": "POST"}},
    ),
    "a preflight of another site": (
        400, "OPTIONS", "/graphql", {"headers": {"Origin": EVIL, "Access-Control-Request-Method": "POST"}},
    ),
    "http2sms": (200, "GET", "/http2sms", {}),
    "http2sms as a page": (200, "POST", "/cgi-bin/sms/http2sms.cgi", {"data": {"contentType": "text/html"}}),
    "http2sms by HEAD": (405, "HEAD", "/http2sms", {}),
    "http2sms by DELETE": (405, "DELETE", "/http2sms", {}),
    "health": (200, "GET", "/healthz", {}),
    "readiness": (200, "GET", "/readyz", {}),
    "metrics": (200, "GET", "/metrics", {}),
    "a link of an alert that leads nowhere": (404, "GET", "/alerts", {}),
    "a receipt that nobody may give": (404, "POST", "/links/main/receipts", {"json": {}}),
    "a message that nobody may bring": (404, "GET", "/links/main/messages", {}),
    "no file of GraphiQL's": (404, "GET", "/graphiql/assets/none.js", {}),
    "no file of the panel's": (404, "GET", "/panel/assets/none.js", {}),
    "no page": (404, "GET", "/none", {}),
    "a fault": (500, "GET", "/fault", {}),
}  # fmt: skip


async def _fail(_: Request) -> Response:
    """Break, with words that are nobody's business."""
    raise RuntimeError("the cable to db-7.internal snapped")


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[Starlette]:
    """The whole application, which has a page that breaks."""
    app = build_app(settings.having(web={"allowed_origins": (FRONTEND,)}))
    app.routes.append(Route("/fault", _fail))
    async with LifespanManager(app):
        yield app


def _client(app: Starlette, scheme: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=f"{scheme}://chappe.test")


def _check(answer: httpx.Response, scheme: str) -> None:
    headers = answer.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert {"default-src 'none'", "frame-ancestors 'none'"} <= set(
        headers["Content-Security-Policy"].split("; ")
    )
    built = answer.url.path.startswith(("/graphiql", "/panel")) or answer.url.path in PANEL
    assert headers["Cache-Control"] == ("no-cache" if built else "no-store")
    assert headers.get("Strict-Transport-Security") == ("max-age=31536000" if scheme == "https" else None)
    assert len(headers["X-Request-ID"]) == 32
    assert not {"Server", "X-Powered-By"} & headers.keys()
    assert len(headers.keys()) == len(headers.multi_items()), "none comes twice"


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_every_answer_is_careful(app: Starlette, scheme: str) -> None:
    """Success, refusal or fault, on every route; over HTTPS the browser is to keep to it."""
    async with _client(app, scheme) as client:
        for name, (status, method, path, request) in ASKED.items():
            answer = await client.request(method, path, **request)
            assert answer.status_code == status, name
            _check(answer, scheme)
        for path in ("/graphiql", "/graphiql/", *PANEL):
            _check(await client.get(path), scheme)


async def test_a_stream_is_careful_too(app: Starlette, settings: Settings) -> None:
    """Its headers are those of other answers."""
    services = build_services(settings)
    follower = await Follower.arrive(await World.create(services))
    services.passwords.close()
    app.state.streams.stop()  # so that it ends by itself
    headers = {"Accept": STREAM, "Authorization": f"Bearer {follower.secret}"}
    async with _client(app, "http") as client:
        answer = await client.post("/graphql", json={"query": SUBSCRIBE, "variables": DEMO}, headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, f"{STREAM}; charset=utf-8")
    _check(answer, "http")


async def test_a_fault_is_told_in_json_without_details(app: Starlette) -> None:
    """With the id that the log has, and nothing of what went wrong."""
    async with _client(app, "http") as client:
        answer = await client.get("/fault")
    [error] = answer.json()["errors"]
    assert error["extensions"] == {
        "code": "INTERNAL_SERVER_ERROR",
        "requestId": answer.headers["X-Request-ID"],
    }
    assert "snapped" not in json.dumps(answer.json())


async def test_every_route_is_in_the_table(app: Starlette) -> None:
    """The answers of a new route are checked too."""
    paths = {path for _, _, path, _ in ASKED.values()} | {
        "/graphiql",
        "/graphiql/",
        "/graphiql/assets/{name}",
        *PAGES,
        "/panel/assets/{name}",
        "/links/{link}/receipts",
        "/links/{link}/messages",
    }
    assert {getattr(route, "path", "") for route in app.routes} <= paths
