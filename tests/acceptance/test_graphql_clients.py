"""The usual frontend clients, unchanged from npm."""

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from server.gateways.simulator import Simulator
from server.graphql.transport.websocket import SocketPolicy
from server.operations.core.services import Services
from server.workers.dispatch import Sender
from server.workers.inbound import Receiver
from server.workers.loops import Loops
from tests.client import PATIENCE_SECONDS
from tests.factories.accounts.accounts import World
from tests.factories.delivery.subscriptions import START
from tests.factories.graphql.transport.site import Follower, Site, site
from tests.factories.messages.messages import send

CLIENTS = Path(__file__).parents[1] / "conformance" / "clients"
ENVIRONMENT = str(Path(sys.executable).parent)
DELIVERED = "+447700900001"
QUERY = "query ($account: String!) { account(name: $account) { name } }"
SUBSCRIPTION = """
subscription ($account: String!, $after: String) {
  deliveryStatusChanged(account: $account, after: $after) { status message { receiver } }
}
"""


@pytest.fixture
async def follower(services: Services) -> Follower:
    """Somebody who may follow an account."""
    return await Follower.arrive(await World.create(services))


@pytest.fixture
async def worker(services: Services, follower: Follower) -> AsyncIterator[None]:
    """A worker with a simulated operator that answers at once."""
    assert follower
    gateway = Simulator(services.clock, step_seconds=0)
    sender, receiver = Sender(services, gateway), Receiver(services, gateway)
    loops = Loops(
        services.bus, {"sender": sender.step, "receiver": receiver.receive, "receipts": receiver.apply}
    )
    loops.start()
    yield
    await loops.stop(grace_seconds=20)


class Answers:
    """A client's output, line by line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        """Take a running client."""
        self._process = process

    async def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            line = await self._process.stdout.readline()
        assert line, "it printed nothing more"
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def errors(self) -> list[dict[str, Any]]:
        """Wait for the errors of the next answer, which has no data."""
        answer = await self._answer()
        assert "data" not in answer
        errors: list[dict[str, Any]] = answer["errors"]
        return errors

    async def next(self) -> dict[str, Any]:
        """Wait for the data of the next answer, which has no errors."""
        answer = await self._answer()
        assert not answer.get("errors"), answer
        data: dict[str, Any] = answer["data"]
        return data

    async def event(self) -> tuple[str, str]:
        """Wait for the next event: a receiver, and its message's status."""
        event = (await self.next())["deliveryStatusChanged"]
        return event["message"]["receiver"], event["status"]


@asynccontextmanager
async def _running(
    name: str, here: Site, follower: Follower, subscription: str = SUBSCRIPTION, **environment: str
) -> AsyncIterator[Answers]:
    """Run a client that queries, and then follows the account from the start of its log."""
    node = shutil.which("node") or shutil.which("node", path=ENVIRONMENT)
    assert node, "There is no Node: run 'make test'"
    assert (CLIENTS / "node_modules").is_dir(), "The clients are not installed: run 'make test'"
    operations = {
        "query": QUERY,
        "subscription": subscription,
        "variables": {"account": follower.account.name, "after": START},
    }
    process = await asyncio.create_subprocess_exec(
        node, "run.mjs", name, f"http://{here.host}/graphql", cwd=CLIENTS,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "TOKEN": follower.secret, **environment},
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(json.dumps(operations).encode())
    process.stdin.close()
    try:
        yield Answers(process)
        if environment:
            process.terminate()
            return
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("name", ["graphql-ws", "graphql-sse", "urql", "apollo"])
async def test_a_client_sees_a_message_delivered(services: Services, follower: Follower, name: str) -> None:
    """It runs a query, follows the account, and gets each status of a message up to its delivery."""
    await follower.stir()
    async with site(services) as here, _running(name, here, follower) as answers:
        assert (await answers.next())["account"]["name"] == follower.account.name
        _, before = await answers.event()
        assert before == "CREATED"
        await send(services, follower.world.holder, follower.account, DELIVERED)
        told = [await answers.event() for _ in range(4)]
        assert told == [(DELIVERED, status) for status in ("CREATED", "PENDING", "BUFFERED", "SUCCESS")]


@pytest.mark.parametrize("name", ["graphql-ws", "graphql-sse"])
async def test_a_client_hears_why_it_is_refused(services: Services, follower: Follower, name: str) -> None:
    """An invalid subscription is an error with its code, instead of an empty stream."""
    async with site(services) as here, _running(name, here, follower, "subscription { nothing }") as answers:
        assert (await answers.next())["account"]["name"] == follower.account.name
        [error] = await answers.errors()
        assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_one_operation_too_many_stops_no_other(services: Services, follower: Follower) -> None:
    """Of 51 on one socket, one is refused, and the other 50 get their events."""
    async with (
        site(services) as here,
        _running("graphql-ws", here, follower, TIMES=str(SocketPolicy().operations + 1)) as answers,
    ):
        [error] = await answers.errors()
        assert error["extensions"] == {"code": "THROTTLED", "retryAfter": 1}
        await follower.stir()
        assert await answers.next() == {"told": SocketPolicy().operations}
