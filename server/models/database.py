"""Opening, migrating and closing the database that the models live in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.context import require_context
from tortoise.migrations.executor import MigrationExecutor

BUSY_TIMEOUT_MS = 10_000
POOL_SIZE = 10
MIGRATION_LOCK = 0x43686170  # "Chap"; advisory locks are told apart by numbers alone


def tortoise_config(url: str) -> dict[str, Any]:
    """Return Tortoise's configuration for a `sqlite:///path` or `postgres://…` URL.

    Raises:
        ValueError: the URL names another database.
    """
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        connection: dict[str, Any] = {
            "engine": "server.models.sqlite",
            "credentials": {
                "file_path": url.removeprefix("sqlite://"),
                "journal_mode": "WAL",
                "synchronous": "FULL",
                "foreign_keys": "ON",
                "busy_timeout": BUSY_TIMEOUT_MS,
            },
        }
    elif scheme in {"postgres", "postgresql"}:
        connection = expand_db_url("asyncpg" + url[len(scheme) :])
        connection["credentials"].setdefault("maxsize", POOL_SIZE)
    else:
        raise ValueError(f"a database URL begins with sqlite:// or postgres://, not {scheme}://")
    # Tortoise caches SQL by the connection's name, so the name tells the two dialects apart.
    name = "sqlite" if scheme == "sqlite" else "postgres"
    return {
        "connections": {name: connection},
        "apps": {
            "models": {
                "models": ["server.models"],
                "default_connection": name,
                "migrations": "server.models.migrations",
            }
        },
    }


class Database:
    """The one database of this process."""

    def __init__(self, url: str) -> None:
        """Remember the URL; nothing is opened yet."""
        self.url = url

    @property
    def sqlite_path(self) -> Path | None:
        """The database's file, or None where it is PostgreSQL."""
        return Path(self.url.removeprefix("sqlite://")) if self.url.startswith("sqlite") else None

    @property
    def client(self) -> BaseDBAsyncClient:
        """The connection, or inside a transaction the transaction's."""
        return require_context().db()

    async def open(self) -> None:
        """Connect, for every task of this process (requests run in other tasks than the lifespan)."""
        if self.sqlite_path:
            self.sqlite_path.parent.mkdir(parents=True, exist_ok=True)
        await Tortoise.init(config=tortoise_config(self.url), _enable_global_fallback=True)

    async def close(self) -> None:
        """Disconnect."""
        await Tortoise.close_connections()

    async def migrate(self) -> list[str]:
        """Apply the migrations that are missing, each in a transaction, and return their names.

        Of several processes that migrate one database, each waits for the one before it.
        """
        async with self._only_migrator():
            executor = self._migrations()
            names = [step.migration.name for step in await executor.plan()]
            await executor.migrate(direction="forward")
        return names

    async def missing_migrations(self) -> list[str]:
        """Return the names of the migrations that the code has and the database lacks."""
        return [step.migration.name for step in await self._migrations().plan()]

    @asynccontextmanager
    async def _only_migrator(self) -> AsyncIterator[None]:
        if self.sqlite_path is not None:
            yield  # one file on one machine: whoever comes second is refused by the database
            return
        connection = await asyncpg.connect(self.url)
        try:
            await connection.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
            yield
        finally:
            await connection.close()

    def _migrations(self) -> MigrationExecutor:
        return MigrationExecutor(self.client, tortoise_config(self.url)["apps"])
