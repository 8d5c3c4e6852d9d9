"""A database that can't, for a while: backends that are ended at their work, and files that take nothing."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, contextmanager
from pathlib import Path

import asyncpg

from server.store.database import Database
from server.store.sql import fetch
from tests.factories.running.waiting import eventually


class Blockade:
    """Whoever reads a table of PostgreSQL waits, and can be ended while it does."""

    def __init__(self, administrator: asyncpg.Connection, database: str) -> None:
        """Take a connection that is not the server's, and the database's name."""
        self._administrator = administrator
        self._database = database
        self._ended: list[int] = []

    async def end_reader(self) -> None:
        """Wait until one more backend of the server reads the table, and end it."""

        async def ended() -> bool:
            rows = await self._administrator.fetch(
                """
                SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = $1 AND wait_event_type = 'Lock' AND pid <> ALL($2::int[])
                """,
                self._database,
                self._ended,
            )
            self._ended += [row["pid"] for row in rows]
            return bool(rows)

        await eventually(ended)


@asynccontextmanager
async def blockade(url: str, table: str) -> AsyncIterator[Blockade]:
    """Have every reader of a table wait for as long as the block runs."""
    [row] = await fetch("SELECT current_database() AS name")
    holder, administrator = await asyncpg.connect(url), await asyncpg.connect(url)
    try:
        async with holder.transaction():
            await holder.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            yield Blockade(administrator, row["name"])
    finally:
        await holder.close()
        await administrator.close()


@asynccontextmanager
async def read_only(database: Database) -> AsyncIterator[None]:
    """Have an SQLite file take nothing, as one does that only others may write."""
    await database.client.execute_script("PRAGMA query_only = on")
    try:
        yield
    finally:
        await database.client.execute_script("PRAGMA query_only = off")


@asynccontextmanager
async def full(database: Database) -> AsyncIterator[None]:
    """Have an SQLite file grow no further, with no room left in it either."""
    with closing(sqlite3.connect(database.url.removeprefix("sqlite://"))) as other:
        other.execute("CREATE TABLE IF NOT EXISTS filler (content BLOB)")
        await database.client.execute_script("PRAGMA max_page_count = 1")  # as many as it has, that is
        other.execute("PRAGMA max_page_count = 1")
        for size in (3_000, 300, 30):
            try:
                while True:
                    other.execute("INSERT INTO filler VALUES (zeroblob(?))", (size,))
                    other.commit()
            except sqlite3.OperationalError:
                other.rollback()
    try:
        yield
    finally:
        await database.client.execute_script("PRAGMA max_page_count = 1000000000")


@asynccontextmanager
async def corrupt(database: Database) -> AsyncIterator[None]:
    """Have the pages of the messages in an SQLite file be gibberish, as after a fault of the disk."""
    path = Path(database.url.removeprefix("sqlite://"))
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page_bytes,) = other.execute("PRAGMA page_size").fetchone()
        roots = other.execute(
            "SELECT rootpage FROM sqlite_master WHERE tbl_name = 'messages' AND rootpage > 0"
        )
        places = [(root - 1) * page_bytes for (root,) in roots]
    with _pages(path, places, page_bytes):
        _forget_pages(path)
        yield
    _forget_pages(path)


OUTAGES_OF_SQLITE: dict[str, Callable[[Database], AbstractAsyncContextManager[None]]] = {
    "read-only": read_only,
    "full": full,
    "corrupt": corrupt,
}
"""What an SQLite database can suffer, by the word for it."""


@contextmanager
def _pages(path: Path, places: list[int], page_bytes: int) -> Iterator[None]:
    before: list[bytes] = []
    with path.open("r+b") as file:
        for place in places:
            file.seek(place)
            before.append(file.read(page_bytes))
            file.seek(place)
            file.write(b"\xff" * page_bytes)
    try:
        yield
    finally:
        with path.open("r+b") as file:
            for place, content in zip(places, before, strict=True):
                file.seek(place)
                file.write(content)


def _forget_pages(path: Path) -> None:
    """Write something, after which no connection trusts the pages that it has read before."""
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE IF NOT EXISTS note (number INTEGER)")
        other.execute("INSERT INTO note VALUES (1)")
        other.commit()
