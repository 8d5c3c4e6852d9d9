"""Commands on a damaged file, or one that is not a database: one line says so, without a traceback."""

from collections.abc import Callable
from pathlib import Path

import pytest

from server.operations.core.services import Services
from server.store.sql import fetch
from tests.factories.accounts.accounts import World
from tests.factories.credits.ledgers import varied_ledger
from tests.integration.cli.conftest import CommandLine

PAGE = 4_096
COMMANDS = [
    ["serve", "--port", "0"], ["worker"], ["migrate"], ["create-admin", "ada@example.org", "Ada"], ["demo"],
    ["demo", "--serve", "--port", "0"], ["verify-ledger"], ["verify-ledger", "--account", "sms-demo-1"], ["purge"],
    ["smpp-check", "a-link", "--to", "+447700900004"],
]  # fmt: skip


def _write_text(file: Path) -> None:
    file.write_text("This is no database. " * 1_000)


def _overwrite_all_but_the_header(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[:PAGE] + b"\xff" * (len(content) - PAGE))


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: 3 * PAGE + 100])


def _make_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.fixture
def file(chappe: CommandLine) -> Path:
    """The file of a database with a ledger; nothing of it is in its log."""

    async def work(services: Services) -> None:
        await varied_ledger(await World.create(services))
        await fetch("PRAGMA wal_checkpoint(TRUNCATE)")

    chappe.inside(work)
    return Path(chappe.settings.database.url.removeprefix("sqlite://"))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("harm", [_write_text, _overwrite_all_but_the_header, _cut, _make_a_folder])
def test_a_damaged_file_is_told_in_one_line(
    chappe: CommandLine, file: Path, harm: Callable[[Path], None], arguments: list[str]
) -> None:
    """With status 1, whatever the command."""
    harm(file)
    result = chappe(*arguments, CHAPPE_ADMIN_PASSWORD="correct horse battery")
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert result.stderr.startswith("chappe: "), result.stderr


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_damage_that_no_statement_meets_is_found(chappe: CommandLine, file: Path) -> None:
    """A ledger is not called sound while the file around it is not."""

    async def root_page(_: Services) -> int:
        rows = await fetch(
            "SELECT rootpage FROM sqlite_schema WHERE tbl_name = $1 AND type = 'index'", "receipts"
        )
        return int(rows[0]["rootpage"])

    page = chappe.inside(root_page)
    content = bytearray(file.read_bytes())
    content[(page - 1) * PAGE : page * PAGE] = b"\xff" * PAGE
    file.write_bytes(content)
    result = chappe("verify-ledger")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("chappe: The database ")
    assert len(result.stderr.splitlines()) == 1
