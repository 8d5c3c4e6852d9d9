"""Sending by URL over a real connection, as a script would, and its traces in the log."""

import asyncio
import io
import json
import logging
import socket
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette

from server.kit.logging import configure_logging
from server.operations.core.services import Services
from server.store.models import Account, Message
from server.web.http2sms.routes import http2sms_routes
from server.web.middleware import RequestContext
from tests.factories.accounts.accounts import USER_PASSWORD, World
from tests.factories.running import plain_http


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """The server's output on standard error, with its own logging."""
    with monkeypatch.context() as patch:
        stderr = io.StringIO()
        patch.setattr(sys, "stderr", stderr)
        configure_logging(json=True, level="info")
    # The client is in this process too, and logs its calls.
    logging.getLogger("httpx").setLevel("WARNING")
    return stderr


@pytest.fixture
async def account(services: Services) -> Account:
    """An account with a user."""
    world = await World.create(services)
    account = await world.account()
    await world.user(account)
    return account


@pytest.fixture
async def url(services: Services, logged: io.StringIO) -> AsyncIterator[str]:  # noqa: ARG001 before it logs
    """The URL of a running server."""
    app = RequestContext(Starlette(routes=http2sms_routes(services)), services.meters)
    # Its access log is on here, unlike in a real server: it must not show more than ours.
    config = uvicorn.Config(
        app, log_config=None, log_level="info", lifespan="off", ws="none", proxy_headers=False
    )
    server = uvicorn.Server(config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:  # noqa: ASYNC110 uvicorn has no event for it
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/cgi-bin/sms/http2sms.cgi"
        server.should_exit = True
        await serving


def fields(password: str = USER_PASSWORD) -> dict[str, str]:
    return {
        "account": "sms-demo-1",
        "login": "script",
        "password": password,
        "from": "Chappe",
        "to": "+33612345678,+33612345679",
        "message": "Bonjour\rMonde",
        "contentType": "application/json",
    }


@pytest.mark.usefixtures("account")
async def test_a_script_sends_and_its_password_is_nowhere_in_the_log(url: str, logged: io.StringIO) -> None:
    """By GET and by POST, right and wrong; every line of the log has its request's id."""
    async with plain_http.client() as client:
        got = await client.get(url, params=fields())
        posted = await client.post(url, data=fields())
        wrong = await client.get(url, params=fields("wrong123"))
        claimed = await client.get(url, params=fields("wrong123"), headers={"X-Forwarded-For": "203.0.113.9"})
    messages = await Message.all().order_by("id")
    assert got.json() == {
        "status": 100,
        "creditLeft": "198",
        "SmsIds": [str(message.id) for message in messages[:2]],
    }
    assert posted.json()["creditLeft"] == "196"
    assert {message.body for message in messages} == {"Bonjour\nMonde"}
    assert wrong.json() == {"status": 202, "message": "Invalid account, login or password"}
    text = logged.getvalue()
    assert USER_PASSWORD not in text
    assert "wrong123" not in text
    lines: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
    requests = [line for line in lines if line["event"] == "request"]
    assert [(line["method"], line["status"], line["client"]) for line in requests] == [
        ("GET", 200, "127.0.0.1"),
        ("POST", 200, "127.0.0.1"),
        ("GET", 200, "127.0.0.1"),
        ("GET", 200, "127.0.0.1"),
    ]
    assert [line["request_id"] for line in requests] == [
        response.headers["X-Request-ID"] for response in (got, posted, wrong, claimed)
    ]
    assert sum(line["logger"] == "uvicorn.access" for line in lines) == 4
