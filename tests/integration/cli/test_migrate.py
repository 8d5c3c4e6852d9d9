"""Migrate, and what other commands say about a missing database."""

import asyncio
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from tests.integration.cli.conftest import CommandLine

WITHOUT_ARGUMENTS = ["purge", "verify-ledger", "rebuild-statistics", "serve", "worker"]


def test_a_new_database_is_created_and_then_left_alone(chappe: CommandLine, tmp_path: Path) -> None:
    """The first run names what it applied; the second finds nothing to do."""
    url = f"sqlite://{tmp_path}/deep/below/new.db"
    first = chappe("migrate", CHAPPE_DATABASE_URL=url)
    second = chappe("migrate", CHAPPE_DATABASE_URL=url)
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.stdout.startswith("Applied 0001_initial")
    assert second.stdout == "The database is up to date.\n"


def test_a_migrated_database_is_up_to_date(chappe: CommandLine) -> None:
    """On either kind, migrating again changes nothing."""
    assert chappe("migrate").stdout == "The database is up to date.\n"


@pytest.mark.parametrize("command", WITHOUT_ARGUMENTS)
def test_a_missing_database_is_not_made_by_the_way(chappe: CommandLine, tmp_path: Path, command: str) -> None:
    """A command with a mistyped path says what to do, and leaves no empty file behind."""
    path = tmp_path / "mistyped.db"
    result = chappe(command, CHAPPE_DATABASE_URL=f"sqlite://{path}")
    assert result.exit_code == 1
    assert "chappe migrate" in result.stderr
    assert not path.exists()


@pytest.mark.parametrize("command", WITHOUT_ARGUMENTS)
def test_a_database_without_tables_is_refused(chappe: CommandLine, tmp_path: Path, command: str) -> None:
    """A command on a database that was not migrated names what is missing."""
    path = tmp_path / "empty.db"
    path.touch()
    result = chappe(command, CHAPPE_DATABASE_URL=f"sqlite://{path}")
    assert result.exit_code == 1
    assert "lacks 0001_initial" in result.stderr


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://root@localhost/chappe", "sqlite:// or postgres://"),
        ("postgres://chappe:hidden@127.0.0.1:1/chappe", "can't be opened"),
        ("sqlite:///proc/nowhere/chappe.db", "can't be opened"),
    ],
)
def test_an_unreachable_database_is_told_in_one_line(chappe: CommandLine, url: str, said: str) -> None:
    """No traceback, and no password, for a database that can't be opened."""
    result = chappe("migrate", CHAPPE_DATABASE_URL=url)
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert said in result.stderr
    assert "hidden" not in result.output


def test_a_file_that_is_no_database_is_told_in_one_line(chappe: CommandLine, tmp_path: Path) -> None:
    """A file of another kind is refused, and left as it is."""
    path = tmp_path / "letter.txt"
    path.write_text("Dear Sir, this is a letter and not a database.\n" * 50)
    result = chappe("purge", CHAPPE_DATABASE_URL=f"sqlite://{path}")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert path.read_text().startswith("Dear Sir")


@pytest.mark.parametrize("command", ["migrate", "demo"])
def test_a_database_that_is_in_the_way_is_told_in_one_line(
    chappe: CommandLine, tmp_path: Path, command: str
) -> None:
    """Tables of somebody else's with our names are left alone, and the refusal says what is there."""
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE holders (id INTEGER)")
    result = chappe(command, CHAPPE_DATABASE_URL=f"sqlite://{path}")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "holders" in result.stderr


@pytest.mark.parametrize("command", ["migrate", "serve"])
def test_a_folder_that_cannot_be_is_told_in_one_line(
    chappe: CommandLine, tmp_path: Path, command: str
) -> None:
    """A path that leads through a file is refused."""
    (tmp_path / "file").touch()
    result = chappe(command, CHAPPE_DATABASE_URL=f"sqlite://{tmp_path}/file/chappe.db")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1


def test_processes_that_migrate_at_once_wait_for_each_other(postgres_url: str, worker_id: str) -> None:
    """Of several servers that start on a new PostgreSQL database, one makes the tables and all go on."""
    name = f"chappe_fresh_{worker_id}"
    asyncio.run(_execute(postgres_url, f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}"))
    url = urlunsplit(urlsplit(postgres_url)._replace(path=f"/{name}"))
    environment = {**os.environ, "CHAPPE_DATABASE_URL": url}
    command = [sys.executable, "-m", "server", "migrate"]
    running = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    outputs = sorted(process.communicate(timeout=60)[0] for process in running)
    asyncio.run(_execute(postgres_url, f"DROP DATABASE {name} WITH (FORCE)"))
    assert [process.returncode for process in running] == [0, 0, 0]
    assert [output.startswith("Applied") for output in outputs] == [True, False, False]


async def _execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()
