"""The server is killed with a full window, and started again: no message is lost, with any setting."""

import os
import signal
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from server.gateways.smpp.pdu import Bind, DeliverSm, EsmClass, Pdu, SubmitSm
from server.kit.clock import ManualClock
from server.operations.core.services import Services
from server.settings import Settings
from server.store.models import IncomingMessage, IncomingPart, Message
from server.workers.dispatch import Sender
from tests.factories.accounts.accounts import World
from tests.factories.dispatch.linked_worker import LinkedWorker, link_settings, linked_worker
from tests.factories.gateways.smpp.smsc import Peer, Script, Smsc, accept, running
from tests.factories.messages.messages import send
from tests.factories.running.crash import Point, Rig, crash

LEASE_SECONDS = 61
MESSAGES = 12
WINDOW = 6
ANSWERED = 2
PHONE = "+447700900004"


async def submit(rig: Rig) -> None:
    """Submit a batch by the link whose port the folder names, as the worker does."""
    smsc = Smsc(port=int((rig.folder / "port").read_text()))
    (rig.folder / "pid").write_text(str(os.getpid()))
    settings = link_settings(smsc, session={"window": WINDOW})
    async with linked_worker(rig.services, [settings]) as worker:
        await Sender(rig.services, rig.watch(worker.links)).step()


async def listen(rig: Rig) -> None:
    """Listen until killed, as the worker does."""
    smsc = Smsc(port=int((rig.folder / "port").read_text()))
    async with linked_worker(rig.services, [link_settings(smsc)]) as worker:
        watched = LinkedWorker(rig.services, rig.watch(worker.links))
        while True:
            await watched.hear()


@dataclass
class Talkative(Smsc):
    """A message centre that sends something to each bind."""

    said: list[DeliverSm] = field(default_factory=list)

    def handle(self, peer: Peer, pdu: Pdu) -> None:
        """Say it once the bind is answered."""
        super().handle(peer, pdu)
        if isinstance(pdu, Bind):
            for item in self.said:
                peer.request(item)


def killing(folder: Path) -> Script:
    """Answer a few messages, and kill the sender as soon as the window is full."""
    submits: list[SubmitSm] = []

    def kill(smsc: Smsc, peer: Peer, submit: SubmitSm) -> None:
        submits.append(submit)
        if len(submits) <= ANSWERED:
            accept(smsc, peer, submit)
        elif len(submits) == ANSWERED + WINDOW:
            os.kill(int((folder / "pid").read_text()), signal.SIGKILL)

    return kill


@pytest.mark.parametrize("resend", [True, False], ids=["resend", "fail"])
@pytest.mark.parametrize("point", [None, Point("after submit"), Point("before commit")], ids=str)
async def test_a_server_that_dies_in_a_window_loses_no_message(
    services: Services,
    world: World,
    settings: Settings,
    clock: ManualClock,
    tmp_path: Path,
    point: Point | None,
    *,
    resend: bool,
) -> None:
    """What it had claimed is submitted again or given up without a refund, as set; nothing goes missing."""
    account = await world.account()
    for _ in range(MESSAGES):
        await send(services, world.holder, account, PHONE)
    async with running(Smsc()) as smsc:
        (tmp_path / "port").write_text(str(smsc.port))
        if point is None:
            smsc.script = killing(tmp_path)
        await crash(settings, clock.now_us(), tmp_path, submit, point or Point("never"))
        claimed = await Message.filter(state="claimed").count()
        clock.advance(LEASE_SECONDS)
        smsc.script = accept
        services = replace(services, policy=replace(services.policy, max_resends=2 if resend else 0))
        async with linked_worker(services, [link_settings(smsc)]) as worker:

            async def ended() -> bool:
                return not await Message.exclude(state="ended").exists()

            await worker.until(ended)
    assert claimed == MESSAGES
    ends = {(message.status, message.ptt) for message in await Message.all()}
    assert ends == ({(1, 4)} if resend else {(2, 6)})
    await account.refresh_from_db()
    assert account.credits_left == 200_000 - MESSAGES * 500


@pytest.mark.parametrize(
    "point",
    [Point("before commit"), Point("after commit"), Point("before acknowledge")],
    ids=str,
)
async def test_a_phones_message_outlives_a_server_that_dies(
    services: Services, world: World, settings: Settings, clock: ManualClock, tmp_path: Path, point: Point
) -> None:
    """What was not answered comes again, and a part that was answered is there for the rest."""
    await world.account()
    hello, rest = (
        DeliverSm(
            source_addr_ton=1,
            source_addr_npi=1,
            source_addr=PHONE[1:],
            destination_addr="Chappe",
            esm_class=EsmClass.UDH,
            short_message=bytes((5, 0, 3, 1, 2, number)) + text,
        )
        for number, text in ((1, b"Hello "), (2, b"world"))
    )
    talkative = Talkative(said=[hello, rest])
    async with running(talkative) as smsc:
        (tmp_path / "port").write_text(str(smsc.port))
        await crash(settings, clock.now_us(), tmp_path, listen, point)
        peer = smsc.peers[0]
        talkative.said = [part for number, part in ((1, hello), (2, rest)) if not peer.answered(number)]
        async with linked_worker(services, [link_settings(smsc)]) as worker:

            async def told() -> bool:
                return await IncomingMessage.exists() and not await IncomingPart.exists()

            await worker.until(told)
    assert (await IncomingMessage.get()).body == "Hello world"
