"""The graphql-transport-ws protocol exactly: what it allows, and how each violation ends."""

import hashlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from server.graphql.transport.asgi import EdgePolicy
from server.graphql.transport.websocket import MAX_ID, PROTOCOL, SocketPolicy
from server.operations.core.services import Services
from tests.client import Socket, socket_to, until
from tests.factories.accounts.accounts import World
from tests.factories.delivery.subscriptions import DEMO, SUBSCRIBE, listening, next_events, refusal, sequences
from tests.factories.graphql.transport.site import Follower, Site, site

pytestmark = pytest.mark.one_database

QUERY = "{ __typename }"
ANSWER = {"__typename": "Query"}


@pytest.fixture
async def here(services: Services) -> AsyncIterator[Site]:
    """GraphQL on a port, with the bounds that it has by default."""
    async with site(services) as here:
        yield here


@pytest.fixture
async def follower(world: World) -> Follower:
    """Somebody who may follow an account."""
    return await Follower.arrive(world)


def _subscribe(**changed: Any) -> str:
    return json.dumps({"type": "subscribe", "id": "1", "payload": {"query": QUERY}, **changed})


BREACHES: dict[str, str | bytes] = {
    "a list": "[]",
    "a string": '"x"',
    "a number": "42",
    "null": "null",
    "no JSON": "{",
    "nothing": "",
    "bytes": _subscribe().encode(),
    "NaN": '{"type": "ping", "payload": {"x": NaN}}',
    "infinity": '{"type": "ping", "payload": {"x": -Infinity}}',
    "deep lists": "[" * 100_000 + "]" * 100_000,
    "deep objects": '{"type": "ping", "payload": ' + '{"a":' * 100_000 + "1" + "}" * 100_002,
    "a huge integer": '{"type": "ping", "payload": {"x": ' + "9" * 10_000 + "}}",
    "half a surrogate pair": '{"type": "ping", "payload": {"x": "\\ud800"}}',
    "no type": "{}",
    "an unknown type": '{"type": "connection_terminate"}',
    "a type of the old protocol": '{"type": "start", "id": "1", "payload": {}}',
    "a type of the server's": '{"type": "next", "id": "1", "payload": {}}',
    "a type that is a list": '{"type": ["ping"]}',
    "no id": '{"type": "subscribe", "payload": {"query": "{ __typename }"}}',
    "an object as id": _subscribe(id={}),
    "a number as id": _subscribe(id=1),
    "null as id": _subscribe(id=None),
    "an empty id": _subscribe(id=""),
    "half a surrogate pair as id": _subscribe(id="\ud800"),
    "complete without id": '{"type": "complete"}',
    "a number to complete": '{"type": "complete", "id": 1}',
    "no payload": '{"type": "subscribe", "id": "1"}',
    "null as payload": _subscribe(payload=None),
    "a string as payload": _subscribe(payload="x"),
    "a list as payload": _subscribe(payload=[]),
    "a list in a ping": '{"type": "ping", "payload": []}',
    "a string in a pong": '{"type": "pong", "payload": "x"}',
    "no query": _subscribe(payload={}),
    "an object as query": _subscribe(payload={"query": {}}),
    "a number as operation name": _subscribe(payload={"query": QUERY, "operationName": 1}),
    "a string as variables": _subscribe(payload={"query": QUERY, "variables": "{}"}),
    "a list as extensions": _subscribe(payload={"query": QUERY, "extensions": []}),
}


@pytest.mark.parametrize("breach", BREACHES)
async def test_what_the_protocol_does_not_know_ends_the_connection(here: Site, breach: str) -> None:
    """Close code 4400 in all cases; and the next connection is served."""
    async with socket_to(here.host) as socket:
        await socket.initialise()
        await socket.connection.send(BREACHES[breach])
        assert await socket.closed() == 4400
        assert socket.connection.close_reason
    async with socket_to(here.host) as socket:
        await socket.initialise()
        assert (await socket.ask(QUERY))["data"] == ANSWER


DEEP: list[Any] = []
for _ in range(100):
    DEEP = [DEEP]
TOO_MUCH: dict[str, dict[str, Any]] = {
    "too long an id": {"id": "x" * (MAX_ID + 1)},
    "deep variables": {"variables": {"a": DEEP}},
    "many variables": {"variables": {"a": [1] * 5_001}},
    "a huge integer": {"variables": {"a": 10**100}},
    "a NUL": {"variables": {"a": "\0"}},
    "half a surrogate pair": {"variables": {"a": "\ud800"}},
    "half a surrogate pair in the document": {"query": '{ account(name: "\ud800") { name } }'},
    "deep extensions": {"extensions": {"a": DEEP}},
}


@pytest.mark.parametrize("kind", TOO_MUCH)
async def test_what_is_too_much_is_refused_by_itself(here: Site, kind: str) -> None:
    """An `error` for that operation, and the others go on."""
    given = dict(TOO_MUCH[kind])
    id_ = given.pop("id", "wrong")
    async with socket_to(here.host) as socket:
        await socket.initialise()
        await socket.send(type="subscribe", id=id_, payload={"query": QUERY, **given})
        message = await socket.receive()
        assert (message["id"], message["type"]) == (id_, "error")
        assert message["payload"][0]["extensions"]["code"] == "BAD_USER_INPUT"
        assert (await socket.ask(QUERY))["data"] == ANSWER


@pytest.mark.parametrize("payload", ["x", 1, [], True])
async def test_the_first_message_has_an_object_or_nothing(here: Site, payload: object) -> None:
    """Anything else in it ends the connection."""
    async with socket_to(here.host) as socket:
        await socket.send(type="connection_init", payload=payload)
        assert await socket.closed() == 4400


@pytest.mark.parametrize(
    "more",
    [{}, {"payload": None}, {"payload": {}}, {"payload": {"Authorization": None, "x": [1]}}, {"id": 1}],
)
async def test_the_first_message_may_be_bare(here: Site, more: dict[str, Any]) -> None:
    """A caller without credentials is not signed in, and may read what anybody may."""
    async with socket_to(here.host) as socket:
        await socket.send(type="connection_init", **more)
        assert await socket.receive() == {"type": "connection_ack"}
        assert (await socket.ask(QUERY))["data"] == ANSWER
        assert await refusal(socket, DEMO) == "UNAUTHENTICATED"


async def test_nothing_is_asked_before_the_first_message(here: Site) -> None:
    """Close code 4401."""
    async with socket_to(here.host) as socket:
        await socket.subscribe(QUERY)
        assert await socket.closed() == 4401


async def test_a_bad_token_is_refused(here: Site) -> None:
    """Close code 4403, without a word of what was wrong with it."""
    async with socket_to(here.host) as socket:
        await socket.send(type="connection_init", payload={"authorization": "Bearer chs_no-such-secret"})
        assert await socket.closed() == 4403
        assert socket.connection.close_reason == "Forbidden"


@pytest.mark.parametrize("offered", [None, "graphql-ws", "Graphql-Transport-WS"])
async def test_no_other_protocol_is_spoken(here: Site, offered: str | None) -> None:
    """Close code 4406 for who offers none or another one, such as the old Apollo's."""
    subprotocols = None if offered is None else [Subprotocol(offered)]
    async with connect(f"ws://{here.host}/graphql", subprotocols=subprotocols, proxy=None) as connection:
        assert connection.subprotocol is None
        assert await Socket(connection).closed() == 4406


async def test_the_protocol_is_chosen_among_several(here: Site) -> None:
    """Ours is taken, wherever it stands in the list."""
    offered = [Subprotocol("graphql-ws"), Subprotocol(PROTOCOL)]
    async with connect(f"ws://{here.host}/graphql", subprotocols=offered, proxy=None) as connection:
        assert connection.subprotocol == PROTOCOL
        await Socket(connection).initialise()


async def test_the_first_message_has_to_come_soon(services: Services) -> None:
    """Close code 4408 for who says other things, or nothing; who has said it is left in peace."""
    policy = EdgePolicy(sockets=SocketPolicy(init_seconds=0.3))
    async with (
        site(services, policy) as here,
        socket_to(here.host) as talker,
        socket_to(here.host) as mute,
        socket_to(here.host) as quick,
    ):
        await quick.initialise()
        await talker.send(type="ping")
        assert [await talker.closed(), await mute.closed()] == [4408, 4408]
        assert (await quick.ask(QUERY))["data"] == ANSWER


async def test_there_is_one_first_message(here: Site) -> None:
    """Close code 4429 for a second one."""
    async with socket_to(here.host) as socket:
        await socket.initialise()
        await socket.send(type="connection_init")
        assert await socket.closed() == 4429


async def test_an_id_in_use_is_not_given_again(services: Services, here: Site, follower: Follower) -> None:
    """Close code 4409, and all that ran on the connection is over."""
    async with socket_to(here.host) as socket:
        await socket.initialise(follower.secret)
        await socket.subscribe(SUBSCRIBE, DEMO, id="twice")
        await listening(services, 1)
        await socket.subscribe(SUBSCRIBE, DEMO, id="twice")
        assert await socket.closed() == 4409
        assert socket.connection.close_reason == "Subscriber for twice already exists"
        await listening(services, 0)
        assert here.streams.count == 0


async def test_the_longest_id_is_not_cut(here: Site) -> None:
    """A reason that would not fit into a close frame is shortened, and the code arrives."""
    id_ = "\u00e9" * MAX_ID
    async with socket_to(here.host) as socket:
        await socket.initialise()
        await socket.subscribe(QUERY, id=id_)
        assert [(await socket.receive())["id"] for _ in range(2)] == [id_, id_]


async def test_the_reason_of_a_long_id_fits(services: Services, here: Site, follower: Follower) -> None:
    """A close frame has room for 123 bytes, whatever the id that its reason names."""
    id_ = "\u20ac" * MAX_ID
    async with socket_to(here.host) as socket:
        await socket.initialise(follower.secret)
        await socket.subscribe(SUBSCRIBE, DEMO, id=id_)
        await listening(services, 1)
        await socket.subscribe(SUBSCRIBE, DEMO, id=id_)
        assert await socket.closed() == 4409


async def test_pings_are_answered_and_pongs_are_not(here: Site) -> None:
    """Even before the first message; a payload comes back unchanged."""
    async with socket_to(here.host) as socket:
        for payload in ({}, {"payload": {"deep": [{"er": "\u20ac"}, 1.5, None]}}):
            await socket.send(type="pong", **payload)
            await socket.send(type="ping", **payload)
            assert await socket.receive() == {"type": "pong", **payload}
        await socket.initialise()
        await socket.send(type="ping")
        assert await socket.receive() == {"type": "pong"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nonsense }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { __typename } query B { __typename }", "OPERATION_RESOLUTION_FAILURE"),
        ("query ($a: Int!) { account(name: $a) { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($name: String!) { account(name: $name) { id } }", "UNAUTHENTICATED"),
    ],
)
async def test_a_wrong_operation_is_an_error_of_its_own(here: Site, query: str, code: str) -> None:
    """It gets an `error` message; the connection and its other operations go on."""
    async with socket_to(here.host) as socket:
        await socket.initialise()
        await socket.subscribe(query, id="wrong")
        message = await socket.receive()
        assert (message["id"], message["type"]) == ("wrong", "error")
        assert [error["extensions"]["code"] for error in message["payload"]] == [code]
        await socket.subscribe(QUERY, id="wrong")
        assert (await socket.receive())["payload"]["data"] == ANSWER
        assert await socket.receive() == {"type": "complete", "id": "wrong"}


async def test_queries_and_mutations_are_answered_too(services: Services, here: Site, world: World) -> None:
    """Data, the errors of fields, and what is refused, as over HTTP."""
    follower = await Follower.arrive(world)
    async with socket_to(here.host) as socket:
        await socket.initialise(follower.secret)
        answer = await socket.ask('{ account(name: "sms-demo-1") { name } }')
        assert answer["data"] == {"account": {"name": "sms-demo-1"}}
        answer = await socket.ask("query ($n: String!) { account(name: $n) { name } }")
        assert answer["errors"]
        answer = await socket.ask("mutation { signOut { userErrors { code } } }")
        assert answer["data"] == {"signOut": {"userErrors": []}}
        await until(lambda: services.bus.listener_count() == 0)


async def test_a_document_may_be_named_by_its_hash(services: Services) -> None:
    """The extensions of a subscribe message are used to find the document."""
    digest = hashlib.sha256(QUERY.encode()).hexdigest()
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": digest}}
    async with (
        site(services, EdgePolicy(persisted_queries=True)) as here,
        socket_to(here.host) as socket,
    ):
        await socket.initialise()
        heard = []
        for id_, more in (("a", {}), ("b", {"query": QUERY}), ("c", {})):
            await socket.send(type="subscribe", id=id_, payload={"extensions": extensions, **more})
            message = await socket.receive()
            if message["type"] == "error":
                heard.append(message["payload"][0]["extensions"]["code"])
            else:
                heard.append(message["payload"]["data"])
                assert await socket.receive() == {"type": "complete", "id": id_}
        assert heard == ["PERSISTED_QUERY_NOT_FOUND", ANSWER, ANSWER]


async def test_completing_frees_the_id_and_what_it_had(
    services: Services, here: Site, follower: Follower
) -> None:
    """Nothing more is heard of the old operation, and a new one can have its id at once."""
    async with socket_to(here.host) as socket:
        await socket.initialise(follower.secret)
        await socket.send(type="complete", id="never-was")
        for _ in range(20):
            await socket.subscribe(SUBSCRIBE, DEMO, id="again")
            await socket.send(type="complete", id="again")
        await socket.subscribe(SUBSCRIBE, DEMO, id="again")
        await until(lambda: (services.bus.listener_count(), here.streams.count) == (1, 1))
        await socket.send(type="ping")
        assert await socket.receive() == {"type": "pong"}
        await follower.stir()
        assert sequences(await next_events(socket, 1)) == [1]
        await socket.send(type="complete", id="again")
        await until(lambda: (services.bus.listener_count(), here.streams.count) == (0, 0))
        await follower.stir()
        await socket.send(type="ping")
        assert await socket.receive() == {"type": "pong"}
