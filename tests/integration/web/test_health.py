"""Liveness and readiness."""

from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest
from starlette.applications import Starlette

from server.models.database import Database
from server.models.sql import fetch
from server.web.health import health_routes
from tests.integration.web.conftest import client_of


class Process:
    """What a test decides of the process that is asked."""

    stopping = False


@pytest.fixture
def process() -> Process:
    """A process that is not shutting down."""
    return Process()


@pytest.fixture
async def probe(database: Database, process: Process) -> AsyncIterator[httpx.AsyncClient]:
    """Whoever asks for the health of the process."""
    routes = health_routes(database, stopping=lambda: process.stopping)
    async with client_of(Starlette(routes=routes)) as client:
        yield client


def checks(*, database: bool = True, migrations: bool = True, running: bool = True) -> dict[str, bool]:
    return {"database": database, "migrations": migrations, "running": running}


async def test_a_process_with_a_migrated_database_is_ready(probe: httpx.AsyncClient) -> None:
    """It is told so, and no cache keeps it."""
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
    assert (response.status_code, response.json()) == (503, {"ready": False, "checks": checks(running=False)})
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
        {"ready": False, "checks": checks(migrations=False)},
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
    assert response.json() == {"ready": False, "checks": checks(database=False, migrations=False)}
    assert alive.status_code == 200
    assert (await probe.get("/readyz")).status_code == 200
