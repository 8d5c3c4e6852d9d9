"""`python -m tests.bench.driver`: what a write costs the database, by its driver alone, in a process of its own.

Its argument is the database's URL. An order names the work and for how many seconds it is repeated; the answer says how
many milliseconds each time took. `quota` is the UPDATEs and INSERTs of a setUserQuota, `messages` the INSERT of the
1,000 messages of a sending, both in a transaction as durable as the server's. SQLite's driver is the synchronous one,
without a thread in between.
"""

import asyncio
import itertools
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

import asyncpg

from tests.bench.orders import answer, orders

QUOTA = (
    (
        "UPDATE accounts SET credits_left = credits_left - 1000, ledger_sequence = ledger_sequence + 1, "
        "audit_sequence = audit_sequence + 1 WHERE id = $1 AND credits_left >= 1000 "
        "RETURNING credits_left, ledger_sequence, audit_sequence"
    ),
    (
        "UPDATE users SET quota_on = TRUE, quota_left = quota_left + 1000, quota_assigned = quota_left + 1000 "
        "WHERE id = $1 RETURNING quota_left"
    ),
    (
        "INSERT INTO ledger_entries (sequence, kind, account_delta, quota_delta, user_login, account_balance, "
        "quota_balance, reference, caused_by, at_us, account_id, user_id) "
        "VALUES ($1, 'QUOTA_SET', -1000, 1000, 'script', $2, $3, $4, 'holder@example.com', $5, $6, $7)"
    ),
    (
        "INSERT INTO audit_entries (sequence, action, subject, detail, before, caused_by, at_us, account_id) "
        "VALUES ($1, 'setUserQuota', 'script', $2, $3, 'holder@example.com', $4, $5)"
    ),
)
MESSAGES = "SELECT * FROM messages WHERE batch_id = (SELECT MAX(batch_id) FROM messages)"
FIRST_ID = 10**15
"""Far from those that the server gives."""


class Driver(Protocol):
    """A connection."""

    async def fetch(self, sql: str, *values: object) -> Sequence[Any]:
        """Run a statement."""

    async def insert(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Run a statement for each row."""


class SqliteDriver:
    """Python's own."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        for pragma in ("synchronous = FULL", "foreign_keys = ON", "busy_timeout = 10000"):
            self._connection.execute(f"PRAGMA {pragma}")

    async def fetch(self, sql: str, *values: object) -> Sequence[Any]:
        """Run a statement."""
        return self._connection.execute(sql.replace("$", "?"), values).fetchall()

    async def insert(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Run a statement for each row."""
        self._connection.executemany(sql.replace("$", "?"), rows)


class PostgresDriver:
    """asyncpg."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def fetch(self, sql: str, *values: object) -> Sequence[Any]:
        """Run a statement."""
        rows: Sequence[Any] = await self._connection.fetch(sql, *values)
        return rows

    async def insert(self, sql: str, rows: Sequence[Sequence[object]]) -> None:
        """Run a statement for each row."""
        await self._connection.executemany(sql, rows)


async def _quota(driver: Driver) -> Callable[[], Awaitable[None]]:
    [user] = await driver.fetch("SELECT id, account_id FROM users WHERE login = 'script'")
    of_account, of_user, ledger, audit = QUOTA

    async def work() -> None:
        at_us = time.time_ns() // 1_000
        [account] = await driver.fetch(of_account, user["account_id"])
        [changed] = await driver.fetch(of_user, user["id"])
        left, quota, number = account["credits_left"], changed["quota_left"], account["ledger_sequence"]
        reference = f"quota:{user['account_id']}:{number}"
        await driver.fetch(ledger, number, left, quota, reference, at_us, user["account_id"], user["id"])
        detail = '{"enabled":true,"credits":"1"}'
        await driver.fetch(audit, account["audit_sequence"], detail, detail, at_us, user["account_id"])

    return work


async def _messages(driver: Driver) -> Callable[[], Awaitable[None]]:
    rows = [
        {name: value for name, value in dict(row).items() if value is not None}
        for row in await driver.fetch(MESSAGES)
    ]
    columns = [name for name in rows[0] if name != "id"]
    places = ", ".join(f"${number + 2}" for number in range(len(columns)))
    sql = f"INSERT INTO messages (id, {', '.join(columns)}) VALUES ($1, {places})"
    given = [[row[name] for name in columns] for row in rows]
    ids = itertools.count(FIRST_ID)

    async def work() -> None:
        await driver.insert(sql, [[next(ids), *values] for values in given])

    return work


async def _repeat(driver: Driver, work: Callable[[], Awaitable[None]], seconds: float) -> float:
    """Return how many milliseconds the work takes, in a transaction."""
    done, began = 0, time.perf_counter()
    while not done or time.perf_counter() - began < seconds:
        await driver.fetch("BEGIN")
        await work()
        await driver.fetch("COMMIT")
        done += 1
    return (time.perf_counter() - began) / done * 1_000


async def _connect(url: str) -> Driver:
    if url.startswith("sqlite://"):
        return SqliteDriver(url.removeprefix("sqlite://"))
    return PostgresDriver(await asyncpg.connect(url))


async def main(url: str) -> None:
    """Follow orders."""
    driver = await _connect(url)
    works: dict[str, Callable[[], Awaitable[None]]] = {}
    async for order in orders():
        name = order["work"]
        if name not in works:
            works[name] = await {"quota": _quota, "messages": _messages}[name](driver)
        answer(ms=await _repeat(driver, works[name], order["seconds"]))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
