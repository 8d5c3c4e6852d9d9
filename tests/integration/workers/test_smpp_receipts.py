"""Receipts by SMPP that are hard to match or to read, all the way to their message."""

from dataclasses import replace

import pytest

from server.gateways.smpp.pdu import DeliverSm, EsmClass, SubmitSm, Tag
from server.kit.clock import ManualClock
from server.operations.core.services import Services
from server.store.models import IncomingMessage, Message, MessagePart, Receipt
from tests.factories.accounts.accounts import World
from tests.factories.dispatch.linked_worker import link_settings, linked_worker
from tests.factories.gateways.smpp.smsc import Peer, Smsc, running
from tests.factories.messages.messages import send
from tests.factories.running.waiting import eventually

PHONE, OTHER_PHONE = "+447700900004", "+447700900019"


async def test_a_receipt_of_a_lost_answer_is_not_taken_for_another_message(
    services: Services, world: World, clock: ManualClock
) -> None:
    """Though its id reads as that message's in the other base: it is about another phone."""
    account = await world.account()

    def lose_the_second(smsc: Smsc, peer: Peer, submit: SubmitSm) -> None:
        if submit.destination_addr == PHONE[1:]:
            smsc.respond(peer, submit, 10)
        else:
            peer.request(smsc.receipt(submit, 16))

    peer = Smsc(script=lose_the_second, response_id="{:x}", receipt_id="{:x}")
    async with running(peer) as smsc, linked_worker(services, [link_settings(smsc)]) as worker:
        twin = await send(services, world.holder, account, PHONE)
        await worker.until_status(twin, 4, 3)
        await send(services, world.holder, account, OTHER_PHONE)
        await worker.until(Receipt.filter(operator_id="10").exists)
        clock.advance(16)
        await worker.hear()
    message = await Message.get(id=twin)
    assert (message.status, message.ptt) == (4, 3)
    assert (await Receipt.get()).message_part_id is None


@pytest.mark.parametrize(
    ("text", "tlvs", "unread"),
    [
        (b"id:1 stat:PUZZLED err:07", {}, "PUZZLED 7"),
        (b"", {Tag.RECEIPTED_MESSAGE_ID: b"1\0", Tag.MESSAGE_STATE: b"\x09"}, "MESSAGE_STATE 9"),
        (b"id:1", {}, ""),
    ],
    ids=["stat", "message_state", "neither"],
)
async def test_a_receipt_that_nobody_understands_is_stored_and_then_answered(
    services: Services, world: World, text: bytes, tlvs: dict[int, bytes], unread: str
) -> None:
    """With its text, next to its part, and the message does not change."""
    puzzling = DeliverSm(esm_class=EsmClass.RECEIPT, short_message=text, tlvs=tlvs)

    def puzzle(smsc: Smsc, peer: Peer, submit: SubmitSm) -> None:
        smsc.respond(peer, submit, smsc.next_number())
        peer.request(puzzling)

    number = await send(services, world.holder, await world.account(), PHONE)
    async with running(Smsc(script=puzzle)) as smsc, linked_worker(services, [link_settings(smsc)]) as worker:
        await worker.submit()
        await worker.links.receive(10)
        peer = await smsc.peer()
        assert not peer.answered(1)
        await worker.until(Receipt.exclude(message_part_id=None).exists)

        async def answered() -> bool:
            return peer.status_of(1) == 0

        await eventually(answered)
    part, receipt, message = await MessagePart.get(), await Receipt.get(), await Message.get(id=number)
    assert (receipt.message_part_id, receipt.unread) == (part.id, unread)
    assert (message.status, message.ptt) == (4, 3)


def plain(smsc: Smsc, peer: Peer, submit: SubmitSm) -> None:
    """Accept a message, and send its receipt as some operators do: as if a phone had written it."""
    number = smsc.next_number()
    smsc.respond(peer, submit, number)
    peer.request(replace(smsc.receipt(submit, number), esm_class=EsmClass.DEFAULT))


async def test_a_receipt_may_say_so_by_its_text_alone(services: Services, world: World) -> None:
    """It fits what was sent to the phone that it comes from."""
    number = await send(services, world.holder, await world.account(), PHONE)
    async with running(Smsc(script=plain)) as smsc, linked_worker(services, [link_settings(smsc)]) as worker:
        await worker.until_status(number, 1, 4)
    assert not await IncomingMessage.exists()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("ID: 4711, please tell me the stat: is it open?", 0), ("id:4711 stat:DELIVRD err:000", 300)],
    ids=["reads like one at a glance", "reads like one"],
)
async def test_what_a_person_writes_is_no_receipt(
    services: Services, world: World, clock: ManualClock, text: str, seconds: int
) -> None:
    """It is answered once it is on record, and is a message; what reads like a receipt, when it fits nothing in time."""
    account = await world.account()
    await send(services, world.holder, account, PHONE)
    async with running(Smsc()) as smsc, linked_worker(services, [link_settings(smsc)]) as worker:
        await worker.submit()
        peer = await smsc.peer()
        asked = DeliverSm(
            source_addr_ton=1, source_addr_npi=1, source_addr=PHONE[1:], destination_addr="Chappe",
            short_message=text.encode(),
        )  # fmt: skip
        for _ in range(2):
            sequence = peer.request(asked)

            async def answered(sequence: int = sequence) -> bool:
                return peer.status_of(sequence) == 0

            await worker.until(answered)
        if seconds:
            assert not await IncomingMessage.exists()
            clock.advance(seconds)
        await worker.until(IncomingMessage.exists)
    message = await IncomingMessage.all().first()
    assert message is not None
    assert (message.account_id, message.sender, message.body) == (account.id, PHONE, text)
    assert not await Receipt.filter(message_part_id=None).exists()
    # What is told apart by its text alone is kept once, however often it comes.
    assert await IncomingMessage.all().count() == (1 if seconds else 2)


async def test_nobody_writes_a_receipt_of_what_was_sent_to_another(
    services: Services, world: World, clock: ManualClock
) -> None:
    """A phone that guesses the id of another's message moves nothing; neither does a national form hinder the right one."""
    account = await world.account()
    number = await send(services, world.holder, account, PHONE)

    def answer_only(smsc: Smsc, peer: Peer, submit: SubmitSm) -> None:
        smsc.respond(peer, submit, smsc.next_number())

    async with (
        running(Smsc(script=answer_only)) as smsc,
        linked_worker(services, [link_settings(smsc)]) as worker,
    ):
        await worker.until_status(number, 4, 3)
        forged = DeliverSm(
            source_addr_ton=1, source_addr_npi=1, source_addr=OTHER_PHONE[1:], destination_addr="Chappe",
            short_message=b"id:1 stat:UNDELIV err:001",
        )  # fmt: skip
        peer = await smsc.peer()
        peer.request(forged)
        await worker.until(Receipt.exists)
        clock.advance(20)
        await worker.hear()
        message = await Message.get(id=number)
        assert (message.status, message.ptt) == (4, 3)
        peer.request(
            replace(forged, source_addr="07700900004", source_addr_ton=2, short_message=b"id:1 stat:DELIVRD")
        )
        await worker.until_status(number, 1, 4)
