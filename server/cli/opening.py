"""Reads the settings, and opens the database for a command."""

import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from tortoise.exceptions import DBConnectionError, OperationalError

from server.cli.terminal import CommandRefused
from server.operations.core.services import Services
from server.settings import Settings
from server.settings.environment import UnknownVariable, read
from server.store.database import Database
from server.wiring import build_services

_BROKEN = (
    DBConnectionError,
    OperationalError,
    sqlite3.Error,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
)
_UNREACHABLE = (OSError, *_BROKEN)


def read_settings() -> Settings:
    """Return the settings from the environment.

    Raises:
        ValidationError: a value has the wrong form.
        CommandRefused: a `CHAPPE_*` variable is not a setting.
    """
    try:
        return read(os.environ)
    except UnknownVariable as error:
        raise CommandRefused(str(error)) from error


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """Keep the database open during the block, whatever is in it.

    Raises:
        CommandRefused: the URL names no database that Chappe knows, the database can't be reached, or it is
            damaged or goes away during the block.
    """
    database = Database(settings.database.url)
    try:
        await database.open()
        await database.check_reading()
    except _UNREACHABLE as error:  # before the next one: a certificate error is a ValueError too
        await database.close()
        raise CommandRefused(f"The database can't be opened: {_first_line(error)}") from error
    except ValueError as error:
        raise CommandRefused(f"CHAPPE_DATABASE_URL: {error}") from error
    try:
        yield database
    except _BROKEN as error:
        raise CommandRefused(f"The database fails: {_first_line(error)}") from error
    finally:
        await database.close()


async def refuse_damaged(settings: Settings) -> None:
    """Check the open database for damage that a statement might not notice.

    Raises:
        CommandRefused: it is damaged.
    """
    damage = await Database(settings.database.url).damage()
    if damage is not None:
        raise CommandRefused(f"The database is damaged: {damage}")


async def migrate_database(settings: Settings) -> list[str]:
    """Apply the migrations that the database lacks, and return their names.

    Raises:
        CommandRefused: as `open_database`, or a migration fails. The database is then as before that
            migration.
    """
    async with open_database(settings) as database:
        try:
            return await database.migrate()
        except _UNREACHABLE as error:
            raise CommandRefused(f"The database can't be migrated: {_first_line(error)}") from error


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Keep the database open during the block, and build the services for operations.

    Raises:
        CommandRefused: as `open_database`; or the database does not exist or is not up to date, or there is
            no secret key.
    """
    path = Database(settings.database.url).sqlite_path
    if path is not None and not path.exists():
        raise CommandRefused(f"There is no database at {path}: run 'chappe migrate' first.")
    async with open_database(settings) as database:
        missing = await database.missing_migrations()
        if missing:
            raise CommandRefused(f"The database lacks {', '.join(missing)}: run 'chappe migrate' first.")
        services = _build_services(settings)
        try:
            yield services
        finally:
            services.passwords.close()
            await services.drain()


def _build_services(settings: Settings) -> Services:
    try:
        return build_services(settings)
    except RuntimeError as error:
        raise CommandRefused(str(error)) from error
    except OSError as error:
        raise CommandRefused(f"CHAPPE_SECRET_KEY: none is set, and none can be stored: {error}") from error


def _first_line(error: Exception) -> str:
    """Return an error's text without the details that PostgreSQL adds on further lines."""
    return str(error).partition("\n")[0]
