"""Messages from phones by SMPP: in one or many parts, in any coding, acknowledged once stored, never lost."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import pytest

from server.errors import ErrorCode
from server.gateways.protocol import OperatorMessage, OperatorReceipt
from server.gateways.simulator import Simulator
from server.gateways.smpp.incoming_parts import KEPT_US
from server.gateways.smpp.pdu import DeliverSm, EsmClass, Tag
from server.gateways.smpp.statuses import Status
from server.kit.clock import SECOND_US, ManualClock
from server.operations.core.services import Services
from server.operations.dispatch.inbound import store_incoming
from server.operations.messages.screening import estimate_message
from server.store.database import Database
from server.store.models import BlacklistEntry, IncomingMessage, IncomingPart, UnclaimedMessage
from tests.factories.accounts.accounts import World
from tests.factories.dispatch.linked_worker import (
    LinkedWorker,
    link_settings,
    linked_worker,
    smpp_pool,
    until_bound,
)
from tests.factories.gateways.smpp.smsc import Peer, Smsc, running
from tests.factories.messages.messages import draft, send
from tests.factories.running.waiting import eventually

PHONE = "447700900004"
UNICODE = 8


def deliver(octets: bytes, **more: int | str | dict[int, bytes]) -> DeliverSm:
    """Return a message from a phone to the sender that the tests' accounts have."""
    return DeliverSm(
        source_addr_ton=1, source_addr_npi=1, source_addr=PHONE, destination_addr="Chappe",
        short_message=octets, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def in_parts(octets: Sequence[bytes], reference: int = 7, **more: int) -> list[DeliverSm]:
    """Return the parts of a message, with a header each."""
    return [
        deliver(bytes((5, 0, 3, reference, len(octets), number)) + part, esm_class=EsmClass.UDH, **more)
        for number, part in enumerate(octets, start=1)
    ]


async def until_told(worker: LinkedWorker, count: int) -> list[str]:
    """Listen until this many messages are stored, and return their texts in order."""

    async def told() -> bool:
        return await IncomingMessage.all().count() == count

    await worker.until(told)
    return [str(body) for body in await IncomingMessage.all().order_by("id").values_list("body", flat=True)]


async def until_answered(worker: LinkedWorker, peer: Peer, sequence: int) -> None:
    """Listen until the operator has its answer."""

    async def answered() -> bool:
        return peer.status_of(sequence) == 0

    await worker.until(answered)


@pytest.mark.parametrize(
    ("octets", "coding", "text"),
    [
        (b"caf\x05", 0, "café"),
        ("Жар-птица 😀".encode("utf-16-be"), UNICODE, "Жар-птица 😀"),
        ("Grüße".encode("latin-1"), 3, "Grüße"),
    ],
    ids=["7-bit", "UCS-2", "Latin-1"],
)
async def test_a_message_is_read_in_its_coding(
    services: Services, world: World, octets: bytes, coding: int, text: str
) -> None:
    """It belongs to the account whose sender it answers, and is acknowledged to the operator."""
    account = await world.account()
    async with running(Smsc()) as smsc, linked_worker(services, [link_settings(smsc)]) as worker:
        peer = await smsc.peer()
        sequence = peer.request(deliver(octets, data_coding=coding))
        assert await until_told(worker, 1) == [text]
        await until_answered(worker, peer, sequence)
    message = await IncomingMessage.get()
    assert (message.account_id, message.sender, message.receiver) == (account.id, f"+{PHONE}", "Chappe")


@pytest.mark.parametrize(
    ("address", "ton"),
    [(PHONE, 1), ("07700900004", 2), ("07700900004", 0), ("07700900004", 1), ("7700900004", 2)],
)
async def test_stop_puts_the_phone_on_the_blacklist(
    services: Services, world: World, address: str, ton: int
) -> None:
    """As we wrote to it by this link, however the operator writes its number: the next message is refused."""
    account = await world.account()
    await send(services, world.holder, account, f"+{PHONE}")
    async with running(Smsc()) as smsc, linked_worker(services, [link_settings(smsc)]) as worker:
        await worker.submit()
        stop = replace(deliver(b'"Stop"'), source_addr=address, source_addr_ton=ton)
        (await smsc.peer()).request(stop)
        await until_told(worker, 1)
    assert await BlacklistEntry.filter(account_id=account.id, number=f"+{PHONE}").count() == 1
    verdict = (await estimate_message(services, world.holder, draft(account, f"+{PHONE}"))).verdicts[0]
    assert verdict.code is ErrorCode.RECEIVER_BLACKLISTED


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)], ids=["in order", "out of order"])
async def test_parts_are_answered_one_by_one_and_put_together(
    services: Services, world: World, order: Sequence[int]
) -> None:
    """An operator that waits for each answer before it sends the next part is no worse off."""
    await world.account()
    text = "Ж😀" * 30
    octets = text.encode("utf-16-be")
    # The second cut divides a surrogate pair, as some phones do.
    parts = in_parts([octets[:60], octets[60:64], octets[64:]], data_coding=UNICODE)
    async with running(Smsc()) as smsc, linked_worker(services, [link_settings(smsc)]) as worker:
        peer = await smsc.peer()
        for index in order:
            await until_answered(worker, peer, peer.request(parts[index]))
        assert await until_told(worker, 1) == [text]
        await worker.hear()
    assert await IncomingPart.all().count() == 0


async def test_parts_come_by_tlvs_too_and_doubled(services: Services, world: World) -> None:
    """A part that is sent twice counts once, before and after the others."""
    await world.account()
    parts = [
        deliver(
            text.encode(),
            tlvs={
                Tag.SAR_MSG_REF_NUM: b"\0\x09",
                Tag.SAR_TOTAL_SEGMENTS: b"\x02",
                Tag.SAR_SEGMENT_SEQNUM: bytes((number,)),
            },
        )
        for number, text in ((1, "Hello "), (2, "world"))
    ]
    async with running(Smsc()) as smsc, linked_worker(services, [link_settings(smsc)]) as worker:
        peer = await smsc.peer()
        for index in (0, 0, 1, 1):
            await until_answered(worker, peer, peer.request(parts[index]))
        assert await until_told(worker, 1) == ["Hello world"]
    assert await IncomingPart.all().count() == 0


async def test_parts_survive_the_process_that_heard_them(
    services: Services, world: World, clock: ManualClock
) -> None:
    """The next one has the rest of the message; without a rest it takes, after a while, what there is."""
    await world.account()
    first, second = in_parts([b"Hello ", b"world"])
    lonely, _ = in_parts([b"Hello?", b""], reference=8)
    async with running(Smsc()) as smsc:
        async with linked_worker(services, [link_settings(smsc)]) as worker:
            peer = await smsc.peer()
            for part in (first, lonely):
                await until_answered(worker, peer, peer.request(part))
        assert await IncomingMessage.all().count() == 0
        async with linked_worker(services, [link_settings(smsc)]) as worker:
            peer = await smsc.peer(1)
            peer.request(second)
            assert await until_told(worker, 1) == ["Hello world"]
            clock.advance(KEPT_US / SECOND_US)
            assert await until_told(worker, 2) == ["Hello world", "Hello?"]


@pytest.mark.parametrize("pdu", [deliver(b"Hi"), in_parts([b"Hello ", b"world"])[1]], ids=["whole", "part"])
@pytest.mark.parametrize("listened_between", [0, 2])
async def test_what_could_not_be_answered_is_recorded_once(
    services: Services, world: World, pdu: DeliverSm, listened_between: int
) -> None:
    """The operator, whose link broke before the answer, sends it again by the next."""
    await world.account()
    async with running(Smsc()) as smsc, linked_worker(services, [link_settings(smsc)]) as worker:
        peer = await smsc.peer()
        peer.request(pdu)
        heard = await worker.links.receive(10)
        while not heard and not await IncomingPart.exists():
            heard = await worker.links.receive(10)
        peer.cut()

        again = await smsc.peer(1)
        for _ in range(listened_between):
            await worker.hear()
        await until_answered(worker, again, again.request(pdu))
        parts, messages = await IncomingPart.all().count(), await IncomingMessage.all().count()
        assert parts + messages == 1


@pytest.mark.parametrize("cut", [False, True], ids=["open", "cut"])
async def test_a_message_that_is_being_recorded_while_its_link_is_changed_is_recorded_once(
    services: Services, world: World, *, cut: bool
) -> None:
    """Its answer goes before the old session does, or its repetition by the new one is known."""
    await world.account()
    async with running(Smsc()) as smsc:
        settings = link_settings(smsc)
        async with linked_worker(services, [settings]) as worker:
            peer = await smsc.peer()
            sequence = peer.request(deliver(b"Hi"))
            while not (received := await worker.links.receive(10)):
                pass
            if cut:
                smsc.bind_status = Status.ESME_RBINDFAIL
                peer.cut()
                await until_bound(worker.links, 0)
                smsc.bind_status = 0
            worker.links.configure([replace(settings, version=2)], falls_back=False)
            messages = [item for item in received if isinstance(item, OperatorMessage)]
            await store_incoming(services, worker.links.name, messages)
            await worker.links.acknowledge(received)
            await until_bound(worker.links, 1)
            again = smsc.peers[-1]
            if not peer.answered(sequence):
                again.request(deliver(b"Hi"))
            again.request(deliver(b"Bye"))
            assert await until_told(worker, 2) == ["Hi", "Bye"]
            assert peer.answered(sequence) is not cut


async def test_two_equal_messages_are_two(services: Services, world: World) -> None:
    """Somebody who says yes twice has said it twice."""
    await world.account()
    async with running(Smsc()) as smsc, linked_worker(services, [link_settings(smsc)]) as worker:
        peer = await smsc.peer()
        for _ in range(2):
            peer.request(deliver(b"Yes"))
        assert await until_told(worker, 2) == ["Yes", "Yes"]


async def test_a_message_for_nobody_is_answered(services: Services, world: World) -> None:
    """The operator need not send it for ever: it is kept for ours."""
    async with running(Smsc()) as smsc, linked_worker(services, [link_settings(smsc)]) as worker:
        peer = await smsc.peer()
        await until_answered(worker, peer, peer.request(deliver(b"Hi")))
    assert world
    assert await IncomingMessage.all().count() == 0
    assert (await UnclaimedMessage.get()).body == "Hi"


async def test_tlvs_of_any_length_hold_nothing_up(services: Services, world: World) -> None:
    """A part with impossible numbers counts as a separate message."""
    await world.account()
    async with running(Smsc()) as smsc, linked_worker(services, [link_settings(smsc)]) as worker:
        peer = await smsc.peer()
        tlvs = {
            Tag.SAR_MSG_REF_NUM: b"\xff" * 9,
            Tag.SAR_TOTAL_SEGMENTS: b"\xff" * 3,
            Tag.SAR_SEGMENT_SEQNUM: b"\x01",
        }
        peer.request(deliver(b"odd", tlvs=tlvs))
        peer.request(deliver(b"usual"))
        assert await until_told(worker, 2) == ["odd", "usual"]


class _Broken(Simulator):
    """A gateway that can't be listened to."""

    async def receive(self, limit: int) -> list[OperatorReceipt | OperatorMessage]:
        """Fail."""
        raise ConnectionError(limit)


async def test_a_link_that_can_not_be_listened_to_silences_no_other(
    database: Database, clock: ManualClock
) -> None:
    """Messages of the other links are still stored."""
    del database
    links = smpp_pool(clock, _Broken(clock, step_seconds=0), validity_seconds=3_600, lease_seconds=60)
    async with running(Smsc()) as smsc:
        links.configure([link_settings(smsc)], falls_back=False)
        try:
            (await smsc.peer()).request(deliver(b"Hello"))
            told: list[str] = []

            async def heard() -> bool:
                with suppress(ConnectionError):
                    told.extend(
                        item.text for item in await links.receive(10) if isinstance(item, OperatorMessage)
                    )
                return bool(told)

            await eventually(heard)
            assert set(told) == {"Hello"}
        finally:
            await links.close()
