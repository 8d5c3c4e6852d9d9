"""Metrics for Prometheus."""

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from server.errors import Conflict
from server.gateways.simulator import Simulator
from server.kit.clock import DAY_US, ManualClock
from server.operations.callbacks.management import send_test_callback
from server.operations.core.services import Services
from server.operations.core.transactions import count
from server.store.database import Database
from server.store.models import CallbackTarget, Message, MessageState, Receipt
from server.web.http2sms.routes import http2sms_routes
from server.web.metrics import metrics_routes
from server.web.middleware import RequestContext
from server.workers.dispatch import Sender
from tests.factories.accounts.accounts import World
from tests.factories.callbacks.callbacks import OK, call_due, listening_user
from tests.factories.links.links import OPEN, WAITING, report, set_up_link
from tests.integration.web.conftest import Script, client_of

Sample = Callable[..., float | None]


@pytest.fixture
async def client(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application with http2sms and metrics."""
    app = Starlette(
        routes=[
            *http2sms_routes(services),
            *metrics_routes(services, followed=lambda: {"sse": 2, "websocket": 0}),
        ]
    )
    async with client_of(RequestContext(app, services.meters)) as client:
        yield client


async def scrape(client: httpx.AsyncClient) -> Sample:
    """Return a function that finds a sample of one scrape by its name and labels."""
    response = await client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/plain; version=")
    samples = {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }
    return lambda name, **labels: samples.get((name, frozenset(labels.items())))


async def test_requests_are_counted_by_route_method_and_status(
    client: httpx.AsyncClient, script: Script
) -> None:
    """The route is its template: an unknown path creates no new series."""
    await script.send()
    await script.send()
    await client.post("/http2sms", data=script.fields)
    await client.get("/no/such/page")
    await client.request("BREW", "/http2sms")
    sample = await scrape(client)
    name = "chappe_http_requests_total"
    assert sample(name, route="/http2sms", method="GET", status="200") == 2
    assert sample(name, route="/http2sms", method="POST", status="200") == 1
    assert sample(name, route="unmatched", method="GET", status="404") == 1
    assert sample(name, route="/http2sms", method="other", status="405") == 1
    assert sample("chappe_http_request_seconds_count", route="/http2sms") == 4


async def test_accepted_messages_are_counted(client: httpx.AsyncClient, script: Script) -> None:
    """Each receiver is a message; what is refused is none."""
    await script.send({"to": "+447700900004,+447700900005"})
    await script.send({"to": "+447700900004,x"})
    assert (await scrape(client))("chappe_messages_accepted_total") == 2


async def test_queues_are_read_from_the_database(
    client: httpx.AsyncClient, services: Services, script: Script
) -> None:
    """What is due, deferred and claimed, what receipts wait, and how many events there were."""
    await script.send({"to": "+447700900001,+447700900002,+447700900003"})
    await script.send({"deferred": "120022092026"})
    await Message.filter(receiver="+447700900002").update(
        state=MessageState.CLAIMED, due_at_us=services.clock.now_us() + DAY_US
    )
    await Receipt.create(gateway="link", operator_id="1", status=1, received_at_us=0)
    with services.bus.listen("account:1"):
        sample = await scrape(client)
    assert [sample("chappe_messages_waiting", state=state) for state in ("due", "deferred", "claimed")] == [
        2,
        1,
        1,
    ]
    assert sample("chappe_receipts_waiting") == 1
    assert sample("chappe_bus_listeners") == 1
    assert sample("chappe_database_up") == 1
    assert sample("chappe_oldest_due_seconds") == 0
    await Sender(services, Simulator(services.clock, step_seconds=0)).step()
    sample = await scrape(client)
    assert sample("chappe_messages_waiting", state="due") == 0
    assert sample("chappe_delivery_changes_total", status="PENDING") == 2
    assert sample("chappe_bus_listeners") == 0


async def test_what_clients_follow_is_told(client: httpx.AsyncClient) -> None:
    """By transport, and where nobody follows anything as well."""
    sample = await scrape(client)
    assert sample("chappe_followed_operations", transport="sse") == 2
    assert sample("chappe_followed_operations", transport="websocket") == 0


async def test_without_a_database_the_rest_is_still_told(
    client: httpx.AsyncClient, database: Database
) -> None:
    """A scrape that fails would look as if the process were gone."""
    await client.get("/http2sms")
    await database.client.execute_script("ALTER TABLE messages RENAME TO away")
    try:
        sample = await scrape(client)
    finally:
        await database.client.execute_script("ALTER TABLE away RENAME TO messages")
    assert sample("chappe_database_up") == 0
    assert sample("chappe_messages_waiting", state="due") is None
    assert sample("chappe_http_requests_total", route="/http2sms", method="GET", status="200") == 1


async def test_callbacks_are_counted(client: httpx.AsyncClient, services: Services, world: World) -> None:
    """How many wait, from the database."""
    account = await world.account("sms-calls-1")
    user = await listening_user(services, world, account, "caller")
    for login in (user.login, user.login):
        await send_test_callback(services, world.holder, account=account.name, login=login, stop=False)
    assert (await scrape(client))("chappe_callbacks_waiting") == 2
    await call_due(services, OK)
    assert (await scrape(client))("chappe_callbacks_waiting") == 0


async def test_links_are_told(client: httpx.AsyncClient, services: Services, world: World) -> None:
    """How many of their binds are open, and how busy they are; a link that nobody holds has none open."""
    await set_up_link(world, "held")
    await set_up_link(world, "forsaken")
    await set_up_link(world, "disabled", enabled=False)
    await report(services, "held", OPEN, OPEN, WAITING, in_flight=7, throttled=True, times_throttled=3)
    sample = await scrape(client)
    assert sample("chappe_link_bound", link="held") == 2
    assert sample("chappe_link_window", link="held") == 7
    assert sample("chappe_link_slowed", link="held") == 1
    assert sample("chappe_link_throttled_total", link="held") == 3
    assert sample("chappe_link_bound", link="forsaken") == 0
    assert sample("chappe_link_bound", link="disabled") is None


async def test_the_oldest_due_message_has_an_age(
    client: httpx.AsyncClient, clock: ManualClock, script: Script
) -> None:
    """What is deferred is not due, and grows no older before it is."""
    assert (await scrape(client))("chappe_oldest_due_seconds") == 0
    await script.send({"deferred": "120022092026"})
    clock.advance(seconds=10)
    assert (await scrape(client))("chappe_oldest_due_seconds") == 0
    await script.send()
    clock.advance(seconds=90)
    await script.send()
    assert (await scrape(client))("chappe_oldest_due_seconds") == 90


async def test_disabled_callback_urls_are_told(
    client: httpx.AsyncClient, services: Services, world: World
) -> None:
    """An operator has somebody to tell."""
    account = await world.account("sms-calls-1")
    await listening_user(services, world, account, "caller")
    assert (await scrape(client))("chappe_callback_urls_disabled") == 0
    await CallbackTarget.all().update(disabled_at_us=1, disabled_reason="gone")
    assert (await scrape(client))("chappe_callback_urls_disabled") == 1


async def test_what_rolls_back_is_not_counted(services: Services) -> None:
    """A count follows the commit."""

    async def work() -> None:
        count(lambda meters: meters.messages_accepted.inc())
        raise Conflict("not this time")

    with pytest.raises(Conflict):
        await services.transactions.run(work)
    assert services.meters.registry.get_sample_value("chappe_messages_accepted_total") == 0
