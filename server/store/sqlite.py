"""Tortoise's SQLite client, made safe for several writing processes.

SQLite's transactions begin deferred: two that read and then write deadlock, and one of them fails at once
despite the busy timeout. `BEGIN IMMEDIATE` takes the write lock first, so they queue instead.

The library runs each statement in a thread. A transaction's own statements find rows by an index and wait for nobody,
since the lock is theirs: most take less time than the way to a thread and back. So only what waits (for the lock, for
the disk) and what is long is left to the thread (docs/adr/0017).
"""
# ruff: noqa: SLF001 aiosqlite has no public access to its connection

import sqlite3
import time
from asyncio import sleep
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import aiosqlite
from tortoise.backends.base.client import TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import IntegrityError, OperationalError

ON_THE_LOOP = True
"""The switch (docs/adr/0017). When it is off, each statement goes to the thread, which takes longer."""
FEW_ROWS = 50
"""A statement for more rows is long."""
TURN_SECONDS = 0.002
"""For how long a transaction goes on before others have their turn."""


class ImmediateTransaction(SqliteTransactionWrapper):
    """A transaction that holds SQLite's write lock from its first statement on."""

    _turn_began = 0.0

    async def begin(self) -> None:
        """Begin; raise `OperationalError` if the lock is not free within the busy timeout."""
        try:
            if self._connection.in_transaction:  # the last one could not be rolled back
                await self._connection.rollback()
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error

    async def commit(self) -> None:
        """Commit, or leave nothing open. If the disk is full, the library would go on in the transaction."""
        try:
            await super().commit()
        except sqlite3.Error:
            with suppress(sqlite3.Error):
                await self._connection.rollback()
            raise

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Sequence[Any]]:
        """Run a statement; return how many rows it changed or found, and those that it found."""
        if not ON_THE_LOOP:
            found: tuple[int, Sequence[Any]] = await super().execute_query(query, values)
            return found
        async with self._lock:  # the thread may be busy with a long one of this transaction's
            await self._take_turn()
            self.log.debug("%s: %s", query, values)
            connection = self._connection._conn
            before = connection.total_changes
            with _library_errors():
                rows = connection.execute(query, values or ()).fetchall()
            return connection.total_changes - before or len(rows), rows

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        """Run a statement; return the rows that it found."""
        _, rows = await self.execute_query(query, values)
        return list(map(dict, rows))

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        """Run a statement with the values of each row."""
        if not ON_THE_LOOP or len(values) > FEW_ROWS:
            await super().execute_many(query, values)
            return
        async with self._lock:
            await self._take_turn()
            self.log.debug("%s: %s", query, values)
            with _library_errors():
                self._connection._conn.executemany(query, values)

    async def _take_turn(self) -> None:
        now = time.monotonic()
        if now - self._turn_began > TURN_SECONDS:
            if self._turn_began:
                await sleep(0)
            self._turn_began = time.monotonic()


@contextmanager
def _library_errors() -> Iterator[None]:
    """Raise the library's errors in place of the driver's."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise OperationalError(error) from error
    except sqlite3.IntegrityError as error:
        raise IntegrityError(error) from error


class ImmediateTransactionContext(SqliteTransactionContext):
    """Gives the connection back if a transaction could not begin (the library's own does not)."""

    async def __aenter__(self) -> ImmediateTransaction:
        """Begin, or leave nothing locked."""
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            await self.connection.begin()
        except BaseException:
            self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        transaction: ImmediateTransaction = self.connection
        return transaction


class ImmediateSqliteClient(SqliteClient):
    """An SQLite client with immediate transactions. It leaves no thread if it can't open its file."""

    async def create_connection(self, with_db: bool) -> None:  # noqa: ARG002, FBT001 the library's signature
        """Connect; raise `sqlite3.OperationalError` if the file can't be opened."""
        # The library's thread would report that to a loop that may have ended, and print a traceback.
        sqlite3.connect(self.filename).close()
        if self._connection is not None:
            return
        # As the library does, but for more than one thread; they never use it at the same time.
        self._connection = await aiosqlite.connect(
            self.filename, isolation_level=None, check_same_thread=False
        )
        self._connection._conn.row_factory = sqlite3.Row
        for pragma, value in self.pragmas.items():
            await self._connection.execute_fetchall(f"PRAGMA {pragma}={value}")
        await self._post_connect()

    def _in_transaction(self) -> TransactionContext:
        return ImmediateTransactionContext(ImmediateTransaction(self), self._lock)


client_class = ImmediateSqliteClient
