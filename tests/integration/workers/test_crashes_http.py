"""The server is killed during HTTP requests and calls: no message is lost, and repeats count once."""

import os
import signal
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from aiohttp import web

from server.kit.clock import ManualClock
from server.operations.core.services import Services
from server.rules.links.http import ReceiptPaths
from server.rules.links.tables import PttEntry
from server.settings import Settings
from server.store.models import Message, OperatorLink
from server.workers.dispatch import Sender
from tests.factories.accounts.accounts import World
from tests.factories.gateways.http.operators import (
    LEASE_SECONDS,
    OWN_TEMPLATE,
    HttpOperator,
    http_linked_worker,
    reaching,
    serving,
    set_up_http_link,
)
from tests.factories.logs.entries import status_changes
from tests.factories.messages.messages import send
from tests.factories.running.crash import Point, Rig, crash
from tests.factories.running.waiting import eventually

MESSAGES = 12
WINDOW = 6
ANSWERED = 2
PHONE = "+447700900004"
DELIVERED = {"id": "Id-1", "status": "delivered"}


@dataclass
class Killer(HttpOperator):
    """An operator that answers a few requests, and kills who asks as soon as the window is full."""

    folder: Path | None = None

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Take one request."""
        if self.folder and len(self.asked) == ANSWERED + WINDOW - 1:
            os.kill(int((self.folder / "pid").read_text()), signal.SIGKILL)
        if len(self.asked) == ANSWERED:
            self.speaks.clear()
        return await super().take(request)


def _reaching(rig: Rig) -> Services:
    return reaching(rig.services, HttpOperator(port=int((rig.folder / "port").read_text())))


async def submit(rig: Rig) -> None:
    """Submit a batch by the link that is set up, as the worker does."""
    (rig.folder / "pid").write_text(str(os.getpid()))
    async with http_linked_worker(_reaching(rig)) as worker:
        sender = Sender(worker.services, rig.watch(worker.links))
        await eventually(sender.step)
        await sender.finish()


async def hear(rig: Rig) -> None:
    """Record that a message was delivered, as the web does."""
    async with http_linked_worker(_reaching(rig)) as worker:
        await worker.client.post(worker.receipts_url(await OperatorLink.get()), json=DELIVERED)


async def _link(world: World, operator: HttpOperator) -> OperatorLink:
    world.services = reaching(world.services, operator)
    paths = ReceiptPaths(id="id", status="status")
    http = {"url": operator.url("/send"), **OWN_TEMPLATE, "receipts": paths}
    table = [PttEntry(stat="delivered", err="", ptt=4, billed=True)]
    return await set_up_http_link(world, http=http, window_size=WINDOW, ptt_table=table)


@pytest.mark.parametrize("resend", [True, False], ids=["resend", "fail"])
@pytest.mark.parametrize("point", [None, Point("after submit"), Point("before commit")], ids=str)
async def test_a_server_that_dies_amid_its_requests_loses_no_message(
    services: Services,
    world: World,
    settings: Settings,
    clock: ManualClock,
    tmp_path: Path,
    point: Point | None,
    *,
    resend: bool,
) -> None:
    """What it had claimed is sent again, once, or given up without a refund, as set; nothing goes missing."""
    account = await world.account()
    for _ in range(MESSAGES):
        await send(services, world.holder, account, PHONE)
    operator = Killer()
    async with serving(operator):
        await _link(world, operator)
        (tmp_path / "port").write_text(str(operator.port))
        operator.folder = tmp_path if point is None else None
        operator.slow_about = b"" if point is None else b"never"
        await crash(settings, clock.now_us(), tmp_path, submit, point or Point("never"))
        claimed = await Message.filter(state="claimed").count()
        clock.advance(LEASE_SECONDS + 1)
        operator.folder, operator.slow_about = None, b"never"
        policy = replace(world.services.policy, max_resends=2 if resend else 0)
        async with http_linked_worker(replace(world.services, policy=policy)) as worker:

            async def handed_over() -> bool:
                clock.advance(1)
                return not await Message.filter(state__in=["queued", "claimed"]).exists()

            await worker.until(handed_over)
    assert claimed == MESSAGES
    ends = {(message.status, message.ptt) for message in await Message.all()}
    assert ends == ({(4, 3)} if resend else {(2, 6)})
    assert len(operator.asked) <= 2 * MESSAGES
    await account.refresh_from_db()
    assert account.credits_left == 200_000 - MESSAGES * 500


@pytest.mark.parametrize("point", [Point("before commit"), Point("after commit")], ids=str)
async def test_a_call_that_had_no_answer_comes_again_and_counts_once(
    services: Services, world: World, settings: Settings, clock: ManualClock, tmp_path: Path, point: Point
) -> None:
    """Whether the receipt was kept before the server died or not."""
    account = await world.account()
    number = await send(services, world.holder, account, PHONE)
    async with serving(HttpOperator()) as operator:
        row = await _link(world, operator)
        (tmp_path / "port").write_text(str(operator.port))
        async with http_linked_worker(world.services) as worker:
            await worker.until_status(number, 4, 3)
            await crash(settings, clock.now_us(), tmp_path, hear, point)
            answer = await worker.client.post(worker.receipts_url(row), json=DELIVERED)
            assert answer.is_success
            await worker.until_status(number, 1, 4)
    assert [event.status for event in await status_changes()].count(1) == 1
