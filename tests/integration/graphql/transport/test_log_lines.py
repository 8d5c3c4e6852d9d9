"""The log line of each operation: the caller, the account, the operation, and the outcome."""

from collections.abc import Iterator, MutableMapping, Sequence
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from server.graphql.delivery.types import EVENT_ORDER
from server.operations.access.authentication import sign_in_holder, sign_in_user
from server.operations.core.services import Services
from server.web.http2sms.routes import http2sms_routes
from server.web.middleware import RequestContext
from tests.client import Client, graphql_app, serving, socket_to, until
from tests.factories.accounts.accounts import HOLDER_PASSWORD, USER_PASSWORD, World
from tests.factories.graphql.transport.site import Follower

pytestmark = pytest.mark.one_database

Line = MutableMapping[str, Any]
FACTS = ("caller", "account", "operation", "code")

QUOTA = """
    mutation SetQuota($input: SetUserQuotaInput!) { setUserQuota(input: $input) { userErrors { message } } }
"""
FOLLOW = """
    subscription Follow($account: String!, $after: String) {
        deliveryStatusChanged(account: $account, after: $after) { sequence }
    }
"""


@pytest.fixture
def logs() -> Iterator[Sequence[Line]]:
    """What is logged, with what is bound to the request."""
    with capture_logs(processors=[merge_contextvars]) as logs:
        yield logs


def facts(logs: Sequence[Line], event: str = "request") -> tuple[str | None, ...]:
    """Return what the last line of an event tells."""
    line = [line for line in logs if line["event"] == event][-1]
    return tuple(line.get(name) for name in FACTS)


def counted(services: Services, code: str) -> float | None:
    """Return how many GraphQL errors of a code the process has counted."""
    return services.meters.registry.get_sample_value("chappe_graphql_errors_total", {"code": code})


async def test_an_operation_is_told_with_its_caller(
    services: Services, world: World, logs: Sequence[Line]
) -> None:
    """By number, and not by the address that it signs in with; a refusal by its code, which is counted."""
    account = await world.account(credits=1_000)
    await world.user(account)
    signed_in = await sign_in_holder(
        services, email=world.holder.name, password=HOLDER_PASSWORD, address=None
    )
    client = Client(graphql_app(services), signed_in.secret)
    given = {"account": account.name, "login": "script", "enabled": True, "credits": "1000"}
    await client.ask(QUOTA, {"input": given})
    caller = world.holder.key
    assert facts(logs) == (caller, account.name, "mutation SetQuota", "INSUFFICIENT_CREDITS")
    assert counted(services, "INSUFFICIENT_CREDITS") == 1
    await client.ask(QUOTA, {"input": {**given, "credits": "much"}})
    assert facts(logs) == (caller, account.name, "mutation SetQuota", "INVALID_AMOUNT")
    await client.ask(QUOTA, {"input": {**given, "credits": "1"}})
    assert facts(logs) == (caller, account.name, "mutation SetQuota", None)


async def test_what_is_no_accounts_name_is_not_told(services: Services, logs: Sequence[Line]) -> None:
    """A caller writes nothing into the log."""
    await Client(graphql_app(services)).ask(
        QUOTA, {"input": {"account": "sms-x\nforged", "login": "x", "enabled": False}}
    )
    assert facts(logs) == (None, None, "mutation SetQuota", "UNAUTHENTICATED")
    assert counted(services, "UNAUTHENTICATED") == 1


async def test_a_document_that_is_none_is_told(services: Services, logs: Sequence[Line]) -> None:
    """Nobody is looked up for it."""
    await Client(graphql_app(services)).ask("{")
    assert facts(logs)[-1] == "GRAPHQL_PARSE_FAILED"
    assert counted(services, "GRAPHQL_PARSE_FAILED") == 1


async def test_an_operation_of_a_socket_has_a_line(
    services: Services, world: World, logs: Sequence[Line]
) -> None:
    """A user's with its login and account."""
    account = await world.account()
    user = await world.user(account)
    signed_in = await sign_in_user(
        services, account=account.name, login=user.login, password=USER_PASSWORD, address=None
    )
    async with serving(graphql_app(services)) as host, socket_to(host) as socket:
        await socket.initialise(signed_in.secret)
        await socket.ask("query Me { viewer { name } }")
        await socket.ask("query Rates { holders { nodes { email } } }")
        await until(lambda: sum(line["event"] == "operation" for line in logs) == 2)
    lines = [tuple(line.get(name) for name in FACTS) for line in logs if line["event"] == "operation"]
    assert lines == [
        (f"user:{user.login}", account.name, "query Me", None),
        (f"user:{user.login}", account.name, "query Rates", "FORBIDDEN"),
    ]


async def test_an_operation_that_its_client_completes_has_a_line(
    services: Services, world: World, logs: Sequence[Line]
) -> None:
    """As others have, and that says who ended it."""
    follower = await Follower.arrive(world)
    await follower.stir()
    async with serving(graphql_app(services)) as host, socket_to(host) as socket:
        await socket.initialise(follower.secret)
        await socket.subscribe(
            FOLLOW, {"account": "sms-demo-1", "after": EVENT_ORDER.cursor_at(0, 0)}, id="one"
        )
        assert (await socket.receive())["type"] == "next"
        await socket.send(type="complete", id="one")
        await until(lambda: any(line["event"] == "operation" for line in logs))
    lines = [line for line in logs if line["event"] == "operation"]
    assert [tuple(line.get(name) for name in FACTS) for line in lines] == [
        (f"holder:{world.holder.holder_id}", "sms-demo-1", "subscription Follow", None)
    ]
    assert lines[0]["completed"] == "by its client"


async def test_a_request_by_url_has_its_user_and_code(
    services: Services, world: World, logs: Sequence[Line]
) -> None:
    """Once the password was right; before that, what is claimed is nobody's name."""
    account = await world.account()
    user = await world.user(account)
    fields = {
        "account": account.name, "login": user.login, "password": USER_PASSWORD, "from": "Chappe",
        "to": "+447700900004", "message": "Hello",
    }  # fmt: skip
    app = RequestContext(Starlette(routes=http2sms_routes(services)), services.meters)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://chappe.test") as web:
        for changed, code in (({}, "100"), ({"to": "x"}, "202"), ({"message": ""}, "201")):
            await web.post("/http2sms", data={**fields, **changed})
            assert facts(logs)[-1] == code
        assert facts(logs)[:2] == (None, None)
        await web.post("/http2sms", data=fields)
        assert facts(logs)[:2] == (f"user:{user.login}", account.name)
        await web.post("/http2sms", data={**fields, "password": "wrong123"})
        assert facts(logs) == (None, None, None, "202")
