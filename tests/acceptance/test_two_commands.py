"""Two commands to a delivered message: `make run`, and the command that it prints."""

import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.factories.cli.processes import Process, eventually, started
from tests.factories.gateways.smpp.links import PASSWORD
from tests.factories.gateways.smpp.smsc import Smsc
from tests.factories.gateways.smpp.smsc_beside import beside
from tests.factories.running import plain_http

ROOT = Path(__file__).parents[2]
MAKE = shutil.which("make") or "make"


@pytest.fixture
def port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        number: int = free.getsockname()[1]
        return number


@contextmanager
def _make_run(folder: Path, port: int, *variables: str) -> Iterator[Process]:
    """Run `make run` in an installed tree, so without downloads."""
    (folder / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    for name in ("pyproject.toml", "uv.lock", "installed"):
        (folder / name).touch()
    installed = [f"BIN={Path(sys.executable).parent}", "STAMP=installed"]
    with started(
        "run", *installed, *variables, program=[MAKE], environment={"CHAPPE_PORT": str(port)}, folder=folder
    ) as process:
        yield process


def _pasted(line: str) -> str:
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


def _processes() -> list[str]:
    """Return the command line of every process, if the system shows them."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            lines.append(path.read_text(errors="replace"))
    return lines


def _curl_line(server: Process) -> str:
    [line] = re.finditer(r"^curl .*$", server.out, re.MULTILINE)
    return line[0]


def test_two_commands_send_a_message(tmp_path: Path, port: int) -> None:
    """`make run` serves on PORT, and the printed command sends a message as pasted."""
    with _make_run(tmp_path, port) as server:
        assert server.url() == f"http://127.0.0.1:{port}"
        verdict, credits_left, number = _pasted(_curl_line(server)).split()
        assert (verdict, credits_left) == ("OK", "1847.5")
        assert number.isdigit()
        assert "Traceback" not in server.err


def test_every_page_that_it_prints_answers(tmp_path: Path, port: int) -> None:
    """Every URL in the banner answers, and the printed sign-in is the demo's."""
    with _make_run(tmp_path, port) as server:
        server.url()
        pages = re.findall(r"^  \w+ +(http://\S+)", server.out, re.MULTILINE)
        assert len(pages) >= 4
        for page in pages:
            assert plain_http.get(page, params={"query": "{ __typename }"}).status_code != 404
        email, password = re.findall(r"Sign in +(\S+) +(\S+)", server.out)[0]
        query = "mutation($i: SignInInput!) { signIn(input: $i) { viewer { __typename } userErrors { message } } }"
        credentials = {"holder": {"email": email, "password": password}}
        answer = plain_http.post(
            f"http://127.0.0.1:{port}/graphql", json={"query": query, "variables": {"i": credentials}}
        )
        assert answer.json()["data"]["signIn"]["viewer"] is not None


def test_a_restart_keeps_everything(tmp_path: Path, port: int) -> None:
    """After Ctrl+C the next `make run` has the same database, and prints the same sign-in and command."""
    with _make_run(tmp_path, port) as server:
        server.url()
        line = _curl_line(server)
        _pasted(line)
        server.interrupt()
    with _make_run(tmp_path, port) as server:
        server.url()
        assert _curl_line(server) == line
        assert _pasted(line).split()[1] == "1847"


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    """`make run` on a used port says so and ends, and leaves no database behind."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        with _make_run(tmp_path, number) as server:
            eventually(lambda: not server.alive)
            assert f"Port {number} on 127.0.0.1 is in use" in server.err
    assert not (tmp_path / "var" / "chappe.db").exists()


def test_make_alone_lists_what_it_does(tmp_path: Path) -> None:
    """Every target for people is listed with its help text."""
    (tmp_path / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    listed = subprocess.run(
        [MAKE], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    ).stdout
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {"run", "test", "check"} <= set(targets)
    assert [target for target in targets if f"make {target} " not in listed] == []


def test_a_url_puts_a_link_in_place_of_the_simulator(tmp_path: Path, port: int) -> None:
    """`make run SMPP_URL=…` binds to that operator, and the printed command sends through it."""
    with beside(Smsc()) as smsc:
        url = f"SMPP_URL=smpp://chappe:{PASSWORD}@127.0.0.1:{smsc.port}"
        with _make_run(tmp_path, port, url) as server:
            server.url()
            assert _pasted(_curl_line(server)).split()[0] == "OK"
            eventually(lambda: len(smsc.submits) == 1)
            shown = [line for line in _processes() if f"{PASSWORD}@127.0.0.1:{smsc.port}" in line]
    # Make's own command line, as typed: none of our processes repeats it.
    assert len(shown) <= 1
    assert PASSWORD not in server.out + server.err
