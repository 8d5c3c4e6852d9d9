"""The processes of a scenario: the server as shipped, the bare site, and what loads them.

Where the system can, the servers have one core and the load another.
"""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx

from tests.bench.connection import request_bytes
from tests.bench.load import Found
from tests.factories.cli.processes import AS_SHIPPED, Process, started

ROOT = Path(__file__).parents[2]
ROUND_SECONDS, CONNECTIONS = 3.0, 64
NO_SETTINGS: Mapping[str, str] = {}


@dataclass(frozen=True)
class Site:
    """Where a process serves, and its id."""

    host: str
    port: int
    pid: int

    @classmethod
    def of(cls, process: Process) -> Self:
        """Return where `chappe serve` serves, once it does."""
        address = httpx.URL(process.url())
        return cls(address.host, address.port or 80, process.pid)

    @property
    def name(self) -> str:
        """Return host and port."""
        return f"{self.host}:{self.port}"

    def request(self, path: str, body: bytes = b"", token: str | None = None) -> bytes:
        """Return the bytes of a request."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return request_bytes(self.name, path, body, headers)

    def resident_kb(self) -> int:
        """Return how much memory the process has in use."""
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.pid}/status").read_text("ascii"))
        return int(found[1]) if found else 0

    def core_seconds(self) -> float:
        """Return how long the process has kept a core busy so far."""
        user, system = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    @property
    def memory(self) -> str:
        """Return the memory in use as the table shows it."""
        return f"{self.resident_kb() // 1_024} MB"


@contextmanager
def served(
    url: str, home: Path, settings: Mapping[str, str] = NO_SETTINGS, *, pinned: bool = True
) -> Iterator[Site]:
    """Run `chappe serve` as shipped, on a database."""
    with shipped("serve", url, home, settings, pinned=pinned) as process:
        yield Site.of(process)


@contextmanager
def working(url: str, home: Path, settings: Mapping[str, str]) -> Iterator[None]:
    """Run `chappe worker` as shipped, beside the server on its core."""
    with shipped("worker", url, home, settings) as process:
        process.says("worker started")
        yield


def shipped(
    command: str, url: str, home: Path, settings: Mapping[str, str], *, pinned: bool = True
) -> AbstractContextManager[Process]:
    """Run a command as shipped, on the servers' core or on any."""
    environment = {
        "CHAPPE_DATABASE_URL": url, "CHAPPE_PORT": "0", "CHAPPE_RATE_CAPACITY": str(10**9), "PYTHONPATH": str(ROOT),
        **settings,
    }  # fmt: skip
    program = [*(on_core(0) if pinned else ()), *AS_SHIPPED]
    return started(command, environment=environment, folder=home, program=program)


@contextmanager
def bare_site(url: str, home: Path) -> Iterator[Site]:
    """Serve the yardsticks, on the same core and with the same server software."""
    port = free_port()
    command = [*on_core(0), sys.executable, "-m", "tests.bench.bare_site", str(port), url]
    with subprocess.Popen(command, cwd=home, env=_environment()) as process:
        try:
            while True:
                try:
                    httpx.get(f"http://127.0.0.1:{port}/")
                    break
                except httpx.TransportError:
                    assert process.poll() is None
                    time.sleep(0.1)
            yield Site("127.0.0.1", port, process.pid)
        finally:
            process.terminate()


class Helper:
    """A process of the load's that answers each line of JSON with another."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Take the process."""
        self._process = process

    def ask(self, request: Mapping[str, Any]) -> Any:
        """Send a line, and return the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the helper ended"
        return json.loads(line)


@contextmanager
def helper(module: str, *arguments: str, core: int = -1) -> Iterator[Helper]:
    """Run a module of these benches beside the server, on the load's core."""
    command = [*on_core(core), sys.executable, "-m", f"tests.bench.{module}", *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=_environment()
    ) as process:
        try:
            yield Helper(process)
        finally:
            process.terminate()


def load(
    site: Site,
    request: bytes,
    seconds: float = ROUND_SECONDS,
    connections: int = CONNECTIONS,
    requests: int = 10**9,
) -> Found:
    """Load a site from a process of its own, for so long or with so many requests; it must refuse none."""
    with loading(site, request, seconds, connections, requests) as process:
        return found_by(process)


@contextmanager
def loading(
    site: Site,
    request: bytes,
    seconds: float,
    connections: int = CONNECTIONS,
    requests: int = 10**9,
    *,
    pinned: bool = True,
) -> Iterator[subprocess.Popen[bytes]]:
    """Load a site from a process of its own during the block; `found_by` waits for what it measures."""
    given = [site.host, site.port, connections, seconds, requests]
    core = on_core(-1) if pinned else []
    command = [*core, sys.executable, "-m", "tests.bench.load", *map(str, given)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, env=_environment()
    ) as process:
        assert process.stdin is not None
        process.stdin.write(request)
        process.stdin.close()
        process.stdin = None
        yield process


def found_by(process: subprocess.Popen[bytes], *, may_refuse: bool = False) -> Found:
    """Return what a load measured."""
    out, _ = process.communicate()
    assert process.returncode == 0
    found = Found(**json.loads(out))
    assert may_refuse or not (found.refused or found.unanswered), found
    return found


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def on_core(number: int) -> list[str]:
    """Return what pins a command to a core, the first or the last, where the system can."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return ["taskset", "-c", str(cores[number])] if len(cores) > 1 else []


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}
