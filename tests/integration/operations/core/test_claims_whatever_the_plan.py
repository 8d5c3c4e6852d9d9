"""Claiming never exceeds the limit, whatever the database's query plan."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import asyncpg
import pytest

from server.operations.callbacks.claims import claim_calls
from server.operations.core.services import Services
from server.operations.dispatch.notices import claim_mails
from server.store.database import Database
from server.store.models import CallbackDelivery, Message, Notification
from tests.factories.accounts.accounts import World
from tests.factories.callbacks.callbacks import many
from tests.factories.messages.messages import claim, numbers, send
from tests.factories.notifications.alerts import raise_alert, repeat, watch

WAYS_TO_JOIN = ("hashjoin", "mergejoin", "hashagg", "sort", "material", "memoize")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database that joins row by row, as PostgreSQL may if it expects few rows."""
    if database_url.startswith("postgres"):
        await _set(database_url, "SET enable_{} = off")
    database = Database(database_url)
    await database.open()
    yield database
    await database.close()
    if database_url.startswith("postgres"):
        await _set(database_url, "RESET enable_{}")


async def _set(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    name = urlsplit(url).path.removeprefix("/")
    for way in WAYS_TO_JOIN:
        await connection.execute(f'ALTER DATABASE "{name}" {statement.format(way)}')
    await connection.close()


async def test_messages(services: Services, world: World) -> None:
    """Of ten that are due, three are claimed; the others wait as they did."""
    account = await world.account()
    await send(services, world.holder, account, *numbers(10))
    assert len((await claim(services, 3)).submissions) == 3
    assert await Message.filter(claim_id__isnull=False).count() == 3


async def test_callbacks(services: Services, world: World) -> None:
    """Of a host as many are claimed as may be called at once."""
    await many(services, world, await world.account(), 20)
    limit = services.policy.callback_parallel_per_host
    assert len(await claim_calls(services, under_way=())) == limit < 20
    assert await CallbackDelivery.filter(claim_id__isnull=False).count() == limit


async def test_mails(services: Services, world: World) -> None:
    """Of ten that are due, three are claimed."""
    account = await watch(world, await world.account(credits=6_000))
    await repeat(await raise_alert(world, account), 9)
    assert len(await claim_mails(services, limit=3)) == 3
    assert await Notification.filter(claim_id__isnull=False).count() == 3
