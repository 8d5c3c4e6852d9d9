"""Sending by URL and GraphQL during an outage of the database, and right after."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from structlog.testing import capture_logs

from server.graphql.transport.socket_messages import TRY_AGAIN_LATER
from server.operations.core.services import Services
from server.store import outages
from server.store.database import Database
from server.store.models import Account, LedgerEntry, Message
from server.store.sql import fetch
from server.web.health import Readiness
from tests.client import Client, graphql_app, serving, socket_to
from tests.factories.accounts.accounts import World
from tests.factories.graphql.transport.site import Follower
from tests.factories.messages.messages import RECEIVER
from tests.factories.store.outages import OUTAGES_OF_SQLITE
from tests.integration.web.conftest import Script, nothing_happened

SEND = (
    "mutation ($input: SendMessageInput!) "
    "{ sendMessage(input: $input) { receivers { accepted message { status } } userErrors { message } } }"
)
REASON = "The server can't take messages now"
FAILURES = {
    "text/plain": f"KO\n{REASON}",
    "application/json": f'{{"status":503,"message":"{REASON}"}}',
    "text/xml": f"<response><status>503</status><message>{REASON.replace(chr(39), '&#x27;')}</message></response>",
}


@pytest.fixture
async def administrator(postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the PostgreSQL server, separate from the application's."""
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.parametrize("signed_in_before", [True, False])
async def test_a_postgresql_that_goes_away_and_comes_back(
    administrator: asyncpg.Connection, script: Script, *, signed_in_before: bool
) -> None:
    """Meanwhile status 503 in the content type asked for, and nothing is sent; afterwards all is well."""
    if signed_in_before:
        assert (await script.send({"class": "9"})).text.startswith("KO\nInvalid class")
    name = await script_database()
    try:
        await administrator.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await administrator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
        )
        for content_type, body in FAILURES.items():
            with capture_logs() as logs:
                response = await script.send({"contentType": content_type})
            assert (response.status_code, response.text) == (503, body)
            assert response.headers["retry-after"] == "1"
            assert "http2sms is unavailable" in [line["event"] for line in logs]
            assert "abcd1234" not in repr(logs)
    finally:
        await administrator.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    assert await nothing_happened()
    assert (await script.send()).text.startswith("OK\n")


async def test_a_fault_of_ours_on_the_way_rolls_everything_back(
    database: Database, script: Script, account: Account
) -> None:
    """The credits are debited first; when the messages can't be written, they are back. Nobody is to try again."""
    await database.client.execute_script("ALTER TABLE messages RENAME TO away")
    try:
        response = await script.send({"contentType": "text/json"})
    finally:
        await database.client.execute_script("ALTER TABLE away RENAME TO messages")
    assert (response.status_code, response.json()["status"]) == (500, 500)
    assert "retry-after" not in response.headers
    assert (await Account.get(id=account.id)).credits_left == 200_000
    assert not await Message.exists()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("word", OUTAGES_OF_SQLITE)
async def test_an_sqlite_that_keeps_nothing(
    database: Database, services: Services, world: World, script: Script, word: str
) -> None:
    """By URL and by GraphQL it is 503 and a word to try again, to probes the reason; afterwards all is well."""
    client = Client(graphql_app(services), (await Follower.arrive(world, "sms-demo-2")).secret)
    readiness = Readiness(database, services.transactions, every_seconds=0)
    sending = {
        "account": "sms-demo-2", "sender": "Chappe", "receivers": [RECEIVER], "text": "Hello",
        "idempotencyKey": "again",
    }  # fmt: skip
    async with OUTAGES_OF_SQLITE[word](database):
        await _use_up_room(script)
        before = await _state()
        for content_type, body in FAILURES.items():
            response = await script.send({"contentType": content_type})
            assert (response.status_code, response.text) == (503, body)
            assert response.headers["retry-after"] == "1"
        answer = await client.ask(SEND, {"input": sending})
        assert (answer.response.status_code, answer.codes) == (503, ["UNAVAILABLE"])
        assert answer.response.headers["retry-after"] == "1"
        assert (await readiness.checks())["database"] == word
    assert await _state() == before
    assert (await script.send()).text.startswith("OK\n")
    [sent] = (await client.ask(SEND, {"input": sending})).data["sendMessage"]["receivers"]
    assert (sent["accepted"], sent["message"]["status"]) == (True, "CREATED")


async def _use_up_room(script: Script) -> None:
    """Send until that is refused: the last pages of a full file have some room left."""
    for _ in range(100):
        if (await script.send({"message": "x" * 900})).status_code != 200:
            return
    pytest.fail("it never was")


async def _state() -> tuple[int, list[int]]:
    """Return how many movements there were, and what they left."""
    return await LedgerEntry.all().count(), [
        account.credits_left for account in await Account.all().order_by("id")
    ]


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_graphql_and_its_sockets_without_postgresql(
    administrator: asyncpg.Connection, services: Services, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request gets 503 for any accepted type, a new socket 1013, an operation on an open one an error."""
    monkeypatch.setattr(outages, "PAUSES_SECONDS", ())
    follower = await Follower.arrive(world)
    app = graphql_app(services)
    async with serving(app) as host, socket_to(host) as socket, socket_to(host) as late:
        await socket.initialise(follower.secret)
        name = await script_database()
        try:
            await administrator.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            await administrator.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
            )
            for type_ in ("application/json", "application/graphql-response+json", "text/event-stream"):
                client = Client(app, follower.secret).sending(Accept=type_)
                for query in ("{ viewer { name } }", "{ __typename }"):
                    answer = await client.ask(query)
                    assert (answer.response.status_code, answer.codes) == (503, ["UNAVAILABLE"])
                    assert answer.response.headers["retry-after"] == "1"
            assert (await socket.ask("{ viewer { name } }"))["errors"][0]["extensions"][
                "code"
            ] == "UNAVAILABLE"
            await late.send(type="connection_init", payload={"Authorization": f"Bearer {follower.secret}"})
            assert await late.closed() == TRY_AGAIN_LATER
        finally:
            await administrator.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        assert (await socket.ask("{ __typename }"))["data"] == {"__typename": "Query"}


async def script_database() -> str:
    """Return the name of the database that the application uses."""
    name: str = (await fetch("SELECT current_database() AS name"))[0]["name"]
    return name
