"""One event log, four exits: WebSocket, server-sent events, callbacks and query agree."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from server.gateways.simulator import Simulator
from server.operations.accounts.accounts import update_account
from server.operations.core.services import Services
from server.rules.messages.event_cursors import event_cursor
from server.rules.messages.ptt import DeliveryStatus
from server.store.models import DeliveryEvent
from server.workers.callbacks import CallbackDispatcher
from server.workers.dispatch import Sender
from server.workers.inbound import Receiver
from server.workers.loops import Loops, Step
from tests.client import Client, graphql_app, socket_to
from tests.factories.accounts.accounts import World
from tests.factories.callbacks.callbacks import calling_here
from tests.factories.delivery.subscriptions import DEMO, START, SUBSCRIBE, next_events
from tests.factories.graphql.transport.site import Follower, Site, site
from tests.factories.graphql.transport.sse import following
from tests.factories.messages.messages import send
from tests.factories.outbound.endpoints import Endpoint, answering, running_endpoint
from tests.factories.outbound.webhook_client import calling
from tests.factories.running.waiting import eventually

RECEIVERS = ("+33612345000", "+33612345001", "+33612345904", "+33612345024", "+33612345906")
CHANGES = 2 + 3 + 1 + 2 + 2
EVENTS = len(RECEIVERS) + CHANGES
PAGE = """
query ($account: String!, $after: String) {
  deliveryEvents(account: $account, after: $after, first: 3) {
    edges { cursor node { cursor status message { number } } } pageInfo { hasNextPage }
  }
}
"""
Told = list[tuple[str, str, str]]


@pytest.fixture
async def here(services: Services) -> AsyncIterator[Site]:
    """GraphQL on a port."""
    async with site(services) as here:
        yield here


@pytest.fixture
async def called(services: Services, world: World) -> AsyncIterator[tuple[Follower, Endpoint]]:
    """Somebody with an account that calls back, whose messages a worker delivers."""
    follower = await Follower.arrive(world)
    simulator = Simulator(services.clock, step_seconds=0)
    sender, receiver = Sender(services, simulator), Receiver(services, simulator)
    async with running_endpoint(answering(204)) as hook, calling(hook) as caller:
        await update_account(
            calling_here(services, hook.port),
            world.holder,
            account=follower.account.name,
            changes={"callback_url": hook.url("/")},
        )
        dispatcher = CallbackDispatcher(services, caller)
        steps: dict[str, Step] = {
            "sender": sender.step, "receiver": receiver.receive, "receipts": receiver.apply,
            "callbacks": dispatcher.step,
        }  # fmt: skip
        loops = Loops(services.bus, steps)
        loops.start()
        yield follower, hook
        await loops.stop(grace_seconds=20)
        await dispatcher.finish()


def _of(event: dict[str, Any]) -> tuple[str, str, str]:
    return event["cursor"], event["message"]["number"], event["status"]


async def _queried(client: Client) -> Told:
    """Read the whole log, page after page, each from the cursor where the one before ended."""
    told: Told = []
    after, more = START, True
    while more:
        page = (await client.ask(PAGE, {**DEMO, "after": after})).data["deliveryEvents"]
        for edge in page["edges"]:
            assert edge["cursor"] == edge["node"]["cursor"]
            told.append(_of(edge["node"]))
        after, more = told[-1][0], page["pageInfo"]["hasNextPage"]
    return told


async def test_all_four_tell_the_same(
    services: Services, here: Site, called: tuple[Follower, Endpoint]
) -> None:
    """Live and from the past: the same events, statuses and cursors; callbacks in any order.

    An acceptance causes no callback.
    """
    follower, hook = called
    async with socket_to(here.host) as socket, following(here, follower, after=START) as stream:
        await socket.initialise(follower.secret)
        await socket.subscribe(SUBSCRIBE, {**DEMO, "after": START})
        await send(services, follower.world.holder, follower.account, *RECEIVERS)
        by_socket = [_of(event) for event in await next_events(socket, EVENTS)]
        by_stream = await stream.take(EVENTS)
    assert [_of(event.data["data"]["deliveryStatusChanged"]) for event in by_stream] == by_socket
    assert [event.id for event in by_stream] == [cursor for cursor, _, _ in by_socket]
    assert await _queried(Client(graphql_app(services), follower.secret)) == by_socket
    log = await DeliveryEvent.all().order_by("sequence")
    assert by_socket == [
        (event_cursor(event.sequence, event.at_us), str(event.message_id), DeliveryStatus(event.status).name)
        for event in log
    ]

    async def all_called() -> bool:
        return len(hook.requests) >= CHANGES

    await eventually(all_called)
    by_callback = []
    for request in hook.requests:
        query = {name: values[0] for name, values in parse_qs(urlsplit(request.target).query).items()}
        status = DeliveryStatus(int(query["description"])).name
        by_callback.append((request.headers["chappe-cursor"], query["id"], status))
    assert [status for _, _, status in by_socket[: len(RECEIVERS)]] == ["CREATED"] * len(RECEIVERS)
    assert sorted(by_callback) == sorted(by_socket[len(RECEIVERS) :])
    resumed = by_callback[0][0]
    async with socket_to(here.host) as socket:
        await socket.initialise(follower.secret)
        await socket.subscribe(SUBSCRIBE, {**DEMO, "after": resumed})
        left = EVENTS - 1 - [cursor for cursor, _, _ in by_socket].index(resumed)
        assert [_of(event) for event in await next_events(socket, left)] == by_socket[EVENTS - left :]
