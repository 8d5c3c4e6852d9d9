"""Following deliveries live over graphql-transport-ws: who may, what arrives, and what remains."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from gql import Client as GqlClient
from gql import gql
from gql.transport.websockets import WebsocketsTransport
from starlette.applications import Starlette
from starlette.types import ASGIApp

from server.gateways.simulator import Simulator
from server.graphql.delivery.types import EVENT_ORDER
from server.graphql.schema.ids import node_id
from server.graphql.transport.asgi import EdgePolicy, graphql_routes
from server.graphql.transport.socket_messages import FORBIDDEN
from server.graphql.transport.streams import Streams
from server.kit.ids import encode_cursor
from server.operations.core.services import Services
from server.store.models import DeliveryEvent, Message, User
from server.web.http2sms.routes import http2sms_routes
from server.workers.dispatch import Sender
from server.workers.inbound import Receiver
from server.workers.loops import Loops
from tests.client import Client, graphql_app, serving, socket_to
from tests.factories.access.callers import ALL_CALLERS, Callers
from tests.factories.accounts.accounts import USER_PASSWORD, World
from tests.factories.delivery.subscriptions import (
    DEMO,
    START,
    SUBSCRIBE,
    listening,
    next_events,
    refusal,
    sequences,
    write_events,
)
from tests.factories.running import plain_http

QUERY = """
query ($account: String!, $login: String, $after: String) {
  deliveryEvents(account: $account, login: $login, after: $after, first: 100) { edges { cursor node { sequence } } }
}
"""
READERS = {"script", "script:read", "colleague", "holder", "holder:read", "operator"}


@pytest.fixture
async def callers(world: World) -> Callers:
    """Two tenants, and all kinds of callers."""
    return await Callers.build(world)


@pytest.fixture
def app(services: Services) -> ASGIApp:
    """GraphQL and http2sms."""
    return Starlette(routes=[*graphql_routes(services, Streams(), EdgePolicy()), *http2sms_routes(services)])


@pytest.fixture
async def host(app: ASGIApp, callers: Callers) -> AsyncIterator[str]:
    """The server's address."""
    assert callers
    async with serving(app) as host:
        yield host


@pytest.fixture
async def worker(services: Services, callers: Callers) -> AsyncIterator[None]:
    """A worker with a simulated operator that answers at once; it begins when the callers are there."""
    assert callers
    gateway = Simulator(services.clock, step_seconds=0)
    sender, receiver = Sender(services, gateway), Receiver(services, gateway)
    loops = Loops(
        services.bus, {"sender": sender.step, "receiver": receiver.receive, "receipts": receiver.apply}
    )
    loops.start()
    yield
    await loops.stop(grace_seconds=20)


@pytest.mark.parametrize("by_header", [True, False])
async def test_who_may_follow(services: Services, callers: Callers, host: str, by_header: bool) -> None:  # noqa: FBT001 the two cases
    """Everybody connects; an operation is refused with its reason, and the connection goes on."""
    outcomes = {}
    for caller in ALL_CALLERS:
        secret = await callers.secret(caller)
        headers = {"Authorization": f"Bearer {secret}"} if by_header and secret else {}
        async with socket_to(host, headers=headers) as socket:
            await socket.initialise(None if by_header else secret)
            if caller in READERS:
                await socket.subscribe(SUBSCRIBE, {**DEMO, "after": START})
                [event] = await next_events(socket, 1)
                outcomes[caller] = event["message"]["userLogin"].partition("-")[0]
            else:
                outcomes[caller] = await refusal(socket, {**DEMO, "after": START})
                assert await refusal(socket, {**DEMO, "after": START}) == outcomes[caller]
    assert outcomes.pop("anonymous") == "UNAUTHENTICATED"
    for stranger in ("neighbour", "holder:bound", "operator:read"):
        assert outcomes.pop(stranger) == "UNKNOWN_ACCOUNT"
    assert outcomes.pop("colleague") == "colleague"
    readers = {caller: outcomes.pop(caller) for caller in READERS - {"colleague"}}
    assert set(readers.values()) == {"script"}
    assert set(outcomes.values()) == {"FORBIDDEN"}
    await listening(services, 0)


async def test_a_made_up_token_follows_nothing(callers: Callers, host: str) -> None:
    """A bad secret in the first message outweighs a good one in the header."""
    good = await callers.secret("holder")
    async with socket_to(host, headers={"Authorization": f"Bearer {good}"}) as socket:
        await socket.send(type="connection_init", payload={"Authorization": "Bearer chs_made-up"})
        assert await socket.closed() == FORBIDDEN


async def test_what_is_followed_can_be_narrowed(callers: Callers, host: str) -> None:
    """The whole account, one user, or one message; an API user always has its own alone."""
    delivered = callers.demo.ids["Message"]
    events = await DeliveryEvent.filter(account_id=callers.demo.account.id).order_by("sequence")
    own = [event.sequence for event in events if event.user_id == callers.demo.script.id]
    theirs = [event.sequence for event in events if event.user_id == callers.demo.colleague.id]
    assert own
    assert theirs
    everything = [event.sequence for event in events]
    of_message = [event.sequence for event in events if node_id("Message", event.message_id) == delivered]
    assert of_message != own
    cases: list[tuple[str, dict[str, str], list[int]]] = [
        ("holder", {}, everything),
        ("holder", {"login": callers.demo.script.login.upper()}, own),
        ("holder", {"login": callers.demo.colleague.login}, theirs),
        ("holder", {"message": delivered}, of_message),
        ("holder", {"message": delivered, "login": callers.demo.script.login}, of_message),
        ("script", {}, own),
        ("script", {"login": callers.demo.script.login}, own),
        ("script", {"message": delivered}, of_message),
        ("colleague", {}, theirs),
    ]
    for caller, narrowed, expected in cases:
        async with socket_to(host) as socket:
            await socket.initialise(await callers.secret(caller))
            await socket.subscribe(SUBSCRIBE, {**DEMO, "after": START, **narrowed})
            assert sequences(await next_events(socket, len(expected))) == expected, (caller, narrowed)


async def test_what_is_others_is_not_there(services: Services, callers: Callers, host: str) -> None:
    """A neighbour's or a colleague's account, login or message is refused like one that never was."""
    colleagues = node_id("Message", callers.demo.messages["colleague"].id)
    cases: list[tuple[str, str, list[dict[str, str]]]] = [
        ("holder", "UNKNOWN_ACCOUNT", [{"account": "sms-other-1"}, {"account": "sms-never-1"}]),
        ("script", "UNKNOWN_ACCOUNT", [{"account": "sms-other-1"}, {"account": "sms-never-1"}]),
        ("holder", "UNKNOWN_USER", [{"login": callers.other.script.login}, {"login": "nobody"}]),
        ("script", "UNKNOWN_USER", [{"login": callers.demo.colleague.login}, {"login": "nobody"}]),
        ("holder", "UNKNOWN_MESSAGE", [{"message": callers.other.ids["Message"]}, {"message": node_id("Message", 999_999)}]),
        ("script", "UNKNOWN_MESSAGE", [{"message": colleagues}, {"message": node_id("Message", 999_999)}]),
        ("holder", "BAD_USER_INPUT", [{"message": "x"}, {"message": callers.demo.ids["User"]}]),
        ("holder", "BAD_USER_INPUT", [{"after": "x"}, {"after": encode_cursor("a")}]),
    ]  # fmt: skip
    for caller, code, variants in cases:
        async with socket_to(host) as socket:
            await socket.initialise(await callers.secret(caller))
            answers = set()
            for variables in variants:
                await socket.subscribe(SUBSCRIBE, {**DEMO, **variables})
                message = await socket.receive()
                answers.add(str(message["payload"]))
                assert code in str(message["payload"]), (caller, variables, message)
                if message["type"] == "next":
                    assert (await socket.receive())["type"] == "complete"
            assert len(answers) == 1 or code == "BAD_USER_INPUT"
    await listening(services, 0)


async def test_resuming_leaves_no_gap_and_repeats_nothing(
    services: Services, callers: Callers, host: str
) -> None:
    """From a cursor in the middle of what is there, while more is being written."""
    account = callers.demo.account
    for _ in range(4):
        await write_events(services, callers)
    middle = await DeliveryEvent.get(account_id=account.id, sequence=4)

    async def write_on() -> None:
        for _ in range(10):
            await write_events(services, callers)

    writing = asyncio.create_task(write_on())
    async with socket_to(host) as one, socket_to(host) as other:
        for socket in (one, other):
            await socket.initialise(await callers.secret("holder"))
            await socket.subscribe(SUBSCRIBE, {**DEMO, "after": EVENT_ORDER.cursor(middle)})
        await writing
        await account.refresh_from_db()
        last = account.event_sequence
        heard = [await next_events(socket, last - middle.sequence) for socket in (one, other)]
    assert sequences(heard[0]) == list(range(middle.sequence + 1, last + 1))
    assert heard[0] == heard[1]
    page = await Client(graphql_app(services), await callers.secret("holder")).ask(
        QUERY, {**DEMO, "after": EVENT_ORDER.cursor(middle)}
    )
    edges = page.data["deliveryEvents"]["edges"]
    assert [edge["cursor"] for edge in edges] == [event["cursor"] for event in heard[0]][:100]


@pytest.mark.usefixtures("worker")
async def test_every_way_of_a_message_is_told(services: Services, callers: Callers, host: str) -> None:
    """Sent by GraphQL and by http2sms, through a worker to its receipt; or cancelled, with status 16."""
    async with socket_to(host) as socket:
        await socket.initialise(await callers.secret("script"))
        await socket.subscribe(SUBSCRIBE, {**DEMO, "login": callers.demo.script.login})
        await listening(services, 1 + 3)
        sent = await _by_http2sms(host, callers.demo.script, "+33612345000")
        story = [(event["previousStatus"], event["status"]) for event in await next_events(socket, 3)]
        assert story == [(None, "CREATED"), ("CREATED", "PENDING"), ("PENDING", "SUCCESS")]
        assert await Message.exists(id=sent, status=1)
        await _by_http2sms(host, callers.demo.script, "+33612345001")
        events = await next_events(socket, 4)
        assert [(event["status"], event["ptt"] and event["ptt"]["code"]) for event in events] == [
            ("CREATED", None), ("PENDING", 3), ("BUFFERED", 1), ("SUCCESS", 4),
        ]  # fmt: skip
        await _by_http2sms(host, callers.demo.script, "+33612345904")
        _, refused = await next_events(socket, 2)
        assert (refused["status"], refused["ptt"]["code"]) == ("NOT_BILLED", 20)
        cancelled = node_id("Message", callers.demo.messages["script"].id)
        await socket.subscribe(
            "mutation ($id: ID!) { cancelMessage(input: {id: $id}) { message { status } userErrors { code } } }",
            {"id": cancelled}, id="cancel",
        )  # fmt: skip
        told: dict[str, Any] = {}
        while len(told) < 2:
            message = await socket.receive()
            if message["type"] == "next":
                told[message["id"]] = message["payload"]["data"]
        assert told["cancel"]["cancelMessage"] == {"message": {"status": "NOT_BILLED"}, "userErrors": []}
        event = told["1"]["deliveryStatusChanged"]
        assert (event["status"], event["ptt"], event["message"]["id"]) == ("NOT_BILLED", None, cancelled)


async def _by_http2sms(host: str, user: User, receiver: str) -> int:
    fields = {
        "account": "sms-demo-1", "login": user.login, "password": USER_PASSWORD, "from": "Chappe", "to": receiver,
        "message": "Hello", "contentType": "text/json",
    }  # fmt: skip
    async with plain_http.client() as client:
        answer = (await client.post(f"http://{host}/http2sms", data=fields)).json()
    assert answer["status"] == 100, answer
    return int(answer["SmsIds"][0])


async def test_a_client_off_the_shelf_follows(services: Services, callers: Callers, host: str) -> None:
    """The gql package, with its own idea of the protocol."""
    transport = WebsocketsTransport(
        url=f"ws://{host}/graphql",
        init_payload={"Authorization": f"Bearer {await callers.secret('holder')}"},
        subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
    )
    request = gql(SUBSCRIBE)
    request.variable_values = {**DEMO, "after": START}
    heard = []
    async with GqlClient(transport=transport) as session:
        async for answer in session.subscribe(request):
            heard.append(int(answer["deliveryStatusChanged"]["sequence"]))
            if len(heard) == 2:
                break
    assert heard == [1, 2]
    await listening(services, 0)
