"""The guide's verifier of callbacks accepts genuine calls, and no others."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from server.kit.clock import SystemClock
from server.operations.callbacks.management import rotate_callback_key, send_test_callback
from server.operations.core.services import Services
from server.settings import Settings
from server.store.database import Database
from server.store.models import Account
from server.wiring import build_services
from server.workers.callbacks import CallbackDispatcher
from tests.acceptance.pages import block
from tests.factories.accounts.accounts import World
from tests.factories.callbacks.callbacks import calling_here, listening_user
from tests.factories.outbound.endpoints import Request, answering, running_endpoint
from tests.factories.outbound.webhook_client import calling

PAGE = "docs/guides/callbacks.md"
Verifier = Callable[..., bool]


@dataclass(frozen=True)
class Called:
    """A call to an endpoint, with everything that its verification needs."""

    host: str
    request: Request
    secrets: tuple[str, str]

    @property
    def url(self) -> str:
        """The URL as the endpoint sees it."""
        return f"http://{self.request.headers['host']}{self.request.target}"


@pytest.fixture
async def called(database: Database, settings: Settings) -> AsyncIterator[Called]:
    """A real, recent call, shortly after a rotation: both the old and the new key sign."""
    assert database
    services: Services = build_services(settings, SystemClock())
    world = await World.create(services)
    account: Account = await world.account()
    async with running_endpoint(answering(200)) as endpoint, calling(endpoint) as caller:
        services = calling_here(services, endpoint.port)
        user = await listening_user(services, world, account, url=endpoint.url("/hook?key=1"))
        of_user = {"account": account.name, "login": user.login}
        old, new = [(await rotate_callback_key(services, world.holder, **of_user)).secret for _ in range(2)]
        await send_test_callback(services, world.holder, **of_user, stop=False)
        dispatcher = CallbackDispatcher(services, caller)
        while await dispatcher.step():
            pass
        [request] = endpoint.requests
        yield Called(f"127.0.0.1:{endpoint.port}", request, (old, new))
    await services.drain()
    services.passwords.close()


@pytest.fixture
def is_genuine() -> Verifier:
    """The function in the guide."""
    code = block(PAGE, "python")
    names: dict[str, Any] = {}
    exec(compile(code, PAGE, "exec"), names)  # noqa: S102 our own page
    found: Verifier = names["is_genuine"]
    return found


def test_a_genuine_call_is_known(called: Called, is_genuine: Verifier) -> None:
    """With the new key, and for a day also with the old one."""
    assert [is_genuine(secret, called.request.headers, called.url) for secret in called.secrets] == [
        True,
        True,
    ]


def test_a_forged_call_is_known(called: Called, is_genuine: Verifier) -> None:
    """Another key, URL, id or time, a missing signature, and a call that is replayed much later."""
    secret, headers = called.secrets[1], called.request.headers
    forged: list[tuple[str, dict[str, str], str]] = [
        ("whsec_" + "A" * 43 + "=", headers, called.url),
        (secret, headers, called.url + "0"),
        (secret, headers, called.url.replace("http://", "https://")),
        (secret, {**headers, "webhook-id": "other"}, called.url),
        (secret, {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)}, called.url),
        (secret, {**headers, "webhook-timestamp": "soon"}, called.url),
        (secret, {**headers, "webhook-signature": "v1,AAAA v1a,é"}, called.url),
        (secret, {}, called.url),
    ]
    assert [call for call in forged if is_genuine(*call)] == []
    assert not is_genuine(secret, headers, called.url, tolerance_seconds=-1)
