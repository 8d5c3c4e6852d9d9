"""Serve and worker as processes: how they begin and end, and that no end loses anything."""

import json
import platform
import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import httpx
import pytest
from websockets import CloseCode, ConnectionClosed, Subprotocol
from websockets.sync.client import connect

from server.cli.serving import listen
from server.operations.access.authentication import user_principal
from server.operations.core.services import Services
from server.operations.messages.screening import Draft
from server.operations.messages.sending import send_message
from server.rules.messages.ptt import DeliveryStatus
from server.settings.web import WebSettings
from server.store.models import Message, User
from tests.factories.accounts.accounts import USER_PASSWORD, World
from tests.factories.cli.processes import Process, eventually, started
from tests.factories.running import plain_http
from tests.integration.cli.conftest import CommandLine

SENDS = 60
RECEIVER = "+447700900004"


class Site:
    """Servers and workers on one database."""

    def __init__(self, chappe: CommandLine, folder: Path) -> None:
        """Take the command line of that database."""
        self.chappe = chappe
        self._folder = folder

    @contextmanager
    def running(self, *arguments: str, **environment: str) -> Iterator[Process]:
        """Run a command for the length of the block; with a port, on a free one."""
        environment = {**self.chappe.environment, "CHAPPE_CLAIM_LEASE_SECONDS": "1", **environment}
        with started(*arguments, environment=environment, folder=self._folder) as process:
            yield process

    def populate(self) -> None:
        """Create an account with 1,000 credits, and a user."""

        async def work(services: Services) -> None:
            world = await World.create(services)
            await world.user(await world.account(credits=1_000_000))

        self.chappe.inside(work)

    def accept(self) -> None:
        """Accept one message, without a server."""

        async def work(services: Services) -> None:
            user = await User.get(login="script")
            draft = Draft(account="sms-demo-1", sender="Chappe", receivers=(RECEIVER,), text="Hello")
            await send_message(services, user_principal(user), draft, idempotency_key=None)

        self.chappe.inside(work)

    def messages(self) -> dict[int, DeliveryStatus]:
        """Return every message's delivery status."""

        async def work(_: Services) -> dict[int, DeliveryStatus]:
            rows = await Message.all().values_list("id", "status")
            return {number: DeliveryStatus(status) for number, status in rows}

        return self.chappe.inside(work)

    def all_delivered(self) -> bool:
        """Whether no message is on its way any more, and all arrived."""
        return set(self.messages().values()) == {DeliveryStatus.SUCCESS}


@pytest.fixture
def site(chappe: CommandLine, tmp_path: Path) -> Site:
    """A database with an account and a user that may send."""
    site = Site(chappe, tmp_path)
    site.populate()
    return site


def _send(url: str, key: str) -> str | None:
    """Send one message by URL; return its number, or None when the server was gone before it answered."""
    fields = {
        "account": "sms-demo-1", "login": "script", "password": USER_PASSWORD, "from": "Chappe",
        "to": RECEIVER, "message": "Hello", "idempotencyKey": key,
    }  # fmt: skip
    try:
        answer = plain_http.post(f"{url}/http2sms", data=fields, timeout=30)
    except httpx.TransportError:
        return None
    assert answer.text.startswith("OK"), answer.text
    return answer.text.splitlines()[-1]


def test_serving_delivers_and_ends_with_status_0(site: Site) -> None:
    """A message sent by URL is delivered by the same process, which ends cleanly when asked to."""
    with site.running("serve", "--port", "0") as server:
        url = server.url()
        assert "server" not in plain_http.get(f"{url}/healthz").headers
        _send(url, "one")
        eventually(site.all_delivered)
        assert server.terminate() == 0
        assert "Traceback" not in server.err


@pytest.mark.one_database
def test_a_connection_is_kept_as_long_as_is_set(site: Site) -> None:
    """With no time at all it ends with its answer, though the client would go on."""
    with site.running("serve", "--port", "0", CHAPPE_KEEP_ALIVE_SECONDS="0") as server:
        address = httpx.URL(server.url())
        with (
            socket.create_connection((address.host, address.port)) as connection,
            connection.makefile("rb") as answer,
        ):
            connection.sendall(b"GET /healthz HTTP/1.1\r\nhost: chappe.test\r\n\r\n")
            assert answer.read().startswith(b"HTTP/1.1 200")  # up to the end of the connection


def test_ctrl_c_ends_serving_with_status_0(site: Site) -> None:
    """An interrupt is an orderly end."""
    with site.running("serve", "--port", "0") as server:
        server.url()
        assert server.interrupt() == 0
        assert "Traceback" not in server.err


def test_an_open_subscription_holds_no_end_up(site: Site) -> None:
    """A connected client is asked to leave, and the server ends with status 0."""
    with site.running("serve", "--port", "0") as server:
        url = server.url().replace("http", "ws") + "/graphql"
        subprotocol = Subprotocol("graphql-transport-ws")
        with connect(url, subprotocols=[subprotocol]) as client:
            client.send('{"type": "connection_init"}')
            assert json.loads(client.recv())["type"] == "connection_ack"
            assert server.terminate() == 0
            with pytest.raises(ConnectionClosed) as closed:
                client.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == CloseCode.GOING_AWAY


def test_being_killed_amid_sends_loses_and_doubles_nothing(site: Site) -> None:
    """What was accepted before a kill -9 is delivered after a restart, and what was not can be sent again."""
    keys = [f"key {number}" for number in range(SENDS)]
    with site.running("serve", "--port", "0") as server, ThreadPoolExecutor(8) as pool:
        url = server.url()
        answers = [pool.submit(_send, url, key) for key in keys]
        eventually(lambda: sum(answer.done() for answer in answers) >= SENDS // 3)
        server.kill()
        accepted = [number for answer in answers if (number := answer.result())]
    assert len(accepted) >= SENDS // 3
    assert {int(number) for number in accepted} <= site.messages().keys()
    with site.running("serve", "--port", "0") as server:
        url = server.url()
        again = [_send(url, key) for key in keys]
        eventually(site.all_delivered)
        assert set(accepted) <= set(again)
        assert len(site.messages()) == SENDS
        assert server.terminate() == 0
    assert site.chappe("verify-ledger").exit_code == 0


def test_an_orderly_end_amid_sends_answers_what_it_accepted(site: Site) -> None:
    """After SIGTERM during sends, every stored message was answered, and the ledger adds up."""
    with site.running("serve", "--port", "0") as server, ThreadPoolExecutor(8) as pool:
        url = server.url()
        answers = [pool.submit(_send, url, f"key {number}") for number in range(SENDS)]
        eventually(lambda: any(answer.done() for answer in answers))
        assert server.terminate() == 0
        accepted = {int(number) for answer in answers if (number := answer.result())}
    assert site.messages().keys() == accepted
    assert site.chappe("verify-ledger").exit_code == 0


def test_a_worker_delivers_without_the_web(site: Site) -> None:
    """Messages that wait are delivered by a worker, which ends with status 0."""
    site.accept()
    with site.running("worker") as worker:
        worker.says("worker started")
        eventually(site.all_delivered)
        assert worker.terminate() == 0
        assert "Traceback" not in worker.err


def test_a_worker_tells_how_it_is(site: Site) -> None:
    """Health, readiness and metrics are on its own port; and it still ends with status 0."""
    site.accept()
    with site.running("worker", CHAPPE_WORKER_PORT="0") as worker:
        worker.says("worker started")
        found = re.search(r"worker tells .*?(http://[0-9.:]+)", worker.err)
        assert found is not None
        assert plain_http.get(f"{found[1]}/healthz").text == "ok"
        assert plain_http.get(f"{found[1]}/readyz").json()["ready"] is True

        def delivered() -> bool:
            return (
                'chappe_delivery_changes_total{status="SUCCESS"} 1.0'
                in plain_http.get(f"{found[1]}/metrics").text
            )

        eventually(delivered)
        metrics = plain_http.get(f"{found[1]}/metrics").text
        assert 'chappe_submit_seconds_count{link="simulator"} 1.0' in metrics
        assert (
            f'chappe_build_info{{python="{platform.python_version()}",version="{version("chappe")}"}} 1.0'
            in metrics
        )
        assert worker.terminate() == 0
        assert "Traceback" not in worker.err


def test_a_workers_port_in_use_is_told(site: Site) -> None:
    """With the name of its setting."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = site.chappe("worker", CHAPPE_WORKER_PORT=str(taken.getsockname()[1]))
    assert (result.exit_code, "CHAPPE_WORKER_PORT" in result.stderr) == (1, True)


@pytest.mark.parametrize("second", [["serve", "--port", "0"], ["worker"], ["demo", "--serve", "--port", "0"]])
def test_sqlite_has_one_server(site: Site, second: list[str]) -> None:
    """On SQLite a second server or worker is refused; on PostgreSQL it runs next to the first."""
    with site.running("serve", "--port", "0") as first:
        url = first.url()
        if site.chappe.settings.database.url.startswith("sqlite"):
            result = site.chappe(*second)
            assert result.exit_code == 1
            assert "Another serve or worker runs on" in result.stderr
        else:
            with site.running(*second) as other:
                other.says("worker started" if second == ["worker"] else "serving")
                assert other.terminate() == 0
        assert plain_http.get(f"{url}/healthz").status_code == 200


def test_the_lock_goes_with_its_holder(site: Site) -> None:
    """After a kill -9 the next server starts."""
    with site.running("serve", "--port", "0") as server:
        server.url()
        server.kill()
    with site.running("serve", "--port", "0") as server:
        assert server.url()


def test_other_commands_work_beside_a_server(site: Site) -> None:
    """Migrating, verifying, purging and creating an operator need no server to be stopped."""
    with site.running("serve", "--port", "0") as server:
        _send(server.url(), "one")
        for arguments in (["migrate"], ["verify-ledger"], ["purge"], ["demo"]):
            result = site.chappe(*arguments)
            assert result.exit_code == 0, result.output
        assert (
            site.chappe("create-admin", "a@example.org", "A", CHAPPE_ADMIN_PASSWORD="x" * 12).exit_code == 0
        )


def test_a_port_in_use_is_told(site: Site) -> None:
    """The refusal names the port and how to choose another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = site.chappe("serve", CHAPPE_PORT=str(port))
    assert result.exit_code == 1
    assert result.stderr == f"chappe: Port {port} on 127.0.0.1 is in use; set CHAPPE_PORT to another port.\n"


def test_a_host_that_is_not_ours_is_told(site: Site) -> None:
    """A host that no interface has is refused in one line."""
    for host in ("host.invalid", "192.0.2.1"):
        result = site.chappe("serve", "--host", host, "--port", "0")
        assert result.exit_code == 1
        assert host in result.stderr


def test_an_answer_is_sent_at_once() -> None:
    """No part of an answer is kept back until the client has acknowledged the part before it."""
    with listen(WebSettings(port=0)) as listener, socket.create_connection(listener.getsockname()):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
