"""One setting sends messages out: a demo server with a link to a message centre by other authors."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from server.cli.demo import ACCOUNT, LOGIN, SENDER
from tests.factories.cli.processes import PATIENCE_SECONDS, eventually, started
from tests.factories.gateways.smpp.links import PASSWORD
from tests.factories.running import plain_http

CLIENTS = Path(__file__).parents[1] / "conformance" / "clients"
ENVIRONMENT = str(Path(sys.executable).parent)
PHONE = "447700900004"


class Node:
    """The message centre (node-smpp) and its events."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        """Take the running process."""
        self._process = process

    def says(self, event: str) -> Any:
        """Wait for an event, ignoring others, and return its data."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said = json.loads(line)
            if event in said:
                return said[event]
        raise AssertionError(event)

    def deliver(self, text: str, *, address: str = PHONE, ton: int = 1) -> None:
        """Let the phone send a message, with any address that the operator gives it."""
        assert self._process.stdin is not None
        fields = {
            "source_addr_ton": ton,
            "source_addr": address,
            "destination_addr": SENDER,
            "short_message": text,
        }
        self._process.stdin.write(json.dumps(fields) + "\n")
        self._process.stdin.flush()


@contextmanager
def node_smpp() -> Iterator[Node]:
    """Run the message centre during the block."""
    node = shutil.which("node") or shutil.which("node", path=ENVIRONMENT)
    assert node, "There is no Node: run 'make test'"
    with subprocess.Popen(
        [node, "smsc.mjs"], cwd=CLIENTS, env={"PATH": os.environ["PATH"]}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            yield Node(process)
        finally:
            process.kill()


def rows(folder: Path, sql: str) -> list[Any]:
    """Return rows of the server's database."""
    with closing(sqlite3.connect(folder / "var" / "chappe.db")) as database:
        return database.execute(sql).fetchall()


def send(url: str, folder: Path, text: str, **more: str) -> list[str]:
    """Send a message by URL, as the demo's user, and return the answer's lines."""
    password = json.loads((folder / "var" / "demo.json").read_text())["user"]
    fields = {
        "account": ACCOUNT, "login": LOGIN, "password": password, "from": SENDER, "to": f"+{PHONE}",
        "message": text, "noStop": "1", **more,
    }  # fmt: skip
    return plain_http.post(f"{url}/http2sms", data=fields, timeout=PATIENCE_SECONDS).text.split()


def test_a_url_is_all_that_a_link_needs(tmp_path: Path) -> None:
    """A message is delivered, also in parts, and the phone's STOP blocks later ones."""
    with node_smpp() as node:
        link = f"smpp://chappe:{PASSWORD}@127.0.0.1:{node.says('port')}"
        with started(
            "demo", "--serve", "--port", "0", environment={"CHAPPE_SMPP_URL": link}, folder=tmp_path
        ) as server:
            url = server.url()
            assert "SMPP, 127.0.0.1" in server.out
            assert PASSWORD not in server.out
            node.says("bound")
            assert send(url, tmp_path, "Hello {€} Ж " * 10)[0] == "OK"
            parts = [node.says("submit") for _ in range(2)]
            assert "".join(part["text"] for part in parts) == "Hello {€} Ж " * 10

            def status(number: int) -> Callable[[], bool]:
                sql = "SELECT status, gateway FROM messages WHERE gateway = 'smpp' ORDER BY id DESC LIMIT 1"
                return lambda: rows(tmp_path, sql) == [(number, "smpp")]

            eventually(status(1))
            node.deliver("ID: 4711, please tell me the stat: is it open?")
            eventually(lambda: rows(tmp_path, "SELECT is_stop FROM incoming_messages") == [(0,)])
            # An operator's form of a national number, and a person's STOP.
            node.deliver("(Stop) :)", address="07700900004", ton=2)
            eventually(lambda: rows(tmp_path, "SELECT number FROM blacklist_entries") == [(f"+{PHONE}",)])
            assert send(url, tmp_path, "Hello again")[0] == "KO"
            assert PASSWORD not in server.err
            assert server.terminate() == 0
        assert node.says("unbound")


def test_a_urls_query_says_how_the_operator_wants_it(tmp_path: Path) -> None:
    """The operator receives all of it: the bind's addresses, and the fields of a submission."""
    query = "bindTon=1&bindNpi=8&addressRange=336&systemType=VMA&serviceType=CMT&protocolId=64&priorityFlag=1"
    with node_smpp() as node:
        link = f"smpp://chappe:{PASSWORD}@127.0.0.1:{node.says('port')}?{query}&registeredDelivery=17&validitySeconds=0"
        with started(
            "demo", "--serve", "--port", "0", environment={"CHAPPE_SMPP_URL": link}, folder=tmp_path
        ) as server:
            url = server.url()
            node.says("bound")
            assert send(url, tmp_path, "Hello", **{"class": "0"})[0] == "OK"
            submit = node.says("submit")
            assert server.terminate() == 0
    assert submit["bind"] == [1, 8, "336", "VMA"]
    assert submit["service"] == ["CMT", 64, 1, 17]
    assert (submit["coding"], submit["validity"]) == (0x10, None)
