"""The program as a whole: help, wrong usage, and wrong settings."""

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from stat import S_IMODE

import pytest

from server.settings import Settings
from tests.factories.cli.processes import inherited
from tests.integration.cli.conftest import CommandLine

Done = subprocess.CompletedProcess[str]

COMMANDS = [
    "serve", "worker", "migrate", "create-admin", "demo", "export-schema", "verify-ledger", "purge",
]  # fmt: skip


@pytest.fixture
def chappe(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """The command line without a database, which none of these tests reaches."""
    path = tmp_path_factory.mktemp("program") / "chappe.db"
    return CommandLine(Settings(database={"url": f"sqlite://{path}"}))


def test_help_names_every_command(chappe: CommandLine) -> None:
    """--help lists all commands."""
    listed = chappe("--help").stdout
    assert [command for command in COMMANDS if command not in listed] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(chappe: CommandLine, command: str) -> None:
    """Each command has its own help text."""
    result = chappe(command, "--help")
    assert result.exit_code == 0
    assert len(result.stdout.split()) > 10


@pytest.mark.parametrize(
    "arguments", [["no-such-command"], ["migrate", "--no-such-option"], ["serve", "--port", "x"]]
)
def test_misuse_is_status_2(chappe: CommandLine, arguments: list[str]) -> None:
    """What is no command, no option or no number is misuse."""
    assert chappe(*arguments).exit_code == 2


def test_wrong_settings_are_a_line_each(chappe: CommandLine) -> None:
    """Each setting that is wrong is named with the reason, and its value is not repeated."""
    result = chappe("migrate", CHAPPE_PORT="99999", CHAPPE_MAX_PARTS="none", CHAPPE_TRUSTED_PROXIES="hidden")
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert [line.split(": ")[1] for line in lines] == [
        "CHAPPE_PORT", "CHAPPE_TRUSTED_PROXIES", "CHAPPE_MAX_PARTS",
    ]  # fmt: skip
    assert "hidden" not in result.output


def test_an_unknown_log_level_is_a_wrong_setting(chappe: CommandLine) -> None:
    """A log level is one of four words."""
    result = chappe("migrate", CHAPPE_LOG_LEVEL="chatty")
    assert (result.exit_code, "CHAPPE_LOG_LEVEL" in result.stderr) == (1, True)


SIGN_IN = {"CHAPPE_SMTP_USER": "mailer", "CHAPPE_SMTP_PASSWORD": "hidden"}


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"CHAPPE_SMTP_HOST": "mail.example.org"}, "CHAPPE_MAIL_FROM"),
        ({"CHAPPE_MAIL_FROM": "nobody"}, "CHAPPE_MAIL_FROM"),
        ({"CHAPPE_SMTP_PORT": "0"}, "CHAPPE_SMTP_PORT"),
        ({"CHAPPE_PUBLIC_URL": "sms.example.org"}, "CHAPPE_PUBLIC_URL"),
        ({"CHAPPE_PUBLIC_URL": "https://sms.example.org/?a=b"}, "CHAPPE_PUBLIC_URL"),
        ({"CHAPPE_SMTP_SECURITY": "ssl"}, "CHAPPE_SMTP_SECURITY"),
        ({"CHAPPE_SMTP_USER": "mailer"}, "CHAPPE_SMTP_PASSWORD"),
        ({"CHAPPE_SMTP_PASSWORD": "hidden"}, "CHAPPE_SMTP_PASSWORD"),
        ({**SIGN_IN, "CHAPPE_SMTP_SECURITY": "none"}, "CHAPPE_SMTP_PASSWORD"),
    ],
)
def test_mail_settings_that_do_not_fit_are_named(
    chappe: CommandLine, environment: dict[str, str], named: str
) -> None:
    """A mail server needs an address to send from, a user a password, and a password goes nowhere in the clear."""
    result = chappe("migrate", **environment)
    assert result.exit_code == 1
    [line] = result.stderr.splitlines()
    assert line.startswith(f"chappe: {named}: ")
    assert "hidden" not in result.output


def test_mail_settings_that_fit_are_taken(chappe: CommandLine) -> None:
    """A server with a user who signs in."""
    given = {**SIGN_IN, "CHAPPE_SMTP_HOST": "mail.example.org", "CHAPPE_MAIL_FROM": "chappe@example.org"}
    assert chappe("migrate", **given).exit_code == 0


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({}, "CHAPPE_TRUSTED_PROXIES"),
        ({"CHAPPE_COOKIE_SECURE": "false"}, "CHAPPE_COOKIE_SECURE"),
        ({"CHAPPE_PASSWORD_MEMORY_KIB": "32"}, "CHAPPE_PASSWORD_MEMORY_KIB"),
        ({"CHAPPE_COOKIE_SECURE": "true"}, "CHAPPE_SECRET_KEY"),
        ({"CHAPPE_SECRET_KEY": "short"}, "CHAPPE_SECRET_KEY"),
        (
            {"CHAPPE_SMTP_HOST": "mail.example.org", "CHAPPE_MAIL_FROM": "chappe@example.org"},
            "CHAPPE_PUBLIC_URL",
        ),
    ],
)
def test_production_is_not_served_unprepared(
    chappe: CommandLine, environment: dict[str, str], named: str
) -> None:
    """Serve refuses the production profile without what production needs, and names the setting."""
    given = {
        "CHAPPE_PROFILE": "production",
        "CHAPPE_PASSWORD_MEMORY_KIB": "65536",
        "CHAPPE_PASSWORD_TIME_COST": "3",
    }
    if environment:
        given["CHAPPE_TRUSTED_PROXIES"] = "127.0.0.1"
    result = chappe("serve", **{**given, **environment})
    assert result.exit_code == 1
    assert named in result.stderr


def test_the_package_can_be_run() -> None:
    """`python -m server` is the same program."""
    done = subprocess.run(
        [sys.executable, "-m", "server", "--version"],
        capture_output=True, text=True, check=True, timeout=60, env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert done.stdout == f"chappe {version('chappe')}\n"


def _program(*arguments: str, cwd: Path, **environment: str) -> Done:
    """Run the installed program as a separate process."""
    return subprocess.run(
        [str(Path(sys.executable).with_name("chappe")), *arguments],
        capture_output=True, text=True, check=False, timeout=60, cwd=cwd, env={**inherited(), **environment},
    )  # fmt: skip


COMPLETING = {"_CHAPPE_COMPLETE": "complete_bash", "COMP_WORDS": "chappe verify", "COMP_CWORD": "1"}


@pytest.mark.parametrize(
    ("arguments", "environment"), [(["--version"], {}), (["--help"], {}), (["-h"], {}), ([], COMPLETING)]
)
def test_what_only_tells_imports_little(
    arguments: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    """It imports no part of a server, so that it answers at once."""
    done = _program(*arguments, cwd=tmp_path, PYTHONPROFILEIMPORTTIME="1", **environment)
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert (done.returncode, "typer" in imported) == (0, True)
    assert imported & {"asyncpg", "starlette", "strawberry", "structlog", "tortoise"} == set()


def test_a_command_has_its_help_without_the_server(tmp_path: Path) -> None:
    """Also by -h."""
    done = _program("serve", "-h", cwd=tmp_path, PYTHONPROFILEIMPORTTIME="1")
    assert "--port" in done.stdout
    assert "strawberry" not in done.stderr


def test_the_shell_completes_commands(tmp_path: Path) -> None:
    """Asked as bash asks."""
    assert _program(cwd=tmp_path, **COMPLETING).stdout.split() == ["verify-ledger"]


def test_other_tools_variables_are_not_ours(tmp_path: Path) -> None:
    """HOST and PORT mean something else to many a shell: only the variables that begin with CHAPPE_ count."""
    done = _program("migrate", cwd=tmp_path, HOST="x86_64-pc-linux-gnu", PORT="/dev/ttyUSB0")
    assert (done.returncode, done.stderr) == (0, "")


def test_files_are_their_owners_alone(tmp_path: Path) -> None:
    """The database, the secret, the demo's passwords, the outbox: with a umask that would let all read."""
    command = f"umask 022; exec {sys.executable} -m server demo"
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        check=False,
        timeout=100,
        cwd=tmp_path,
        env=inherited(),
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    made = list(tmp_path.rglob("*"))
    assert {"var", "chappe.db", "secret.key", "demo.json"} <= {path.name for path in made}
    assert [path for path in made if S_IMODE(path.stat().st_mode) & 0o077] == []
