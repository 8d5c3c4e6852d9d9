"""Fixtures of the web's tests: a user of an account, and a client for http2sms."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import httpx
import pytest
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from server.operations.core.services import Services
from server.store.models import Account, Message, User
from server.web.http2sms.routes import http2sms_routes
from server.web.middleware import RequestContext
from tests.factories.accounts.accounts import USER_PASSWORD, World

PEER = "192.0.2.10"


RAW_QUERY = "X-Raw-Query"


def client_of(app: ASGIApp, peer: str = PEER) -> httpx.AsyncClient:
    """Return a client that seems to call from this address; an error past all handlers reaches the test."""

    async def with_raw_query(scope: Scope, receive: Receive, send: Send) -> None:
        # httpx lets no arbitrary bytes into a URL; other clients may.
        raw = Headers(scope=scope).get(RAW_QUERY)
        await app(scope if raw is None else {**scope, "query_string": bytes.fromhex(raw)}, receive, send)

    transport = httpx.ASGITransport(with_raw_query, client=(peer, 50_000))
    return httpx.AsyncClient(transport=transport, base_url="http://chappe.test")


def http2sms_client(services: Services, peer: str = PEER) -> httpx.AsyncClient:
    """Return a client of an application that has http2sms, wrapped as the server wraps it."""
    return client_of(RequestContext(Starlette(routes=http2sms_routes(services)), services.meters), peer)


@dataclass
class Script:
    """A program that sends, with fields that are all right until a test changes some (None leaves one out)."""

    client: httpx.AsyncClient
    fields: dict[str, str]
    method: str = "GET"
    path: str = "/http2sms"

    async def send(self, changes: Mapping[str, str | None] | None = None) -> httpx.Response:
        """Call with these changes."""
        fields = {
            name: value for name, value in (self.fields | dict(changes or {})).items() if value is not None
        }
        return await self.send_raw(urlencode(fields))

    async def send_raw(self, text: str | bytes) -> httpx.Response:
        """Call with fields that are encoded already."""
        if self.method == "GET":
            raw = text.encode() if isinstance(text, str) else text
            return await self.client.get(self.path, headers={RAW_QUERY: raw.hex()})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self.client.post(self.path, content=text, headers=headers)

    async def reason(self, changes: Mapping[str, str | None]) -> str:
        """Call with changes that are refused as a wrong field; return the reason."""
        response = await self.send({"contentType": "text/json"} | dict(changes))
        answer = response.json()
        assert (response.status_code, answer["status"]) == (200, 202), answer
        reason: str = answer["message"]
        return reason


def good_fields(user: User) -> dict[str, str]:
    """Return fields with which this user sends one message."""
    return {
        "account": user.account.name,
        "login": user.login,
        "password": USER_PASSWORD,
        "from": "Chappe",
        "to": "+447700900004",
        "message": "Hello",
    }


@pytest.fixture
async def account(world: World) -> Account:
    """An account with 200 credits."""
    return await world.account()


@pytest.fixture
async def user(world: World, account: Account) -> User:
    """A user of that account, without a quota."""
    created = await world.user(account)
    return await User.get(id=created.id).select_related("account")


@pytest.fixture
async def client(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application that has http2sms."""
    async with http2sms_client(services) as client:
        yield client


@pytest.fixture
def script(client: httpx.AsyncClient, user: User) -> Script:
    """A script with the user's password."""
    return Script(client, fields=good_fields(user))


@pytest.fixture(params=["GET", "POST"])
def either_script(request: pytest.FixtureRequest, client: httpx.AsyncClient, user: User) -> Script:
    """A script that puts its fields in the query, and one that posts them."""
    return Script(client, fields=good_fields(user), method=request.param)


async def sent() -> list[Message]:
    """Return all messages, in the order of their numbers."""
    return await Message.all().order_by("id")


async def nothing_happened() -> bool:
    """Tell whether nothing was sent or debited."""
    return not await Message.exists() and not await Account.exclude(credits_left=200_000).exists()
