"""A large answer is made in small parts, one in each pass of the loop, and others have their turn."""

import asyncio
from typing import Any

import pytest

from server.graphql.messages.types import MessageConnection
from server.graphql.transport.executor import PlannedExecutor
from server.graphql.transport.websocket import Connection
from server.kit.passes import OBJECTS_A_PASS
from server.kit.phone_number import parse_phone_number
from server.operations.messages import screening
from server.store import orm, reading
from tests.client import socket_to
from tests.factories.accounts.accounts import World
from tests.factories.graphql.api import Api
from tests.factories.graphql.transport.site import site
from tests.factories.running.turns import Counted
from tests.factories.store.population import populate

pytestmark = pytest.mark.one_database

ACCOUNTS, EACH = 6, 100
PAGES = f"{{ accounts {{ nodes {{ messages(first: {EACH}) {{ nodes {{ SELECTION }} }} }} }} }}"


async def _messages(api: Api, world: World, counted: Counted, selection: str) -> list[Any]:
    await populate(world, accounts=ACCOUNTS, each=EACH)
    found = await counted.during(api.data(world.holder, PAGES.replace("SELECTION", selection)))
    return [message for account in found["accounts"]["nodes"] for message in account["messages"]["nodes"]]


@pytest.mark.parametrize("selection", ["account { id }", "user { login } events { status }", "waitReason"])
async def test_objects_are_begun_a_few_at_a_time(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch, selection: str
) -> None:
    """What takes the executor, and further reading, for each of its objects."""
    counted, execute_fields = Counted(), PlannedExecutor.execute_fields

    def counting(*args: Any) -> Any:
        counted.add()
        return execute_fields(*args)

    monkeypatch.setattr(PlannedExecutor, "execute_fields", counting)
    assert len(await _messages(api, world, counted, selection)) == ACCOUNTS * EACH
    assert counted.total > ACCOUNTS * EACH
    assert counted.most <= 2 * OBJECTS_A_PASS


async def test_pages_are_made_one_at_a_time(api: Api, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a plan makes in one go: a page, but not those of other accounts in the same pass."""
    counted, execute_fields = Counted(), PlannedExecutor.execute_fields

    def counting(*args: Any) -> Any:
        counted.add(isinstance(args[2], MessageConnection))
        return execute_fields(*args)

    monkeypatch.setattr(PlannedExecutor, "execute_fields", counting)
    assert len(await _messages(api, world, counted, "id body status")) == ACCOUNTS * EACH
    assert counted.total == ACCOUNTS
    assert counted.most == 1


async def test_rows_are_made_into_objects_in_slices(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One statement gives the rows of all pages; they become objects some hundred at a time."""
    counted, made = Counted(), orm.objects

    def counting(model: Any, rows: Any) -> Any:
        counted.add(len(rows))
        return made(model, rows)

    monkeypatch.setattr(orm, "objects", counting)
    await _messages(api, world, counted, "id")
    assert counted.total > ACCOUNTS * EACH
    assert counted.most <= reading.ROWS_A_PASS


async def test_receivers_are_looked_at_in_slices(
    api: Api, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message to a thousand receivers, estimated and sent."""
    await world.account(credits=10**9)
    counted = Counted()

    def counting(text: str) -> Any:
        counted.add()
        return parse_phone_number(text)

    monkeypatch.setattr(screening, "parse_phone_number", counting)
    draft = {
        "account": "sms-demo-1", "sender": "Chappe", "text": "Hello",
        "receivers": [f"+447700{number:06d}" for number in range(1_000)],
    }  # fmt: skip
    estimate = (
        "query($input: EstimateMessageInput!) { estimateMessage(input: $input) { receivers { code } } }"
    )
    found = await counted.during(api.data(world.holder, estimate, input=draft))
    assert len(found["estimateMessage"]["receivers"]) == 1_000
    sent = await counted.during(
        api.mutate(
            world.holder, "sendMessage", "receivers { message { id } }", **draft, idempotencyKey="once"
        )
    )
    assert len({receiver["message"]["id"] for receiver in sent["receivers"]}) == 1_000
    assert counted.total == 2_000
    assert counted.most <= screening.AT_ONCE


async def test_messages_of_a_socket_are_read_one_at_a_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that came together too: each may be large."""
    counted, handle = Counted(), Connection._handle

    async def counting(*args: Any) -> None:
        counted.add()
        await handle(*args)

    monkeypatch.setattr(Connection, "_handle", counting)
    async with site(world.services) as served, socket_to(served.host) as socket:
        await socket.initialise()

        async def ping() -> None:
            await asyncio.gather(*(socket.send(type="ping") for _ in range(20)))
            for _ in range(20):
                assert await socket.receive() == {"type": "pong"}

        await counted.during(ping())
    assert counted.total == 21
    assert counted.most == 1
