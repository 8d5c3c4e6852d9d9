"""Tortoise's PostgreSQL client, but it gives a connection back if its transaction could not begin.

The library's own does not: each time a backend ended just then, the pool would lose a connection for good.
"""

from typing import cast

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionContext, TransactionContextPooled
from tortoise.connection import get_connections


class PooledTransactionContext(TransactionContextPooled):
    """Takes a connection from the pool for its transaction."""

    async def __aenter__(self) -> TransactionWrapper:
        """Begin, or give the connection back."""
        await self.ensure_connection()
        transaction = cast("TransactionWrapper", self.client)
        pool = cast("asyncpg.Pool", transaction._parent._pool)  # noqa: SLF001 as the library does
        connection = await pool.acquire()
        transaction._connection = connection  # noqa: SLF001
        try:
            await transaction.begin()
        except BaseException:
            await pool.release(connection)
            raise
        self.token = get_connections().set(self.connection_name, transaction)
        return transaction


class PostgresClient(AsyncpgDBClient):
    """A PostgreSQL client whose pool loses no connections."""

    def _in_transaction(self) -> TransactionContext:
        return PooledTransactionContext(TransactionWrapper(self), self._pool_init_lock)


client_class = PostgresClient
