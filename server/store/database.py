"""Opening, migrating and closing the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from stat import S_IMODE, S_IRWXO
from typing import Any

import asyncpg
from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import require_context
from tortoise.migrations.executor import MigrationExecutor

from server.store.postgres_url import connection_arguments, pool_arguments

BUSY_TIMEOUT_MS = 10_000
MIGRATION_LOCK = 0x43686170  # "Chap"; advisory locks have only numbers as names


def tortoise_config(url: str) -> dict[str, Any]:
    """Return Tortoise's configuration for a `sqlite:///path` or `postgres://…` URL.

    Raises:
        ValueError: the URL names another database, or has the wrong form. The text never quotes a password.
    """
    scheme = url.partition("://")[0]
    if scheme == "sqlite":
        connection: dict[str, Any] = {
            "engine": "server.store.sqlite",
            "credentials": {
                "file_path": url.removeprefix("sqlite://"),
                "journal_mode": "WAL",
                "synchronous": "FULL",
                "foreign_keys": "ON",
                "busy_timeout": BUSY_TIMEOUT_MS,
            },
        }
    elif scheme in {"postgres", "postgresql"}:
        connection = {"engine": "server.store.postgres", "credentials": pool_arguments(url)}
    else:
        # An unknown scheme may be anything, even a password, so it is not repeated.
        raise ValueError("a database URL begins with sqlite:// or postgres://")
    # Tortoise caches SQL by the connection's name, so the two dialects need two names.
    name = "sqlite" if scheme == "sqlite" else "postgres"
    return {
        "connections": {name: connection},
        "apps": {
            "models": {
                "models": ["server.store.models"],
                "default_connection": name,
                "migrations": "server.store.migrations",
            }
        },
    }


FOR_WRITING_MIGRATIONS = tortoise_config("sqlite://:memory:")
"""Read by `make migration`, which opens no database."""


COUNT_CHECK = (
    "INSERT INTO counters (name, value) VALUES ('readiness', 1) "
    "ON CONFLICT (name) DO UPDATE SET value = counters.value + 1"
)


class Database:
    """The one database of this process."""

    def __init__(self, url: str) -> None:
        """This opens nothing yet."""
        self.url = url

    @property
    def sqlite_path(self) -> Path | None:
        """The database's file, or None for PostgreSQL."""
        return Path(self.url.removeprefix("sqlite://")) if self.url.startswith("sqlite") else None

    @property
    def client(self) -> BaseDBAsyncClient:
        """The connection, or the transaction's inside a transaction."""
        return require_context().db()

    async def open(self) -> None:
        """Connect, for every task of this process (requests run in other tasks than the lifespan)."""
        if self.sqlite_path:
            self.sqlite_path.parent.mkdir(parents=True, exist_ok=True)
            _close_to_others(self.sqlite_path)
        await Tortoise.init(config=tortoise_config(self.url), _enable_global_fallback=True)

    async def close(self) -> None:
        """Disconnect."""
        await Tortoise.close_connections()

    async def migrate(self) -> list[str]:
        """Apply the missing migrations, each in a transaction, and return their names.

        Processes that migrate the same database wait for each other.
        """
        async with self._only_migrator():
            executor = self._migrations()
            names = [step.migration.name for step in await executor.plan()]
            await executor.migrate(direction="forward")
        return names

    async def missing_migrations(self) -> list[str]:
        """Return the names of the migrations that the database lacks."""
        return await missing_migrations()

    async def damage(self) -> str | None:
        """Return what is wrong with an SQLite file, as far as SQLite can tell, or None.

        PostgreSQL checks its files itself.
        """
        if self.sqlite_path is None:
            return None
        [row] = await self.client.execute_query_dict("PRAGMA quick_check(1)")
        verdict = str(row["quick_check"])
        return None if verdict == "ok" else " ".join(verdict.split())

    async def check_reading(self) -> None:
        """Raise an error if the database does not answer."""
        await self.client.execute_query("SELECT 1")

    async def check_writing(self) -> None:
        """Write something; raise an error if the database can't store it."""
        await self.client.execute_query_dict(COUNT_CHECK)

    @asynccontextmanager
    async def _only_migrator(self) -> AsyncIterator[None]:
        if self.sqlite_path is not None:
            # One file on one machine: the database refuses a second migrator. To add a CHECK to a table,
            # SQLite rebuilds it, and references to its rows must not fail while those are gone.
            await self.client.execute_script("PRAGMA foreign_keys = OFF")
            try:
                yield
            finally:
                await self.client.execute_script("PRAGMA foreign_keys = ON")
            return
        connection = await asyncpg.connect(**connection_arguments(self.url))
        try:
            await connection.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
            yield
        finally:
            await connection.close()

    def _migrations(self) -> MigrationExecutor:
        return MigrationExecutor(self.client, tortoise_config(self.url)["apps"])


def dialect() -> str:
    """Return the kind of the open database: `sqlite` or `postgres`."""
    kind: str = require_context().db().capabilities.dialect
    return kind


async def missing_migrations() -> list[str]:
    """Return the names of the migrations that the open database lacks."""
    apps = tortoise_config(f"{dialect()}://")["apps"]
    return [step.migration.name for step in await MigrationExecutor(require_context().db(), apps).plan()]


def _close_to_others(path: Path) -> None:
    """Remove the rights of others on an SQLite database, since it contains numbers and texts.

    The group keeps its rights. SQLite gives its additional files the same rights.
    """
    for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        # Another owner's file stays as it is. Whether it can be opened is not decided here.
        with suppress(FileNotFoundError, PermissionError):
            file.chmod(S_IMODE(file.stat().st_mode) & ~S_IRWXO)
