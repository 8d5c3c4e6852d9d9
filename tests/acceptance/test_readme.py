"""README.md: what it tells a newcomer to paste works as written, and its tables say what the code says."""

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from typer.main import get_command

from server.cli.program import app
from server.gateways.simulator import SPECIAL, script_for
from server.rules.ptt import PTT_CODES
from server.web.http2sms import PATHS
from server.web.http2sms_answers import ResultCode
from server.web.http2sms_fields import _NAMES
from tests.acceptance.readme import README, blocks, simulator_rows, table
from tests.factories.processes import Process, eventually, started

LISTENERS = re.compile(r"^chappe_bus_listeners (\S+)$", re.MULTILINE)


class Newcomer:
    """Somebody who pastes what the README says, with the passwords that the server printed."""

    def __init__(self, server: Process, folder: Path) -> None:
        """Take the server that was started, and where."""
        self.url = server.url()
        self._folder = folder
        self._passwords = json.loads((folder / "var" / "demo.json").read_text())

    def filled_in(self, text: str) -> str:
        """Return a block with this server's address and passwords in place."""
        here = self.url.removeprefix("http://")
        return (
            text.replace("127.0.0.1:8000", here)
            .replace("password=PASSWORD", f"password={self._passwords['user']}")
            .replace("'what make run printed'", f"'{self._passwords['holder']}'")
            .replace(".venv/bin/", f"{Path(sys.executable).parent}/")
        )

    def paste(self, text: str) -> str:
        """Run a block in a shell, and return what it prints."""
        done = subprocess.run(
            ["/bin/bash", "-euc", self.filled_in(text)],
            capture_output=True, text=True, check=False, timeout=60, cwd=self._folder,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.strip()

    def settled(self) -> bool:
        """Whether no message is on its way any more."""
        with closing(sqlite3.connect(self._folder / "var" / "chappe.db")) as database:
            [[open_messages]] = database.execute("SELECT COUNT(*) FROM messages WHERE state <> 'ended'")
        return bool(open_messages == 0)

    def mails(self) -> list[Path]:
        """Return the mails that were written."""
        return list((self._folder / "var" / "outbox").glob("*.eml"))

    def listeners(self) -> float:
        """Return how many subscriptions and worker loops listen."""
        found = LISTENERS.search(httpx.get(f"{self.url}/metrics").text)
        assert found is not None
        return float(found[1])


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    """Somebody before whom a demo server has just been started."""
    with started("demo", "--serve", "--port", "0", environment={}, folder=tmp_path) as server:
        yield Newcomer(server, tmp_path)


def _block(language: str, containing: str) -> str:
    [found] = [text for tag, text in blocks() if tag == language and containing in text]
    return found


def test_the_first_screen_works_as_pasted(newcomer: Newcomer, tmp_path: Path) -> None:
    """Sending by URL, signing in, sending by GraphQL and following it live give the very answers shown."""
    eventually(newcomer.settled)  # what the demo has sent, of which some is refunded
    assert newcomer.paste(_block("sh", "/http2sms")) == _block("text", "OK\n").strip()
    eventually(newcomer.settled)
    sign_in, subscription, mutation = (
        _block("sh", name) for name in ("signIn(", "subscription {", "sendMessage(")
    )
    token = newcomer.paste(f"{sign_in}\necho $TOKEN")
    listening = newcomer.listeners()
    follow = newcomer.filled_in(f"TOKEN={token}\n{subscription.replace(' &', '')}")
    unbuffered = {"PYTHONUNBUFFERED": "1"}  # as at a terminal
    with started("-c", follow, program=["/bin/bash"], environment=unbuffered, folder=tmp_path) as follower:
        eventually(lambda: newcomer.listeners() > listening)
        sent = newcomer.paste(f"TOKEN={token}\n{mutation}")
        answer = json.loads(sent)
        assert answer.pop("extensions")["cost"]["actual"] > 0
        assert answer == json.loads(_block("json", '"sendMessage"'))
        shown = _block("json", '"deliveryStatusChanged"').strip().splitlines()
        eventually(lambda: follower.out.count("\n") >= len(shown))
        assert [json.loads(line) for line in follower.out.splitlines()] == [
            json.loads(line) for line in shown
        ]


def test_an_alert_is_a_mail_in_the_outbox(newcomer: Newcomer) -> None:
    """What the page does to a quota raises an alert, and the mail says what the page shows."""
    sign_in, adjust = _block("sh", "signIn("), _block("sh", "adjustUserQuota(")
    newcomer.paste(f"{sign_in}\n{adjust}")
    eventually(newcomer.mails)
    assert newcomer.paste(_block("sh", "outbox")) == _block("text", "Subject").strip()


def test_the_first_command_is_make_run() -> None:
    """Nothing has to be typed before `make run`."""
    assert blocks()[0] == ("sh", "make run\n")


def test_the_simulators_digits_are_all_told() -> None:
    """The table says of every receiver what the simulated operator does."""
    assert table("The simulated operator") == simulator_rows()
    assert script_for("+447700900555").summary == "delivered"
    for code in PTT_CODES:
        digits = f"{code:03}"
        if digits not in SPECIAL:
            assert script_for(f"+447700900{digits}").summary == f"ends with ptt {code}"


def test_the_commands_are_all_told() -> None:
    """The table names every command of the program, in its order."""
    commands = getattr(get_command(app), "commands")  # noqa: B009 a group's, which the type does not tell
    assert [re.findall(r"`([a-z-]+)`", row)[0] for row in table("Commands")] == list(commands)


def test_http2sms_is_told_whole() -> None:
    """The tables have every field, every result code and both addresses of sending by URL."""
    fields = [name for row in table("Sending by URL") for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert fields == list(dict.fromkeys(_NAMES.values()))
    text = README.read_text()
    assert [code for code in ResultCode if f"\n| {code.value} |" not in text] == []
    assert [path for path in PATHS if f"`{path}`" not in text] == []
