"""The recipe for a new column, followed in a copy of the package, on a database with data."""

import asyncio
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from tortoise.context import TortoiseContext
from tortoise.exceptions import IntegrityError

from server.store.database import tortoise_config
from server.store.sql import fetch
from tests.acceptance.pages import ROOT
from tests.factories.cli.processes import inherited

MAKE = shutil.which("make") or "make"
CHECKS = "        constraints = (\n"
CHECK = '            CheckConstraint(check="parts <= 99", name="messages_have_few_parts"),\n'
BEFORE = "    status_changed_at_us = fields.BigIntField()\n"
COLUMNS = """\
    remark = fields.CharField(max_length=40, null=True)
    pinned = fields.BooleanField(default=False, db_default=False)
    mark = fields.CharField(max_length=10, default="none", db_default="none")
"""


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of this test's own database, without tables."""
    if request.param == "sqlite":
        yield f"sqlite://{tmp_path}/chappe.db"
        return
    postgres: str = request.getfixturevalue("postgres_url")
    name = f"chappe_column_{request.getfixturevalue('worker_id')}"
    asyncio.run(_execute(postgres, f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}"))
    yield urlunsplit(urlsplit(postgres)._replace(path=f"/{name}"))
    asyncio.run(_execute(postgres, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the package to change, installed in this environment."""
    unneeded = shutil.ignore_patterns("graphiql", "panel", "__pycache__")
    shutil.copytree(ROOT / "server", tmp_path / "server", ignore=unneeded)
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("pyproject.toml", "uv.lock", "installed"):
        (tmp_path / name).touch()
    return tmp_path


def test_a_database_in_use_gets_a_column(copy: Path, url: str) -> None:
    """`make migration` writes it, `migrate` applies it, and existing rows get its default."""

    def run(*command: str) -> str:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=100, cwd=copy,
            env={**inherited(), "PYTHONPATH": str(copy), "CHAPPE_DATABASE_URL": url},
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    chappe = [sys.executable, "-m", "server"]
    run(*chappe, "demo")
    model = copy / "server" / "store" / "models" / "messages.py"
    text = model.read_text().replace(BEFORE, BEFORE + COLUMNS, 1).replace(CHECKS, CHECKS + CHECK, 1)
    model.write_text(text)
    run(MAKE, f"BIN={Path(sys.executable).parent}", "STAMP=installed", "migration", "NAME=remarks")
    assert re.fullmatch(r"Applied \d{4}_remarks\.\n", run(*chappe, "migrate"))
    assert asyncio.run(_fetch(url, "SELECT DISTINCT remark, pinned, mark FROM messages")) == [
        {"remark": None, "pinned": 0, "mark": "none"}
    ]
    with pytest.raises(IntegrityError, match="messages_have_few_parts"):
        asyncio.run(_fetch(url, "UPDATE messages SET parts = 100"))
    if url.startswith("sqlite"):
        assert asyncio.run(_fetch(url, "PRAGMA foreign_key_check")) == []
    assert "sound" in run(*chappe, "verify-ledger")


async def _fetch(url: str, sql: str) -> list[dict[str, object]]:
    async with TortoiseContext() as context:
        await context.init(config=tortoise_config(url))
        return await fetch(sql)


async def _execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()
