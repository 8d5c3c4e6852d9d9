"""Distinguishing temporary failures from bugs, by the real errors of both databases."""

import asyncio
import errno
import sqlite3
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import asyncpg
import pytest
from tortoise.exceptions import DBConnectionError
from tortoise.transactions import in_transaction

from server.store.database import Database
from server.store.models import Account, Counter, Holder
from server.store.outages import Outage, is_outage, outage_of, ride_out
from server.store.sql import fetch
from tests.factories.store.outages import OUTAGES_OF_SQLITE


async def _raised(work: Callable[[], Awaitable[object]]) -> BaseException:
    with pytest.raises(Exception) as told:  # noqa: PT011 which one is what is asked
        await work()
    return told.value


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT nothing FROM accounts",
        "SELECT FROM WHERE",
        "SELECT 1 FROM nowhere",
        "INSERT INTO counters (name, value) VALUES (NULL, 1)",
        "INSERT INTO counters (name, value) VALUES ('twice', 1), ('twice', 2)",
    ],
)
async def test_a_wrong_statement_is_a_fault_of_ours(statement: str) -> None:
    """A column or a table that is not there, SQL that is none, and values that the tables refuse."""
    assert outage_of(await _raised(lambda: fetch(statement))) is None


@pytest.mark.usefixtures("database")
async def test_so_is_a_value_that_fits_nowhere() -> None:
    """Nor is a row that is missing one."""
    assert outage_of(await _raised(lambda: Holder.get(id=1))) is None
    too_big = await _raised(lambda: Counter.create(name="big", value=10**30))
    assert outage_of(too_big) is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("word", OUTAGES_OF_SQLITE)
async def test_what_an_sqlite_file_suffers(database: Database, word: str) -> None:
    """Each has its word."""
    async with OUTAGES_OF_SQLITE[word](database):
        error = await _raised(
            lambda: (
                fetch(
                    "INSERT INTO messages (id, body, created_at_us) SELECT 1, zeroblob(20000), id FROM messages"
                )
                if word == "corrupt"
                else fetch("CREATE TABLE more AS SELECT zeroblob(20000)")
            )
        )
    assert outage_of(error) == word


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_lock_that_others_hold(database: Database) -> None:
    """Somebody else writes for longer than anyone waits."""
    await database.client.execute_script("PRAGMA busy_timeout = 1")
    with closing(sqlite3.connect(database.url.removeprefix("sqlite://"))) as other:
        other.execute("BEGIN IMMEDIATE")

        async def write() -> None:
            async with in_transaction():
                pytest.fail("it began")

        assert outage_of(await _raised(write)) is Outage.LOCKED


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_commit_that_fails_leaves_nothing_open(database: Database) -> None:
    """What it would have written is gone, and the next transaction begins."""

    async def work() -> None:
        async with in_transaction():
            await database.client.execute_query("PRAGMA defer_foreign_keys = on")
            await Account.create(name="sms-orphan-1", holder_id=999, created_at_us=0)

    failed = await _raised(work)
    assert isinstance(failed, sqlite3.IntegrityError), failed
    assert not is_outage(failed)
    async with in_transaction():
        await Counter.create(name="after", value=1)
    assert await Counter.exists(name="after")
    assert not await Account.exists()


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.usefixtures("database")
async def test_what_postgresql_raises(database_url: str) -> None:
    """An ended backend, and a lock that is not waited for; and a server that is not there."""
    await Counter.create(name="locked", value=1)
    other = await asyncpg.connect(database_url)
    try:
        assert (
            outage_of(await _raised(lambda: fetch("SELECT pg_terminate_backend(pg_backend_pid())"))) == "away"
        )
        async with other.transaction():
            await other.execute("SELECT * FROM counters FOR UPDATE")
            impatient = "SELECT * FROM counters FOR UPDATE NOWAIT"
            assert outage_of(await _raised(lambda: fetch(impatient))) == "locked"
    finally:
        await other.close()
    nowhere = await _raised(lambda: asyncpg.connect("postgres://nobody@127.0.0.1:1/nothing"))
    assert outage_of(nowhere) == "away"


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_transaction_that_can_not_begin_costs_the_pool_no_connection(
    database: Database, database_url: str
) -> None:
    """However often its backend ends just before."""
    assert await fetch("SELECT 1")
    pool = database.client._pool

    async def end(pid: int) -> None:
        administrator = await asyncpg.connect(database_url)
        await administrator.execute("SELECT pg_terminate_backend($1, 60000)", pid)
        await administrator.close()

    async def begin() -> None:
        async with in_transaction():
            await fetch("SELECT 1")

    for _ in range(pool.get_max_size() + 1):
        [row] = await fetch("SELECT pg_backend_pid() AS pid")
        # In a loop of its own while this one stands still, and so hears of it only when it begins.
        with ThreadPoolExecutor() as threads:
            threads.submit(asyncio.run, end(row["pid"])).result()
        assert is_outage(await _raised(begin))
    async with asyncio.timeout(30):
        taken = [await pool.acquire() for _ in range(pool.get_max_size())]
    for connection in taken:
        await pool.release(connection)


def test_the_systems_own_errors() -> None:
    """What a full disk or a lack of descriptors is called."""
    words = {
        errno.ENOSPC: "full",
        errno.EROFS: "read-only",
        errno.EMFILE: "out of descriptors",
        errno.ECONNREFUSED: "away",
    }
    assert {code: outage_of(OSError(code, "")) for code in words} == words
    assert outage_of(DBConnectionError("gone")) == "away"
    assert outage_of(ExceptionGroup("", [TimeoutError(), OSError(errno.EMFILE, "")])) == "away"
    assert outage_of(ExceptionGroup("", [TimeoutError(), ZeroDivisionError()])) is None
    assert outage_of(ZeroDivisionError()) is None


async def test_an_outage_is_ridden_out_and_a_fault_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one is tried again a bounded number of times, the other raised at once."""
    monkeypatch.setattr("server.store.outages.PAUSES_SECONDS", (0.0, 0.0))
    errors: list[Exception] = []
    calls = 0

    async def work() -> int:
        nonlocal calls
        calls += 1
        if errors:
            raise errors.pop()
        return calls

    errors += [TimeoutError(), TimeoutError()]
    assert await ride_out(work) == 3
    errors += [TimeoutError()] * 3
    with pytest.raises(TimeoutError):
        await ride_out(work)
    errors += [ZeroDivisionError()]
    with pytest.raises(ZeroDivisionError):
        await ride_out(work)
    assert calls == 3 + 3 + 1
