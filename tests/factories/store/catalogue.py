"""Reads indexes and CHECKs from a database's own catalogue."""

import re
from dataclasses import dataclass

from tortoise.context import require_context

from server.store.sql import fetch

_POSTGRES_INDEXES = """
    SELECT i.relname AS name, t.relname AS table_name, x.indisunique AS is_unique,
           pg_get_expr(x.indpred, x.indrelid) AS condition,
           array(SELECT pg_get_indexdef(x.indexrelid, k, true) FROM generate_series(1, x.indnkeyatts) k) AS columns
    FROM pg_index x
    JOIN pg_class i ON i.oid = x.indexrelid
    JOIN pg_class t ON t.oid = x.indrelid
    WHERE i.relnamespace = 'public'::regnamespace AND NOT x.indisprimary AND x.indisvalid
"""
_POSTGRES_CHECKS = """
    SELECT conname AS name, pg_get_constraintdef(oid) AS condition FROM pg_constraint
    WHERE contype = 'c' AND connamespace = 'public'::regnamespace AND convalidated
"""
_SQLITE_INDEXES = """
    SELECT indexes.name, tables.name AS table_name, indexes."unique" AS is_unique, indexes.origin, made.sql,
           (SELECT group_concat(info.name) FROM pragma_index_info(indexes.name) info) AS columns
    FROM sqlite_master tables
    JOIN pragma_index_list(tables.name) indexes
    LEFT JOIN sqlite_master made ON made.name = indexes.name
    WHERE tables.type = 'table' AND indexes.origin <> 'pk'
"""
# A CHECK, with up to two levels of parentheses in its condition.
_SQLITE_CHECK = re.compile(r'CONSTRAINT "(\w+)" CHECK \(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)')


@dataclass(frozen=True, slots=True)
class CatalogueIndex:
    """An index other than a primary key; its condition is None if it covers the whole table."""

    table: str
    columns: tuple[str, ...]
    unique: bool
    condition: str | None


def is_sqlite() -> bool:
    """Tell which of the two databases is open."""
    return str(require_context().db().capabilities.dialect) == "sqlite"


async def indexes() -> dict[str, CatalogueIndex]:
    """Return the indexes of our tables by name; an index of a column's UNIQUE is named after the column."""
    rows = await fetch(_SQLITE_INDEXES if is_sqlite() else _POSTGRES_INDEXES)
    found = {}
    for row in rows:
        if row["table_name"] == "tortoise_migrations":
            continue
        columns = tuple(row["columns"].split(",") if is_sqlite() else row["columns"])
        condition = _sqlite_condition(row["sql"]) if is_sqlite() else row["condition"]
        name = row["name"]
        if name.startswith("sqlite_autoindex") or name == f"{row['table_name']}_{columns[0]}_key":
            name = f"{row['table_name']}.{columns[0]}"
        found[name] = CatalogueIndex(row["table_name"], columns, bool(row["is_unique"]), condition)
    return found


async def checks() -> dict[str, str]:
    """Return the conditions of the CHECK constraints by name, in the database's own form."""
    if not is_sqlite():
        return {row["name"]: row["condition"] for row in await fetch(_POSTGRES_CHECKS)}
    tables = await fetch("SELECT sql FROM sqlite_master WHERE type = 'table'")
    return {match[1]: match[2] for row in tables for match in _SQLITE_CHECK.finditer(row["sql"] or "")}


def _sqlite_condition(sql: str | None) -> str | None:
    _, found, condition = (sql or "").partition(" WHERE ")
    return condition if found else None
