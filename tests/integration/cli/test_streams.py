"""Commands with a closed, full or unread input or output: a line or nothing, and never a traceback."""

import errno
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from server.store.database import Database
from tests.factories.cli.processes import inherited

SAYING = ["--version", "export-schema", "verify-ledger"]
FULL = "/dev/full"


@pytest.fixture
def database_url(tmp_path: Path, sqlite_template: Path) -> str:
    """A database of a file, whatever the other tests run on."""
    path = tmp_path / "chappe.db"
    path.write_bytes(sqlite_template.read_bytes())
    return f"sqlite://{path}"


def _run(database_url: str, folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Run a line of a shell in which `chappe` is the program."""
    environment = {**inherited(), "CHAPPE_DATABASE_URL": database_url, "CHAPPE_PASSWORD_MEMORY_KIB": "32"}
    program = f'chappe() {{ {shlex.quote(sys.executable)} -m server "$@"; }}'
    return subprocess.run(
        ["/bin/sh", "-c", f"{program}; {command}"],
        env=environment, cwd=folder, capture_output=True, text=True, check=False, timeout=120,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (
            "create-admin a@example.org A",
            "chappe: No password: set CHAPPE_ADMIN_PASSWORD, or use --password-stdin.",
        ),
        ("set-password a@example.org", "chappe: No password: use --password-stdin."),
        (
            "create-admin a@example.org A --password-stdin",
            "chappe: A holder's password has to be 12 to 1,024 characters",
        ),
        (
            "smpp-check smpp://me@127.0.0.1:1 --to +447700900004",
            "chappe: No password: use --password-stdin, or",
        ),
    ],
)
def test_without_standard_input_nobody_is_asked(
    database_url: str, tmp_path: Path, command: str, said: str
) -> None:
    """A closed one counts as empty."""
    done = _run(database_url, tmp_path, f"chappe {command} <&-")
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith(said)


@pytest.mark.parametrize("command", SAYING)
def test_a_reader_that_has_gone_is_no_fault(database_url: str, tmp_path: Path, command: str) -> None:
    """As in `chappe … | head -1`: nothing is said on standard error."""
    done = _run(database_url, tmp_path, f"chappe {command} | true")
    assert done.stderr == ""


@pytest.mark.parametrize("command", SAYING)
def test_an_output_that_is_full_is_told_in_a_line(database_url: str, tmp_path: Path, command: str) -> None:
    """With status 1, to show that the output is incomplete."""
    done = _run(database_url, tmp_path, f"chappe {command} > {FULL}")
    assert done.returncode == 1
    assert done.stderr == f"chappe: The output can't be written: {os.strerror(errno.ENOSPC)}\n"


async def test_a_closed_output_is_not_the_database(database_url: str, tmp_path: Path) -> None:
    """The first file that is opened does not become standard output, or standard error."""
    done = _run(database_url, tmp_path, "chappe verify-ledger >&- 2>&-; chappe purge <&- >&- 2>&-")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    database = Database(database_url)
    await database.open()
    assert await database.damage() is None
    await database.close()
