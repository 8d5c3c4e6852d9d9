"""GraphQL over server-sent events, in the mode of distinct connections."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import ExitStack, aclosing

import pytest
from starlette.requests import Request

from server.graphql.access.cookies import COOKIE
from server.graphql.schema.context import Context
from server.graphql.transport.answers import GraphqlResponse
from server.graphql.transport.asgi import EdgePolicy
from server.graphql.transport.sse import COMPLETE, PING, event_stream
from server.graphql.transport.streams import MAX_OF_ONE_CALLER, Streams, Transport
from server.graphql.transport.websocket import SocketPolicy
from server.operations.access.authentication import principal_of_secret, sign_out
from server.operations.core.services import Services
from tests.client import PEER, until
from tests.factories.accounts.accounts import HOLDER_PASSWORD, World
from tests.factories.delivery.subscriptions import DEMO, START, SUBSCRIBE, listening
from tests.factories.graphql.transport.site import Follower, Site, site
from tests.factories.graphql.transport.sse import STREAM, Event, ask_and_never_read, following, reading

pytestmark = pytest.mark.one_database

QUERY = "{ __typename }"


@pytest.fixture
async def here(services: Services) -> AsyncIterator[Site]:
    """GraphQL on a port."""
    async with site(services) as here:
        yield here


@pytest.fixture
async def follower(world: World) -> Follower:
    """Somebody who may follow an account."""
    return await Follower.arrive(world)


async def test_a_query_is_one_event_and_the_end(here: Site) -> None:
    """To the letter: lines end in LF, data is one line of JSON, and the end has an empty one."""
    async with reading(here, QUERY) as reader:
        [answer, end] = await reader.rest()
    assert answer.name == "next"
    assert answer.data["data"] == {"__typename": "Query"}
    assert (answer.id, end) == (None, Event("complete", None))
    assert reader.response.headers["content-type"].partition(";")[0] == STREAM
    assert reader.response.headers["cache-control"] == "no-store"
    assert "\r" not in reader.text
    assert reader.text.startswith("event: next\ndata: {")
    assert reader.text.endswith("}\n\nevent: complete\ndata:\n\n")
    assert here.streams.count == 0


async def test_what_fails_in_a_field_is_in_the_event(here: Site, follower: Follower) -> None:
    """An answer with errors is an answer."""
    async with following(here, follower, after="no-cursor") as reader:
        [answer, end] = await reader.rest()
    assert [error["extensions"]["code"] for error in answer.data["errors"]] == ["BAD_USER_INPUT"]
    assert (answer.name, end.name) == ("next", "complete")


@pytest.mark.parametrize(
    "accept",
    [
        "text/event-stream, application/json;q=0.1",
        "*/*",
        "application/graphql-response+json, text/event-stream",
    ],
)
async def test_who_reads_json_gets_json(here: Site, accept: str) -> None:
    """A stream is for those alone who accept no JSON; others get one answer, and no subscription."""
    async with reading(here, QUERY, accept=accept) as reader:
        body = json.loads(await reader.response.aread())
        assert body["data"] == {"__typename": "Query"}
        assert "json" in reader.response.headers["content-type"]
    async with reading(here, SUBSCRIBE, DEMO, accept=accept) as reader:
        [error] = json.loads(await reader.response.aread())["errors"]
        assert reader.response.status_code == 400
        assert error["extensions"]["code"] == "BAD_REQUEST"


async def test_events_come_as_they_happen(services: Services, here: Site, follower: Follower) -> None:
    """The headers and a comment come at once, each event when it is written, with its cursor as its id."""
    async with following(here, follower) as reader:
        await listening(services, 1)
        for sequence in (1, 2, 3):
            await follower.stir()
            [event] = await reader.take(1)
            assert (event.name, event.sequence) == ("next", sequence)
            told = event.data["data"]["deliveryStatusChanged"]
            assert (event.id, told["previousStatus"], told["status"]) == (told["cursor"], None, "CREATED")
        assert here.streams.by_transport == {"sse": 1, "websocket": 0}
        assert reader.text.startswith(": ping\n\n")
        assert reader.response.headers["x-accel-buffering"] == "no"
        assert reader.response.headers["cache-control"] == "no-store"


async def test_resuming_leaves_no_gap_and_repeats_nothing(
    services: Services, here: Site, follower: Follower
) -> None:
    """A client that reconnects names the last event it saw, and goes on behind it, whatever `after` says."""
    await follower.stir(3)
    last, heard = None, []
    for _ in range(4):
        async with following(here, follower, after=START, last_event_id=last) as reader:
            for event in await reader.take(2):
                heard.append(event.sequence)
                last = event.id
        await listening(services, 0)
        await follower.stir(2)
    assert heard == list(range(1, 9))


async def test_a_browsers_event_source_follows(services: Services, here: Site, follower: Follower) -> None:
    """By GET with the page's cookie, and it resumes after an automatic reconnect."""
    await follower.stir(3)
    last, heard = None, []
    for _ in range(2):
        async with reading(
            here, SUBSCRIBE, {**DEMO, "after": START}, method="GET", last_event_id=last,
            cookie=f"{COOKIE}={follower.secret}", sec_fetch_site="same-origin",
        ) as reader:  # fmt: skip
            for event in await reader.take(2):
                heard.append(event.sequence)
                last = event.id
        await listening(services, 0)
        await follower.stir()
    assert heard == [1, 2, 3, 4]


async def test_another_sites_event_source_is_nobody(here: Site, follower: Follower) -> None:
    """Its page could not read the events, and none are sent."""
    cookie = f"{COOKIE}={follower.secret}"
    async with reading(
        here, SUBSCRIBE, DEMO, method="GET", cookie=cookie, sec_fetch_site="cross-site"
    ) as reader:
        assert reader.response.status_code == 401


async def test_signing_in_by_a_stream_sets_the_cookie(here: Site, follower: Follower) -> None:
    """As by JSON: what is done is done before the headers of its answer are sent."""
    assert follower
    credentials = {"holder": {"email": "holder@example.com", "password": HOLDER_PASSWORD}}
    query = "mutation ($input: SignInInput!) { signIn(input: $input) { token } }"
    async with reading(here, query, {"input": credentials}) as reader:
        [answer, end] = await reader.rest()
    assert answer.data["data"]["signIn"]["token"] in reader.response.headers["set-cookie"]
    assert end.name == "complete"


async def test_a_made_up_event_id_is_refused(here: Site, follower: Follower) -> None:
    """The stream says so and ends."""
    async with following(here, follower, last_event_id="made-up") as reader:
        [answer, end] = await reader.rest()
    assert answer.data["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert end.name == "complete"


async def test_who_goes_away_leaves_nothing(services: Services, here: Site, follower: Follower) -> None:
    """While nothing happens, and while events pour in."""
    await follower.stir(20)
    for after in (None, START) * 3:
        async with following(here, follower, after=after) as reader:
            await until(lambda: (services.bus.listener_count(), here.streams.count) == (1, 1))
            if after is not None:
                await reader.take(1)
        await until(lambda: here.is_idle and services.bus.listener_count() == 0)
    await follower.stir()


async def test_who_does_not_read_and_goes_leaves_nothing(
    services: Services, here: Site, follower: Follower
) -> None:
    """A pending event is dropped at once when the client disconnects, with everything that it held."""
    await follower.stir(2)
    stuck = asyncio.Event()
    await ask_and_never_read(here, follower, stuck, gone=stuck)
    assert stuck.is_set()
    assert here.is_idle
    assert services.bus.listener_count() == 0


async def test_who_does_not_read_is_cut_off(services: Services, follower: Follower) -> None:
    """A client that stays and takes nothing keeps nothing for longer than a send may take."""
    await follower.stir(2)
    stuck = asyncio.Event()
    async with site(services, EdgePolicy(sockets=SocketPolicy(send_seconds=0.1))) as here:
        await ask_and_never_read(here, follower, stuck, gone=asyncio.Event())
        assert stuck.is_set()
        assert here.is_idle
        assert services.bus.listener_count() == 0


async def test_a_shutdown_ends_a_stream_without_its_end(
    services: Services, here: Site, follower: Follower
) -> None:
    """So the client knows that there is more to come, and comes back."""
    await follower.stir()
    async with following(here, follower, after=START) as reader:
        [event] = await reader.take(1)
        assert event.sequence == 1
        here.streams.stop()
        assert await reader.rest() == []
    await until(lambda: here.is_idle and services.bus.listener_count() == 0)


async def test_a_stream_outlives_no_right(services: Services, here: Site, follower: Follower) -> None:
    """After its session's end the stream ends at the next event, without further events."""
    async with following(here, follower) as reader:
        await listening(services, 1)
        await sign_out(services, await principal_of_secret(services, follower.secret, PEER))
        follower.world.services.clock.advance(5)  # type: ignore[attr-defined]  # tests have one that stands
        await follower.stir()
        [answer, end] = await reader.rest()
    assert [error["extensions"]["code"] for error in answer.data["errors"]] == ["UNAUTHENTICATED"]
    assert "data" not in answer.data
    assert end.name == "complete"


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("{", 400, "GRAPHQL_PARSE_FAILED"),
        ("subscription { nonsense }", 400, "GRAPHQL_VALIDATION_FAILED"),
        (SUBSCRIBE, 401, "UNAUTHENTICATED"),
    ],
)
async def test_what_is_refused_is_no_stream(here: Site, query: str, status: int, code: str) -> None:
    """What is not run at all is answered in JSON, with its code, and a status that no client takes for a stream's."""
    async with reading(here, query, DEMO) as reader:
        assert reader.response.status_code == status
        assert reader.response.headers["content-type"].partition(";")[0] == "application/json"
        [error] = json.loads(await reader.response.aread())["errors"]
    assert error["extensions"]["code"] == code
    assert here.streams.count == 0


async def test_a_caller_follows_so_much(services: Services, here: Site, follower: Follower) -> None:
    """One stream more than the bound is refused, and says when to come back; others are not concerned."""
    caller = (await principal_of_secret(services, follower.secret, PEER)).key
    with ExitStack() as stack:
        for _ in range(MAX_OF_ONE_CALLER):
            stack.enter_context(here.streams.follow(caller, Transport.SSE))
        async with reading(here, SUBSCRIBE, DEMO, authorization=f"Bearer {follower.secret}") as reader:
            [error] = json.loads(await reader.response.aread())["errors"]
            assert error["extensions"] == {"code": "THROTTLED", "retryAfter": 1}
            assert reader.response.status_code == 429
            assert reader.response.headers["retry-after"] == "1"
        async with reading(here, QUERY) as reader:
            assert len(await reader.rest()) == 2
    async with following(here, follower) as reader:
        await listening(services, 1)


async def test_a_silent_stream_shows_that_it_lives(services: Services) -> None:
    """Comments go out for as long as there is nothing to tell, so that nothing between gives it up."""
    speak = asyncio.Event()

    async def answers() -> AsyncGenerator[GraphqlResponse, None]:
        await speak.wait()
        yield GraphqlResponse({"data": {}})

    request = Request({"type": "http", "headers": []})
    context = Context(services, request, request, None, secure_cookies=False)  # type: ignore[arg-type]  # unused
    stream = event_stream(answers(), context, Streams(), ping_seconds=0.01)
    async with aclosing(stream):
        assert [await anext(stream) for _ in range(4)] == [PING] * 4
        speak.set()
        rest = [event async for event in stream]
    assert [event for event in rest if event != PING] == [b'event: next\ndata: {"data":{}}\n\n', COMPLETE]
