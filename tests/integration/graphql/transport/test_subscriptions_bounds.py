"""The ends of a log: cursors of deleted entries, and followers that are too slow."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace

import pytest
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from server.graphql.delivery.types import EVENT_ORDER
from server.graphql.schema.context import Context
from server.graphql.transport.answers import GraphqlResponse
from server.graphql.transport.asgi import EdgePolicy, build_engine
from server.graphql.transport.documents import Operation
from server.graphql.transport.engine import NewDocument, Request
from server.logs.tail import Followers
from server.operations.core.services import Services
from server.store.models import Account, DeliveryEvent
from tests.client import PATIENCE_SECONDS, PEER, Client, graphql_app, serving, socket_to
from tests.factories.access.callers import Callers
from tests.factories.accounts.accounts import World
from tests.factories.delivery.subscriptions import DEMO, SUBSCRIBE
from tests.factories.logs.entries import add_events, purge_events


@pytest.fixture
async def callers(world: World) -> Callers:
    """Two tenants, and all kinds of callers."""
    return await Callers.build(world)


@pytest.fixture
async def host(services: Services) -> AsyncIterator[str]:
    """Where GraphQL is served."""
    async with serving(graphql_app(services)) as host:
        yield host


async def test_a_cursor_of_what_is_gone_is_told(services: Services, callers: Callers, host: str) -> None:
    """The query and the subscription both refuse it, and accept the cursor of the last deleted entry."""
    account = callers.demo.account
    await add_events(account, 5)
    gone, last_gone = await _cursor(account, 2), await _cursor(account, 3)
    await purge_events(account, through=3)
    client = Client(graphql_app(services), await callers.secret("holder"))
    query = (
        "query ($account: String!, $after: String) "
        "{ deliveryEvents(account: $account, after: $after) { nodes { sequence } } }"
    )
    assert (await client.ask(query, {**DEMO, "after": gone})).codes == ["CURSOR_EXPIRED"]
    for after in (last_gone, None):
        page = (await client.ask(query, {**DEMO, "after": after})).data["deliveryEvents"]["nodes"]
        assert page[0] == {"sequence": "4"}
    async with socket_to(host) as socket:
        await socket.initialise(await callers.secret("holder"))
        await socket.subscribe(SUBSCRIBE, {**DEMO, "after": gone})
        message = await socket.receive()
        assert message["type"] == "error"
        assert message["payload"][0]["extensions"] == {"code": "CURSOR_EXPIRED"}
        assert "no longer kept" in message["payload"][0]["message"]
        await socket.subscribe(SUBSCRIBE, {**DEMO, "after": last_gone})
        assert "'sequence': '4'" in str(await socket.receive())


async def test_who_lags_is_told_where_to_resume(services: Services, callers: Callers) -> None:
    """The error ends the subscription, and its cursor goes on without a gap or a repeat."""
    services = replace(services, followers=Followers(services.bus, max_behind=300))
    secret, last = await callers.secret("holder") or "", callers.demo.account.event_sequence
    slow = await _followed(services, secret, await _cursor(callers.demo.account, last - 1))
    heard = [_sequence(await anext(slow))]
    await add_events(callers.demo.account, 250)
    heard.append(_sequence(await anext(slow)))
    await add_events(callers.demo.account, 900)
    answers = [answer async for answer in slow]
    heard += [_sequence(answer) for answer in answers[:-1]]
    [error] = answers[-1].errors
    assert error["extensions"]["code"] == "LAGGING"
    async with (
        asyncio.timeout(PATIENCE_SECONDS),
        aclosing(await _followed(services, secret, error["extensions"]["cursor"])) as resumed,
    ):
        while len(heard) < 1_151:
            heard.append(_sequence(await anext(resumed)))
    assert heard == list(range(last, last + 1_151))


async def _cursor(account: Account, sequence: int) -> str:
    return EVENT_ORDER.cursor(await DeliveryEvent.get(account_id=account.id, sequence=sequence))


async def _followed(services: Services, secret: str, after: str) -> AsyncGenerator[GraphqlResponse, None]:
    """Subscribe without a transport, so that nothing takes the answers in but the test."""
    request = HttpRequest({"type": "http", "headers": []})
    context = Context(services, request, Response(), PEER, secure_cookies=False)
    await context.identify(secret)
    engine = build_engine(services, EdgePolicy())
    asked = Request(SUBSCRIBE, variables={**DEMO, "after": after})
    new = engine.look_up(asked)
    assert isinstance(new, NewDocument)
    operation = await engine.look_over(context, new)
    assert isinstance(operation, Operation)
    assert await engine.admit(context, operation, asked.variables) is None
    return engine.run(context, operation, asked.variables)


def _sequence(answer: GraphqlResponse) -> int:
    return int(answer.payload["data"]["deliveryStatusChanged"]["sequence"])
