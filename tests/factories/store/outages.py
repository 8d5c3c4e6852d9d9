"""A database that fails for a while: backends end in the middle of work, and files can't be written."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, contextmanager
from pathlib import Path

import asyncpg

from server.store.database import Database
from server.store.sql import fetch
from tests.factories.running.waiting import eventually


class Blockade:
    """Makes readers of a PostgreSQL table wait, so that they can be ended meanwhile."""

    def __init__(self, administrator: asyncpg.Connection, database: str) -> None:
        """Take a connection other than the server's, and the database's name."""
        self._administrator = administrator
        self._database = database
        self._ended: list[int] = []

    async def end_reader(self) -> None:
        """Wait until another backend of the server reads the table, and end it."""

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
    """Make every reader of a table wait during the block."""
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
    """Make an SQLite file read-only, like one that only others may write."""
    await database.client.execute_script("PRAGMA query_only = on")
    try:
        yield
    finally:
        await database.client.execute_script("PRAGMA query_only = off")


@asynccontextmanager
async def full(database: Database) -> AsyncIterator[None]:
    """Keep an SQLite file from growing, with no free space in it either."""
    with closing(sqlite3.connect(database.url.removeprefix("sqlite://"))) as other:
        other.execute("CREATE TABLE IF NOT EXISTS filler (content BLOB)")
        await database.client.execute_script("PRAGMA max_page_count = 1")  # that is, the current number
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
    """Fill the pages of the messages in an SQLite file with garbage, as after a disk fault."""
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
"""The outages of an SQLite database, by name."""


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
    """Write something, so that no connection trusts its cached pages."""
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE IF NOT EXISTS note (number INTEGER)")
        other.execute("INSERT INTO note VALUES (1)")
        other.commit()
