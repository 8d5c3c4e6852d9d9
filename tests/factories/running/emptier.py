"""Empties a PostgreSQL database before each test that uses it."""

import asyncio
from asyncio import Runner
from typing import Self

import asyncpg

MAX_DELETED_BYTES = 1_000_000
"""Deleted rows still occupy space; a table larger than this is truncated instead."""

_TABLES = """
    SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'tortoise_migrations'
"""
_BEGIN_IDS_ANEW = """
    SELECT setval((schemaname || '.' || sequencename)::regclass, 1, false) FROM pg_sequences
    WHERE last_value IS NOT NULL
"""


class Emptier:
    """Empties one migrated database; its connection is kept, since opening one costs more than the rest."""

    def __init__(self, url: str) -> None:
        """Take the database's URL."""
        self._url = url
        self._runner = Runner()
        self._connection: asyncpg.Connection | None = None
        self._which_have_rows = ""

    def __enter__(self) -> Self:
        """Begin; the connection is opened on demand."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        if self._connection:
            self._runner.run(self._let_go(self._connection))
        self._runner.close()

    async def _let_go(self, connection: asyncpg.Connection) -> None:
        # Silently: the last test may have ended it.
        connection.terminate()
        await asyncio.sleep(0)

    def empty(self) -> None:
        """Delete all rows and restart all ids; for few rows that costs a tenth of a TRUNCATE."""
        try:
            self._runner.run(self._empty())
        except (asyncpg.PostgresConnectionError, asyncpg.AdminShutdownError, asyncpg.InterfaceError, OSError):
            # Some tests end all connections.
            self._connection = None
            self._runner.run(self._empty())

    async def _empty(self) -> None:
        connection = self._connection = self._connection or await self._connected()
        async with connection.transaction():
            for table in await connection.fetch(self._which_have_rows):
                await connection.execute(
                    f'TRUNCATE "{table["name"]}" CASCADE'
                    if table["bytes"] > MAX_DELETED_BYTES
                    else f'DELETE FROM "{table["name"]}"'
                )
            await connection.execute(_BEGIN_IDS_ANEW)

    async def _connected(self) -> asyncpg.Connection:
        connection = await asyncpg.connect(self._url)
        tables = [row["name"] for row in await connection.fetch(_TABLES)]
        self._which_have_rows = " UNION ALL ".join(
            f"SELECT '{table}' AS name, pg_relation_size('{table}') AS bytes WHERE EXISTS (SELECT FROM \"{table}\")"
            for table in tables
        )
        # All rows go, so no foreign key needs checking.
        await connection.execute("SET session_replication_role = replica")
        return connection
