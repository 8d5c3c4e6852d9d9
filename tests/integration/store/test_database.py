"""Opening databases: what their URLs mean, and how SQLite is made safe for several processes."""

import asyncio
import os
import shutil
import stat
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from tortoise.exceptions import OperationalError
from tortoise.transactions import in_transaction

from server.store.database import BUSY_TIMEOUT_MS, Database, tortoise_config
from server.store.models import Counter, Rate
from server.store.postgres_url import MAX_POOL_SIZE
from server.store.sql import fetch
from tests.factories.store import read_then_write

TURNS = 500


def _connection(url: str) -> dict[str, object]:
    [connection] = tortoise_config(url)["connections"].values()
    assert isinstance(connection, dict)
    return connection


def test_a_sqlite_url_is_a_path() -> None:
    """Relative or absolute, with write-ahead log, foreign keys and a full sync at each commit."""
    for url, path in (
        ("sqlite://var/chappe.db", "var/chappe.db"),
        ("sqlite:///srv/chappe.db", "/srv/chappe.db"),
    ):
        assert _connection(url)["credentials"] == {
            "file_path": path,
            "journal_mode": "WAL",
            "synchronous": "FULL",
            "foreign_keys": "ON",
            "busy_timeout": BUSY_TIMEOUT_MS,
        }
        assert Database(url).sqlite_path == Path(path)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_a_postgres_url_names_a_server(scheme: str) -> None:
    """Both spellings of the scheme; the pool is bounded, unless the URL bounds it otherwise."""
    credentials = _connection(f"{scheme}://me:secret@db.example.com:5433/chappe")["credentials"]
    assert isinstance(credentials, dict)
    assert (credentials["host"], credentials["port"], credentials["user"]) == ("db.example.com", 5433, "me")
    assert (credentials["database"], credentials["maxsize"]) == ("chappe", MAX_POOL_SIZE)
    fewer = _connection(f"{scheme}://me@db/chappe?maxsize=3")["credentials"]
    assert isinstance(fewer, dict)
    assert int(fewer["maxsize"]) == 3
    assert Database(f"{scheme}://me@db/chappe").sqlite_path is None


def test_another_database_is_refused() -> None:
    """With words that name the two that there are, and not the password."""
    with pytest.raises(ValueError, match="postgres://") as caught:
        tortoise_config("mysql://me:secret@db/chappe")
    assert "secret" not in str(caught.value)


async def test_sqlite_is_opened_with_its_pragmas(sqlite_template: Path) -> None:
    """The connection that is used has them, not only the configuration."""
    database = Database(f"sqlite://{sqlite_template}")
    await database.open()
    values = [
        next(iter((await fetch(f"PRAGMA {name}"))[0].values()))
        for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous")
    ]
    await database.close()
    assert values == ["wal", 1, BUSY_TIMEOUT_MS, 2]


async def test_references_are_looked_after_once_it_is_migrated(tmp_path: Path) -> None:
    """They are only off while a migration rebuilds a table."""
    database = Database(f"sqlite://{tmp_path}/fresh.db")
    await database.open()
    assert await database.migrate() != []
    [row] = await fetch("PRAGMA foreign_keys")
    await database.close()
    assert row["foreign_keys"] == 1


async def test_processes_that_read_then_write_all_succeed(database: Database) -> None:
    """Two processes and this one count to the sum of all their turns, in transactions that read first."""
    await Counter.create(name=read_then_write.COUNTER, value=0)
    others = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            read_then_write.__file__,
            database.url,
            str(TURNS),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
        )
        for _ in range(2)
    ]
    for process in others:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    ends = [asyncio.create_task(process.communicate(b"go\n")) for process in others]
    await read_then_write.count(TURNS // 5)
    for process, end in zip(others, ends, strict=True):
        _, errors = await end
        assert process.returncode == 0, errors.decode()
    assert (await Counter.get(name=read_then_write.COUNTER)).value == 2 * TURNS + TURNS // 5


async def test_a_locked_sqlite_refuses_and_recovers(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transaction that can't begin within the timeout fails, and leaves the connection usable."""
    path = shutil.copy(sqlite_template, tmp_path / "locked.db")
    monkeypatch.setattr("server.store.database.BUSY_TIMEOUT_MS", 10)
    holder = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute('BEGIN IMMEDIATE'); print(flush=True); sys.stdin.read()",
        str(path),
        stdin=PIPE,
        stdout=PIPE,
    )
    assert holder.stdout is not None
    await holder.stdout.readline()
    database = Database(f"sqlite://{path}")
    await database.open()
    for _ in range(2):
        with pytest.raises(OperationalError):
            async with in_transaction():
                pass
    await holder.communicate(b"")
    async with in_transaction():
        await Rate.create(country="FR", credits=1, updated_at_us=0)
    assert await Rate.all().count() == 1
    await database.close()


async def test_an_open_database_is_nobody_elses_to_read(sqlite_template: Path, tmp_path: Path) -> None:
    """What an earlier version left readable is closed to others; a group keeps what it was given."""
    path = tmp_path / "open.db"
    shutil.copy(sqlite_template, path)
    path.chmod(0o664)
    database = Database(f"sqlite://{path}")
    await database.open()
    await Rate.create(country="FR", credits=1, updated_at_us=0)
    beside = [path, path.with_name("open.db-wal"), path.with_name("open.db-shm")]
    modes = [stat.S_IMODE(os.stat(file).st_mode) for file in beside]  # noqa: PTH116 no test waits for a file's mode
    await database.close()
    assert modes == [0o660, 0o660, 0o660]
