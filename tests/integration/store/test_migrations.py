"""Migrations of databases that have rows: those are kept, and get what a new column says of them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from server.store.database import Database
from server.store.sql import fetch
from tests.factories.store.old_tables import migrate_to


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite://{tmp_path}/old.db"
        return
    name = f"chappe_old_{request.getfixturevalue('worker_id')}"
    server: str = request.getfixturevalue("postgres_url")
    drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
    asyncio.run(_execute(server, drop, f"CREATE DATABASE {name}"))
    yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    asyncio.run(_execute(server, drop))


@pytest.fixture
async def old(empty_url: str) -> AsyncIterator[Database]:
    """An open database without tables."""
    database = Database(empty_url)
    await database.open()
    yield database
    await database.close()


async def test_audit_entries_are_numbered_in_the_order_of_their_ids(old: Database) -> None:
    """Each account's from 1, and its next number is known; those of no account have none."""
    await migrate_to(old, "0002_link_kinds")
    await fetch(
        "INSERT INTO holders (id, email, name, password_hash, is_operator, enabled, created_at_us) "
        "VALUES (1, 'a@example.com', 'A', '', false, true, 0)"
    )
    for account in (1, 2, 3):
        await fetch(
            "INSERT INTO accounts (id, name, holder_id, status, time_zone, stop_clause, stop_words, "
            "callback_key_version, keeps_advertising_hours, alert_on, alert_armed, credits_left, "
            "ledger_sequence, event_sequence, events_purged, alert_sequence, incoming_sequence, created_at_us) "
            "VALUES ($1, $2, 1, 'enabled', 'UTC', '', '[]', 1, false, false, true, 0, 0, 0, 0, 0, 0, 0)",
            account,
            f"sms-old-{account}",
        )
    for entry, of in ((11, 2), (12, 1), (13, None), (14, 1), (15, None), (16, 2), (17, 1)):
        await fetch(
            "INSERT INTO audit_entries (id, account_id, action, subject, detail, caused_by, at_us) "
            "VALUES ($1, $2, 'updateAccount', 'x', '{}', 'a@example.com', 0)",
            entry,
            of,
        )
    assert "0003_audit_log" in await old.migrate()
    entries = await fetch("SELECT id, account_id, sequence, subject FROM audit_entries ORDER BY id")
    assert [(row["id"], row["account_id"], row["sequence"]) for row in entries] == [
        (11, 2, 1), (12, 1, 1), (13, None, 0), (14, 1, 2), (15, None, 0), (16, 2, 2), (17, 1, 3),
    ]  # fmt: skip
    accounts = await fetch("SELECT audit_sequence FROM accounts ORDER BY id")
    assert [row["audit_sequence"] for row in accounts] == [3, 2, 0]


async def _execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()
