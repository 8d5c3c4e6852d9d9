"""Entries that can't be sent for a while are sent later, or end the stream: none is ever left out."""

from collections.abc import AsyncIterator

import pytest

from server.bus.bus import account_topic
from server.graphql.credits.types import ENTRY_ORDER
from server.graphql.delivery.types import EVENT_ORDER
from server.graphql.notifications.types import ALERT_ORDER
from server.graphql.schema import loaders
from server.graphql.schema.paging import Order
from server.operations.core.services import Services
from server.store import outages
from tests.client import socket_to
from tests.factories.access.callers import Callers
from tests.factories.accounts.accounts import World
from tests.factories.delivery.subscriptions import DEMO, listening
from tests.factories.graphql.transport.site import Site, site
from tests.factories.graphql.transport.sse import Event, reading
from tests.factories.logs.entries import add_events, stir_logs
from tests.factories.store.outages import blockade

ON_POSTGRES = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
DELIVERY = (
    "subscription ($account: String!, $after: String) { deliveryStatusChanged(account: $account, after: $after) "
    "{ cursor message { callbackDeliveries { id } } } }"
)
LOGS = {
    "deliveryStatusChanged": (EVENT_ORDER, "message { number }", "message_of"),
    "creditsChanged": (ENTRY_ORDER, "user { login }", "live_user"),
    "limitReached": (ALERT_ORDER, "notifications { state }", "notifications_of"),
}
"""By subscription: the order of its cursors, a field below each entry, and what loads it."""


@pytest.fixture
async def callers(world: World) -> Callers:
    """Two tenants, and all kinds of callers."""
    return await Callers.build(world)


@pytest.fixture
async def here(services: Services) -> AsyncIterator[Site]:
    """GraphQL on a port."""
    async with site(services) as here:
        yield here


def _sequence(order: Order, cursor: str | None) -> int:
    """Return the number of the entry whose cursor this is."""
    assert cursor is not None
    sequence: int = order.values(cursor)[0]
    return sequence


@ON_POSTGRES
@pytest.mark.parametrize("table", ["callback_deliveries", "delivery_events"])
async def test_an_event_whose_backend_is_ended_is_told_all_the_same(
    services: Services, callers: Callers, here: Site, database_url: str, table: str
) -> None:
    """While a field of it is read, or the log itself: it is tried again, and nothing is missing."""
    account = callers.demo.account
    await add_events(account, 1)
    last = account.event_sequence + 1
    async with socket_to(here.host) as socket:
        await socket.initialise(await callers.secret("holder"))
        await socket.subscribe(DELIVERY, DEMO)
        await listening(services, 1)
        await add_events(account, 3)
        async with blockade(database_url, table) as readers:
            services.bus.publish(account_topic(account.id))
            for _ in range(2):
                await readers.end_reader()
        told = [(await socket.receive())["payload"] for _ in range(3)]
    assert [answer.get("errors") for answer in told] == [None] * 3
    cursors = [answer["data"]["deliveryStatusChanged"]["cursor"] for answer in told]
    assert [_sequence(EVENT_ORDER, cursor) for cursor in cursors] == [last + 1, last + 2, last + 3]


@ON_POSTGRES
async def test_a_stream_ends_where_its_database_stays_away(
    monkeypatch: pytest.MonkeyPatch, services: Services, callers: Callers, here: Site, database_url: str
) -> None:
    """After some attempts, with a code and the cursor to resume from; the frame has no id."""
    monkeypatch.setattr(outages, "PAUSES_SECONDS", (0.001,) * 3)
    account, secret = callers.demo.account, await callers.secret("holder") or ""
    await add_events(account, 1)
    last = account.event_sequence + 1
    async with reading(here, DELIVERY, DEMO, authorization=f"Bearer {secret}") as reader:
        await listening(services, 1)
        await add_events(account, 1)
        [first] = await reader.take(1)
        async with blockade(database_url, "callback_deliveries") as readers:
            await add_events(account, 2)
            for _ in range(4):
                await readers.end_reader()
        [error, end] = await reader.rest()
    assert (_sequence(EVENT_ORDER, first.id), end.name) == (last + 1, "complete")
    assert "data" not in error.data
    assert [told["extensions"] for told in error.data["errors"]] == [
        {"code": "UNAVAILABLE", "retryAfter": 1, "cursor": first.id}
    ]
    assert error.id is None
    async with reading(
        here, DELIVERY, DEMO, authorization=f"Bearer {secret}", last_event_id=first.id
    ) as reader:
        later = [_sequence(EVENT_ORDER, event.id) for event in await reader.take(2)]
    assert later == [last + 2, last + 3]


@pytest.mark.parametrize("name", LOGS)
async def test_a_fault_of_ours_leaves_no_entry_out(
    monkeypatch: pytest.MonkeyPatch, services: Services, callers: Callers, here: Site, name: str
) -> None:
    """It ends the stream, over WebSocket and server-sent events, with the last sent entry's cursor."""
    order, below, loader = LOGS[name]
    text = (
        f"subscription ($account: String!, $after: String) {{ {name}(account: $account, after: $after) "
        f"{{ cursor {below} }} }}"
    )
    variables, secret = {**DEMO, "after": order.cursor_at(0, 0)}, await callers.secret("holder") or ""
    for number in (1, 2):
        await stir_logs(services, callers, number)
    load, loads = getattr(loaders, loader), 0

    async def load_every_other(*given: object) -> object:
        nonlocal loads
        loads += 1
        if loads % 2 == 0:
            raise ZeroDivisionError
        return await load(*given)

    monkeypatch.setattr(loaders, loader, load_every_other)
    async with socket_to(here.host) as socket:
        await socket.initialise(secret)
        await socket.subscribe(text, variables)
        told, refused = await socket.receive(), await socket.receive()
    first = told["payload"]["data"][name]["cursor"]
    assert (told["type"], _sequence(order, first)) == ("next", 1)
    assert refused["type"] == "error", refused
    [extensions] = [error["extensions"] for error in refused["payload"]]
    assert (extensions["code"], extensions["cursor"]) == ("INTERNAL_SERVER_ERROR", first)
    async with reading(here, text, variables, authorization=f"Bearer {secret}") as reader:
        [event, error, _] = await reader.rest()
    assert event.id == first
    assert (error.id, _code(error), _cursor_of(error)) == (None, "INTERNAL_SERVER_ERROR", first)
    async with reading(
        here, text, variables, authorization=f"Bearer {secret}", last_event_id=event.id
    ) as reader:
        [next_event] = await reader.take(1)
    assert _sequence(order, next_event.id) == 2


def _code(event: Event) -> str:
    code: str = event.data["errors"][0]["extensions"]["code"]
    return code


def _cursor_of(event: Event) -> str:
    cursor: str = event.data["errors"][0]["extensions"]["cursor"]
    return cursor
