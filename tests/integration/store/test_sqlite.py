"""SQLite's transactions: short statements run on the event loop, and behave as in the driver's thread."""

import asyncio
import threading
import time

import pytest
from tortoise.exceptions import IntegrityError, OperationalError
from tortoise.transactions import in_transaction

from server.store import sqlite
from server.store.database import Database
from server.store.models import Counter
from server.store.sql import fetch, run_many
from tests.client import PATIENCE_SECONDS

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(params=[True, False], ids=["loop", "thread"])
def on_the_loop(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a test with the switch on and off."""
    monkeypatch.setattr(sqlite, "ON_THE_LOOP", request.param)


@pytest.mark.usefixtures("database", "on_the_loop")
async def test_a_transaction_changes_and_finds_rows() -> None:
    """It tells how many rows changed or were found, and gives them."""
    async with in_transaction() as transaction:
        await run_many("INSERT INTO counters (name, value) VALUES ($1, $2)", [["a", 1], ["b", 2]])
        assert (await transaction.execute_query("UPDATE counters SET value = value + 1"))[0] == 2
        assert (await transaction.execute_query("SELECT * FROM counters WHERE value > ?", [2]))[0] == 1
        assert await fetch("SELECT name, value FROM counters ORDER BY name") == [
            {"name": "a", "value": 2},
            {"name": "b", "value": 3},
        ]
    assert await Counter.all().count() == 2


@pytest.mark.usefixtures("database", "on_the_loop")
async def test_an_error_ends_it_as_in_the_thread() -> None:
    """The errors are the library's, and nothing is left of the transaction."""
    await Counter.create(name="a", value=1)
    with pytest.raises(IntegrityError):
        async with in_transaction():
            await fetch("INSERT INTO counters (name, value) VALUES ($1, 2)", "a")
    with pytest.raises(OperationalError):
        async with in_transaction():
            await fetch("SELECT nothing FROM nowhere")
    with pytest.raises(IntegrityError):
        async with in_transaction():
            await run_many("INSERT INTO counters (name, value) VALUES ($1, $2)", [["b", 1], ["b", 2]])
    assert await Counter.all().values_list("name", "value") == [("a", 1)]


async def test_which_statements_run_on_the_loop(database: Database) -> None:
    """A transaction's, except for those of many rows; none outside of a transaction."""
    here, threads = threading.get_ident(), list[int]()

    def note() -> int:
        threads.append(threading.get_ident())
        return 1

    await fetch("SELECT 1")
    database.client._connection._conn.create_function("note", 0, note)
    await fetch("SELECT note()")
    assert threads.pop() != here
    async with in_transaction():
        await fetch("SELECT note()")
        assert threads.pop() == here
        for count, is_here in ((sqlite.FEW_ROWS, True), (sqlite.FEW_ROWS + 1, False)):
            rows = [[f"{count}-{number}"] for number in range(count)]
            await run_many("INSERT INTO counters (name, value) VALUES ($1, note())", rows)
            assert {thread == here for thread in threads} == {is_here}
            threads.clear()


@pytest.mark.usefixtures("database")
async def test_a_long_transaction_gives_others_their_turn() -> None:
    """However short its statements are."""
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    running = asyncio.ensure_future(others())
    async with in_transaction():
        begun = turns
        until = time.monotonic() + PATIENCE_SECONDS
        while turns < begun + 3:
            assert time.monotonic() < until
            await fetch("SELECT 1")
    running.cancel()
