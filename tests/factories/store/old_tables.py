"""Databases as they were after some of the migrations, with rows of that time."""

from collections.abc import Sequence

from tortoise.migrations.executor import MigrationExecutor, MigrationTarget
from tortoise.models import Model

from server.store.database import Database, tortoise_config
from server.store.sql import fetch, run_many
from tests.factories.store.catalogue import is_sqlite


async def migrate_to(database: Database, name: str) -> None:
    """Apply the migrations up to this one, as the version of that time did."""
    executor = MigrationExecutor(database.client, tortoise_config(database.url)["apps"])
    await executor.migrate([MigrationTarget("models", name)])


async def column_names(table: str) -> list[str]:
    """Return the names of the columns that a table has now."""
    rows = await fetch(
        f"SELECT name FROM pragma_table_info('{table}')"
        if is_sqlite()
        else f"SELECT column_name AS name FROM information_schema.columns WHERE table_name = '{table}'"
    )
    return [row["name"] for row in rows]


async def insert_as_then(rows: Sequence[Model]) -> None:
    """Insert rows of one model, with their ids, but without the columns that the table does not have yet."""
    meta = type(rows[0])._meta
    there = set(await column_names(meta.db_table))
    fields = {
        column: meta.fields_map[name] for name, column in meta.fields_db_projection.items() if column in there
    }
    places = ", ".join(f"${place}" for place in range(1, len(fields) + 1))
    await run_many(
        f"INSERT INTO {meta.db_table} ({', '.join(fields)}) VALUES ({places})",
        [
            [field.to_db_value(getattr(row, field.model_field_name), row) for field in fields.values()]
            for row in rows
        ],
    )
