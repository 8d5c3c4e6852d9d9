"""Tortoise's SQLite client, made safe for several writing processes.

SQLite's transactions begin deferred: two that read and then write deadlock, and one of them fails at once
despite the busy timeout. `BEGIN IMMEDIATE` takes the write lock first, so they queue instead.
"""

import sqlite3
from contextlib import suppress

from tortoise.backends.base.client import TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError


class ImmediateTransaction(SqliteTransactionWrapper):
    """A transaction that holds SQLite's write lock from its first statement on."""

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

    async def create_connection(self, with_db: bool) -> None:  # noqa: FBT001 the library's signature
        """Connect; raise `sqlite3.OperationalError` if the file can't be opened."""
        # The library's thread would report that to a loop that may have ended, and print a traceback.
        sqlite3.connect(self.filename).close()
        await super().create_connection(with_db)

    def _in_transaction(self) -> TransactionContext:
        return ImmediateTransactionContext(ImmediateTransaction(self), self._lock)


client_class = ImmediateSqliteClient
