"""Liveness and readiness."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from starlette.applications import Starlette
from tortoise.exceptions import OperationalError

from server.operations.core.services import Services
from server.store import database as store_database
from server.store.database import COUNT_CHECK, Database
from server.store.sql import fetch
from server.web.health import Readiness, health_routes
from tests.integration.web.conftest import client_of


class Process:
    """What a test decides of the process that is asked."""

    stopping = False


@pytest.fixture
def process() -> Process:
    """A process that is not shutting down."""
    return Process()


@pytest.fixture
async def probe(database: Database, services: Services, process: Process) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the health routes."""
    readiness = Readiness(database, services.transactions, every_seconds=0)
    routes = health_routes(readiness, stopping=lambda: process.stopping)
    async with client_of(Starlette(routes=routes)) as client:
        yield client


def checks(*, database: str = "ok", migrations: str = "ok", process: str = "ok") -> dict[str, str]:
    return {"database": database, "migrations": migrations, "process": process}


async def test_a_process_with_a_migrated_database_is_ready(probe: httpx.AsyncClient) -> None:
    """The answer says so, and no cache keeps it."""
    response = await probe.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"ready": True, "checks": checks()}
    assert response.headers["Cache-Control"] == "no-store"


async def test_a_process_that_stops_lives_and_is_not_ready(
    probe: httpx.AsyncClient, process: Process
) -> None:
    """Nothing new is sent its way, and nobody kills it."""
    process.stopping = True
    response = await probe.get("/readyz")
    alive = await probe.get("/healthz")
    assert (response.status_code, response.json()) == (
        503,
        {"ready": False, "checks": checks(process="stopping")},
    )
    assert (alive.status_code, alive.text) == (200, "ok")


async def test_a_database_without_the_latest_migration_is_not_ready(
    probe: httpx.AsyncClient, database: Database
) -> None:
    """Code that runs ahead of its tables takes no requests."""
    await database.client.execute_script("ALTER TABLE tortoise_migrations RENAME TO away")
    try:
        response = await probe.get("/readyz")
    finally:
        await database.client.execute_script("DROP TABLE IF EXISTS tortoise_migrations")
        await database.client.execute_script("ALTER TABLE away RENAME TO tortoise_migrations")
    assert (response.status_code, response.json()) == (
        503,
        {"ready": False, "checks": checks(migrations="missing")},
    )
    assert (await probe.get("/readyz")).status_code == 200


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_without_its_database_a_process_lives_and_is_not_ready(
    probe: httpx.AsyncClient, postgres_url: str
) -> None:
    """A restart would mend nothing; once the database is back, so is the process."""
    name = (await fetch("SELECT current_database() AS name"))[0]["name"]
    administrator = await asyncpg.connect(postgres_url)
    try:
        await administrator.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await administrator.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
        )
        response = await probe.get("/readyz")
        alive = await probe.get("/healthz")
    finally:
        await administrator.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await administrator.close()
    assert response.status_code == 503
    assert response.json() == {"ready": False, "checks": checks(database="away", migrations="unknown")}
    assert alive.status_code == 200
    assert (await probe.get("/readyz")).status_code == 200


async def _counted() -> int:
    rows = await fetch("SELECT value FROM counters WHERE name = 'readiness'")
    return int(rows[0]["value"]) if rows else 0


async def test_many_probes_cost_one_write(database: Database, services: Services) -> None:
    """All requests in the same second get the same answer; a flood of probes causes few writes."""
    readiness = Readiness(database, services.transactions, every_seconds=60)
    async with client_of(Starlette(routes=health_routes(readiness, stopping=lambda: False))) as probe:
        answers = await asyncio.gather(*(probe.get("/readyz") for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert await _counted() == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("pragma", "undo", "word"),
    [
        ("query_only = on", "query_only = off", "read-only"),
        ("max_page_count = 1", "max_page_count = 1000000", "full"),
    ],
)
async def test_an_sqlite_that_takes_nothing_is_not_ready(
    probe: httpx.AsyncClient, database: Database, services: Services, pragma: str, undo: str, word: str
) -> None:
    """A word says why: what can be read alone, and what is full, as transactions find out."""
    await database.client.execute_script(f"PRAGMA {pragma}")

    async def fill() -> None:
        await fetch("INSERT INTO counters (name, value) VALUES ('x', 1)")
        await fetch("CREATE TABLE filler AS SELECT zeroblob(1000000)")

    with pytest.raises(OperationalError):
        await services.transactions.run(fill)
    full = await probe.get("/readyz")
    await database.client.execute_script(f"PRAGMA {undo}")
    assert (full.status_code, full.json()) == (
        503,
        {"ready": False, "checks": checks(database=word, migrations="unknown")},
    )


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_a_postgresql_that_takes_nothing_is_not_ready(
    probe: httpx.AsyncClient, postgres_url: str
) -> None:
    """A standby that was not promoted answers every query."""
    name = (await fetch("SELECT current_database() AS name"))[0]["name"]
    administrator = await asyncpg.connect(postgres_url)
    restart = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"
    try:
        await administrator.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        await administrator.execute(restart, name)
        await probe.get("/readyz")  # this may meet a connection of before
        response = await probe.get("/readyz")
    finally:
        await administrator.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        await administrator.execute(restart, name)
        await administrator.close()
    assert response.json() == {"ready": False, "checks": checks(database="read-only", migrations="unknown")}
    await probe.get("/readyz")
    assert (await probe.get("/readyz")).status_code == 200


async def test_a_fault_of_ours_is_no_outage(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is reported as a bug, and not as a word about the database."""
    broken = Readiness(Database("sqlite://nowhere"), services.transactions)
    monkeypatch.setattr(store_database, "COUNT_CHECK", f"{COUNT_CHECK}, oops")
    with pytest.raises(OperationalError):
        await broken.checks()
