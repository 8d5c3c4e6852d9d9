"""A connection to a message centre: messages, receipts, and everything that goes wrong in practice."""

from dataclasses import replace

import pytest

from server.gateways.smpp.connection import Received, SubmissionLost
from server.gateways.smpp.events import Full
from server.gateways.smpp.pdu import DataSm, DeliverSm, EnquireLink, SubmitSmResponse, Tag, Unknown
from server.gateways.smpp.statuses import Status
from tests.factories.gateways.smpp.links import (
    IMPATIENT_US,
    linked,
    message,
    options,
    outcomes,
    receipts,
    submitted,
    until,
    until_bound,
)
from tests.factories.gateways.smpp.smsc import Script, Smsc, accept, running
from tests.factories.gateways.smpp.smsc_scripts import (
    cut_after,
    doubled,
    ignore,
    in_reverse,
    orphaned,
    receipt_first,
    refuse_with,
    throttle_first,
)


@pytest.mark.parametrize("byte_by_byte", [False, True], ids=["whole", "byte by byte"])
async def test_messages_are_accepted_and_their_receipts_arrive(*, byte_by_byte: bool) -> None:
    """However the octets are cut, each message has its id, and each id its receipt."""
    async with running(Smsc(byte_by_byte=byte_by_byte)) as smsc, linked(options(smsc)) as link:
        ids = await submitted(link, 25)
        assert ids == [str(number) for number in range(1, 26)]
        assert await receipts(link, 25) == ids
        assert [submit.sequence for submit in smsc.submits] == sorted(
            {submit.sequence for submit in smsc.submits}
        )


@pytest.mark.parametrize(("script", "expected"), [(receipt_first, ["1"]), (doubled, ["1", "1"]), (orphaned, ["999999999"])])  # fmt: skip
async def test_receipts_come_as_they_please(script: Script, expected: list[str]) -> None:
    """Before the response, twice, or for an unknown id: each is handed up and answered without an error."""
    async with running(Smsc(script)) as smsc, linked(options(smsc)) as link:
        assert await submitted(link, 1) == ["1"]
        assert await receipts(link, len(expected)) == expected
        peer = await smsc.peer()
        await until(lambda: sum(type(pdu) is not EnquireLink for pdu in peer.received) == 2 + len(expected))
        assert {pdu.status for pdu in peer.received} == {Status.ESME_ROK}


async def test_responses_may_come_in_any_order() -> None:
    """Each answer goes to its own message."""
    async with running(Smsc(in_reverse(10))) as smsc, linked(options(smsc)) as link:
        assert await submitted(link, 10) == [str(number) for number in range(1, 11)]


@pytest.mark.parametrize("status", [Status.ESME_RTHROTTLED, Status.ESME_RMSGQFUL])
async def test_throttling_slows_the_link_down_and_hands_back_what_waits(status: int) -> None:
    """What was refused for haste and what waits may go another way at once; the next one tries again here."""
    async with running(Smsc(throttle_first(1, status))) as smsc, linked(options(smsc, window=1)) as link:
        futures = [link.submit(message(str(number))) for number in range(4)]
        results = await outcomes(futures)
        assert isinstance(results[0], SubmitSmResponse)
        assert results[0].status == status
        assert [isinstance(result, SubmissionLost) and not result.written for result in results[1:]] == [
            True
        ] * 3
        assert (link.throttled, link.pauses, link.capacity) == (True, True, 0)
        await until(lambda: not link.pauses)
        assert (link.throttled, link.capacity) == (True, 1)
        assert await submitted(link, 1) == ["1"]
        assert not link.throttled
        assert link.times_throttled == 1


async def test_all_binds_of_a_throttled_link_hand_back_what_waits() -> None:
    """The operator counts them together."""
    script = throttle_first(1)
    async with (
        running(Smsc(script)) as smsc,
        linked(replace(options(smsc, window=1), count=2)) as link,
    ):
        results = await outcomes([link.submit(message()) for _ in range(6)])
        assert sum(isinstance(result, SubmissionLost) for result in results) == 4


@pytest.mark.parametrize("status", [Status.ESME_RINVDSTADR, 0x0444])
async def test_a_refusal_is_handed_up_as_it_is(status: int) -> None:
    """Other errors, a vendor's included, are the answer, and the link stays up."""
    async with running(Smsc(refuse_with(status))) as smsc, linked(options(smsc)) as link:
        assert (await link.submit(message())).status == status
        assert link.bound


async def test_a_cut_with_a_full_window_tells_written_from_never_written() -> None:
    """What was in the window has an unknown outcome, what waited is safe, and the link comes back by itself."""
    async with running(Smsc(cut_after(5))) as smsc, linked(options(smsc, window=5)) as link:
        lost = await outcomes([link.submit(message()) for _ in range(8)])
        assert [loss.written for loss in lost if isinstance(loss, SubmissionLost)] == [True] * 5 + [False] * 3
        await until_bound(link)
        assert await submitted(link, 3) == ["1", "2", "3"]
        assert len(smsc.peers) == 2
        assert link.channels[0].last_error == "The connection broke."


async def test_a_forgotten_message_frees_its_place_in_the_window() -> None:
    """An answer that never comes leaves the outcome unknown, and the next message goes out."""
    async with (
        running(Smsc(ignore)) as smsc,
        linked(options(smsc, window=1, response_us=IMPATIENT_US)) as link,
    ):
        first, second = link.submit(message("1")), link.submit(message("2"))
        for future in (first, second):
            with pytest.raises(SubmissionLost, match="outcome unknown"):
                await future
        assert [submit.short_message for submit in smsc.submits] == [b"1", b"2"]


async def test_what_is_not_understood_is_answered_and_passed_over() -> None:
    """An unknown command gets a generic_nack; unknown TLVs get nothing at all."""
    async with running(Smsc()) as smsc, linked(options(smsc)) as link:
        peer = await smsc.peer()
        assert await smsc.answer_to(peer, Unknown(command_id=0x0112)) == Status.ESME_RINVCMDID
        sequence = peer.request(DataSm(tlvs={0x1400: b"?", Tag.MESSAGE_PAYLOAD: b"hi"}))
        [received] = await link.receive(1)
        assert received.pdu.content == b"hi"
        received.answer()
        received.answer()
        await until(lambda: peer.answered(sequence))
        assert await smsc.answer_to(peer, EnquireLink()) == Status.ESME_ROK
        assert sum(pdu.sequence == sequence for pdu in peer.received if pdu.is_response) == 1


async def test_what_is_not_answered_holds_the_operator_back() -> None:
    """A bounded number of unanswered receipts is read until one is answered; silence does not count then."""
    async with (
        running(Smsc()) as smsc,
        linked(
            options(smsc, max_unanswered=3, enquire_every_us=IMPATIENT_US, enquire_answer_us=IMPATIENT_US)
        ) as link,
    ):
        peer = await smsc.peer()
        sequences = [peer.request(DeliverSm(short_message=b"%d" % number)) for number in range(10)]
        held: list[Received] = []
        while len(held) < 3:
            held += await link.receive(10)
        assert [item.pdu.content for item in held] == [b"0", b"1", b"2"]
        assert await link.receive(10) == []
        assert len(smsc.peers) == 1
        while held:
            held.pop(0).answer()
            held += await link.receive(10) if len(held) < 2 else []
        await until(lambda: all(peer.answered(sequence) for sequence in sequences))


async def test_a_peer_that_reads_nothing_is_not_listened_to_either() -> None:
    """Answers that can't be written do not pile up, and once they can be, all goes on."""
    async with running(Smsc()) as smsc, linked(options(smsc)) as link:
        peer = await smsc.peer()
        transport = peer._transport
        assert transport is not None
        transport.pause_reading()
        connection = link.channels[0].connection
        assert connection is not None
        connection.pause_writing()
        sequence = peer.request(DeliverSm(short_message=b"hello"))
        assert await link.receive(1) == []
        connection.resume_writing()
        transport.resume_reading()
        [received] = await link.receive(1)
        received.answer()
        await until(lambda: peer.answered(sequence))
        assert len(await submitted(link, 500, receipt=False)) == 500


async def test_a_message_that_nobody_waits_for_is_not_submitted() -> None:
    """A submission cancelled before its turn is never sent; a written one just gets no result."""
    async with running(Smsc(ignore)) as smsc, linked(options(smsc, window=1)) as link:
        first, second, third = (link.submit(message(text)) for text in "123")
        await until(lambda: len(smsc.submits) == 1)
        second.cancel()
        smsc.script = accept
        smsc.respond(smsc.peers[0], smsc.submits[0], 5)
        assert (await first).message_id == "5"
        await third
        assert [submit.short_message for submit in smsc.submits] == [b"1", b"3"]
        smsc.script = ignore
        answered = link.submit(message())
        await until(lambda: len(smsc.submits) == 3)
        answered.cancel()
        smsc.respond(smsc.peers[0], smsc.submits[2], 6)
        lost = link.submit(message())
        await until(lambda: len(smsc.submits) == 4)
        lost.cancel()
        smsc.peers[0].cut()
        await until(lambda: len(smsc.peers) == 2)


async def test_only_so_many_may_wait() -> None:
    """More are refused at once."""
    async with running(Smsc(ignore)) as smsc, linked(options(smsc, window=1, max_waiting=2)) as link:
        futures = [link.submit(message())]
        await until(lambda: len(smsc.submits) == 1)
        futures += [link.submit(message()) for _ in range(2)]
        with pytest.raises(Full):
            link.submit(message())
        for future in futures:
            future.cancel()
