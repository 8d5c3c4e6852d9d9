"""A newcomer at a demo server, who pastes commands from a page."""

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.acceptance.pages import block
from tests.factories.cli.processes import Process
from tests.factories.running import plain_http

LISTENERS = re.compile(r"^chappe_bus_listeners (\S+)$", re.MULTILINE)


class Newcomer:
    """Somebody who pastes commands from a page, with the passwords that the server printed."""

    def __init__(self, server: Process, folder: Path) -> None:
        """Take the running server and its folder."""
        self.url = server.url()
        self.folder = folder
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
        """Run a block in a shell with the variables of earlier blocks, and return its output."""
        kept = f"{self.folder}/variables"
        script = f"touch {kept}; . {kept}; set -a\n{self.filled_in(text)}\nexport -p > {kept}"
        done = subprocess.run(
            ["/bin/bash", "-euc", script],
            capture_output=True, text=True, check=False, timeout=60, cwd=self.folder,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.strip()

    def settled(self) -> bool:
        """Whether all messages and mails have ended."""
        with closing(sqlite3.connect(self.folder / "var" / "chappe.db")) as database:
            [[on_their_way]] = database.execute(
                "SELECT (SELECT COUNT(*) FROM messages WHERE state <> 'ended')"
                " + (SELECT COUNT(*) FROM notifications WHERE state = 'waiting')"
            )
        return bool(on_their_way == 0)

    def sign_in(self) -> None:
        """Set the token as the README says."""
        self.paste(block("README.md", "sh", "signIn("))

    def listeners(self) -> float:
        """Return how many subscriptions and worker loops listen."""
        found = LISTENERS.search(plain_http.get(f"{self.url}/metrics").text)
        assert found is not None
        return float(found[1])
