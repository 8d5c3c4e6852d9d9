"""`chappe serve` as shipped, in a process of its own, loaded from another, in turn with a bare site in a third.

Each round loads both for some seconds. The figures are medians over the rounds, with the spread of their ratio; the
99th percentile and the memory are the server's. Where the system can, the server has one core and the load another.
"""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

import httpx
import orjson

from server.operations.access.authentication import sign_in_holder
from server.settings import Settings
from server.store.database import Database
from server.wiring import build_services
from tests.bench.measure import Row
from tests.bench.surroundings import postgres, request_bytes
from tests.factories.accounts.accounts import HOLDER_PASSWORD, USER_PASSWORD, World
from tests.factories.cli.processes import AS_SHIPPED, started

ROUNDS, ROUND_SECONDS, CONNECTIONS = 5, 3.0, 64
USERS = 50
PAGE = """
query Page($account: String!) {
  users(account: $account, first: 50) {
    nodes { login enabled quota { enabled left assigned } limit { enabled threshold } callback { url } }
  }
}
"""
SMALL = "query Small($account: String!) { account(name: $account) { name creditsLeft } }"
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Site:
    """Where a process serves, and its id."""

    host: str
    port: int
    pid: int

    def request(self, path: str, body: bytes = b"", token: str | None = None) -> bytes:
        """Return the bytes of a request."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return request_bytes(f"{self.host}:{self.port}", path, body, headers)


@dataclass(frozen=True)
class Loaded:
    """What a round measured."""

    rate: float
    p99_ms: float


async def run(folder: Path) -> list[Row]:
    """Run the scenarios on databases in a folder."""
    home = folder / "shipped"
    home.mkdir()
    rows = await _rows(f"sqlite://{home}/chappe.db", home, "SQLite")
    with postgres(folder) as url:
        return [*rows, *await _rows(url, home, "PostgreSQL")]


async def _rows(url: str, home: Path, kind: str) -> list[Row]:
    query, token = await _prepare(url)
    environment = {
        "CHAPPE_DATABASE_URL": url, "CHAPPE_PORT": "0", "CHAPPE_RATE_CAPACITY": str(10**9),
    }  # fmt: skip
    with (
        started(
            "serve", environment=environment, folder=home, program=[*_on_core(0), *AS_SHIPPED]
        ) as process,
        _bare_site(url, home) as bare,
    ):
        address = httpx.URL(process.url())
        served = Site(address.host, address.port or 80, process.pid)
        rows = [
            _compared(
                f"http2sms, {CONNECTIONS} connections / a bare route ({kind})",
                (served, served.request(f"/http2sms?{query}")),
                (bare, bare.request(f"/bare?{query}")),
                aim="0.4",
            )
        ]
        for name, text, route, aim in (
            ("page of 50 users", PAGE, "/page", "0.33"),
            ("small query", SMALL, "/small", "0.4"),
        ):
            body = orjson.dumps({"query": text, "variables": {"account": "sms-demo-1"}})
            _check_same(served, bare, route, body, token)
            rows.append(
                _compared(
                    f"{name} / hand-written ({kind})",
                    (served, served.request("/graphql", body, token)),
                    (bare, bare.request(route, body)),
                    aim=aim,
                )
            )
        return rows


def _compared(scenario: str, ours: tuple[Site, bytes], yardstick: tuple[Site, bytes], *, aim: str) -> Row:
    """Load both sites in turn."""
    _load(*ours, seconds=1.0)
    rounds = [(_load(*ours), _load(*yardstick)) for _ in range(ROUNDS)]
    ratios = sorted(figure.rate / by.rate for figure, by in rounds)
    figures, bys = (median(loaded.rate for loaded in side) for side in zip(*rounds, strict=True))
    return Row(
        scenario,
        f"{figures:,.0f}/s",
        f"{bys:,.0f}/s",
        median(ratios),
        aim,
        spread=f"{ratios[0]:.2f} to {ratios[-1]:.2f}",
        p99=f"{median(figure.p99_ms for figure, _ in rounds):.0f} ms",
        memory=f"{_resident_mb(ours[0].pid)} MB",
    )


def _load(site: Site, request: bytes, seconds: float = ROUND_SECONDS) -> Loaded:
    """Load a site from a process of its own, and return what that measured."""
    command = [
        sys.executable,
        "-m",
        "tests.bench.load",
        site.host,
        str(site.port),
        str(CONNECTIONS),
        str(seconds),
    ]
    done = subprocess.run(
        [*_on_core(-1), *command], input=request, capture_output=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr.decode()
    found = json.loads(done.stdout)
    return Loaded(found["rate"], found["p99_ms"])


@contextmanager
def _bare_site(url: str, home: Path) -> Iterator[Site]:
    """Serve the yardsticks."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [*_on_core(0), sys.executable, "-m", "tests.bench.bare_site", str(port), url]
    with subprocess.Popen(command, cwd=home, env=environment) as process:
        try:
            while True:
                try:
                    httpx.get(f"http://127.0.0.1:{port}/")
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
            yield Site("127.0.0.1", port, process.pid)
        finally:
            process.terminate()


def _check_same(served: Site, bare: Site, route: str, body: bytes, token: str) -> None:
    """Check that both give the same JSON."""
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    own = {**headers, "Authorization": f"Bearer {token}"}
    shown = httpx.post(f"http://{served.host}:{served.port}/graphql", content=body, headers=own).json()
    expected = httpx.post(f"http://{bare.host}:{bare.port}{route}", content=body, headers=headers).json()
    assert shown["data"] == expected["data"], (shown, expected)


def _on_core(number: int) -> list[str]:
    """Return what pins a command to a core, the first or the last, where the system can."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return ["taskset", "-c", str(cores[number])] if len(cores) > 1 else []


def _resident_mb(pid: int) -> int:
    """Return how much memory a process has in use."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text("ascii"))
    return int(found[1]) // 1_024 if found else 0


async def _prepare(url: str) -> tuple[str, str]:
    """Create the data with the server's own settings; return the query of a sending, and a session's token."""
    settings = Settings(database={"url": url})
    database, services = Database(url), build_services(settings)
    await database.open()
    await database.migrate()
    world = await World.create(services)
    account = await world.account(credits=10**12)
    user = await world.user(account)
    for number in range(1, USERS):
        await world.user(account, f"user{number}")
    session = await sign_in_holder(
        services, email="holder@example.com", password=HOLDER_PASSWORD, address="127.0.0.1"
    )
    await services.drain()
    services.passwords.close()
    await database.close()
    # Deferred, so that no worker takes it up meanwhile.
    later = time.strftime("%H%M%d%m%Y", time.gmtime(time.time() + 86_400))
    fields = {
        "account": account.name, "login": user.login, "password": USER_PASSWORD, "from": "Chappe",
        "to": "+447700900004", "message": "Hello", "noStop": "1", "deferred": later,
    }  # fmt: skip
    return urlencode(fields), session.secret
