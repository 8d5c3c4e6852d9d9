"""A link: its binds, reopened whenever they end, used as one."""

import asyncio
from dataclasses import replace

import pytest

from server.gateways.link_state import ChannelState
from server.gateways.smpp import link as link_module
from server.gateways.smpp.connection import SubmissionLost
from server.gateways.smpp.events import NotBound
from server.gateways.smpp.link import Link, retry_seconds
from server.gateways.smpp.pdu import DeliverSm, EnquireLink, SubmitSmResponse, Unbind
from server.gateways.smpp.statuses import Status
from server.kit.clock import SECOND_US
from server.rules.links.smpp import BindMode
from tests.factories.gateways.smpp.links import (
    IMPATIENT_US,
    linked,
    message,
    options,
    submitted,
    until,
    until_bound,
)
from tests.factories.gateways.smpp.smsc import Script, Smsc, running
from tests.factories.gateways.smpp.smsc_scripts import cut_at, ignore


async def test_the_bind_says_who_and_how() -> None:
    """The operator gets the credentials and the version that it expects."""
    async with running(Smsc()) as smsc, linked(options(smsc)) as link:
        bind = (await smsc.peer()).bind
        assert bind is not None
        assert (bind.system_id, bind.password, bind.interface_version) == ("chappe", "s3cr3t", 0x34)
        assert link.bound
        assert link.name == "test"
        assert not link.throttled


async def test_a_pair_submits_by_one_bind_and_receives_by_the_other() -> None:
    """Nothing is submitted by the receiver; what it receives is the link's."""
    async with running(Smsc()) as smsc, linked(replace(options(smsc), mode=BindMode.PAIR)) as link:
        peers = [await smsc.peer(0), await smsc.peer(1)]
        receiver = next(peer for peer in peers if type(peer.bind).__name__ == "BindReceiver")
        assert len(await submitted(link, 5)) == 5
        assert not any(type(pdu).__name__ == "SubmitSm" for pdu in receiver.received)
        sequence = receiver.request(DeliverSm(short_message=b"hello"))
        while not (received := await link.receive(10)) or received[0].pdu.content != b"hello":
            pass
        received[0].answer()
        await until(lambda: receiver.status_of(sequence) == Status.ESME_ROK)


async def test_several_binds_share_the_work() -> None:
    """Each bind has its own window, and the idlest takes the next message."""
    async with running(Smsc(ignore)) as smsc, linked(replace(options(smsc, window=2), count=3)) as link:
        futures = [link.submit(message()) for _ in range(7)]
        await until(lambda: len(smsc.submits) == 6)
        assert [channel.in_flight for channel in link.channels] == [2, 2, 2]
        for future in futures:
            future.cancel()


async def test_a_silent_peer_is_left() -> None:
    """One that answers enquire_link no more is cut, and bound again."""
    async with (
        running(Smsc()) as smsc,
        linked(options(smsc, enquire_every_us=IMPATIENT_US, enquire_answer_us=SECOND_US)) as link,
    ):
        peer = await smsc.peer()
        await until(lambda: any(isinstance(pdu, EnquireLink) for pdu in peer.received))
        assert link.bound
        smsc.silent = True
        future = link.submit(message())
        with pytest.raises(SubmissionLost) as lost:
            await future
        assert lost.value.written
        smsc.silent = False
        await until_bound(link)
        assert await submitted(link, 1) == ["1"]
        assert link.channels[0].last_error == "The operator did not answer in time."


@pytest.mark.parametrize("octets", [b"\0\0\0\x04" + b"\0" * 12, b"HTTP/1.1 400 Bad Request\r\n\r\n"])
async def test_garbage_ends_the_connection_and_not_the_link(octets: bytes) -> None:
    """A length that no PDU has can't be read on from; the link binds again."""
    async with running(Smsc()) as smsc, linked(options(smsc)) as link:
        (await smsc.peer()).send_octets(octets)
        await smsc.peer(1)
        await until_bound(link)
        assert await submitted(link, 1) == ["1"]
        assert link.channels[0].last_error == "The operator sent something that is not SMPP."


async def test_the_operator_may_unbind() -> None:
    """It gets its answer, and the link binds again."""
    async with running(Smsc()) as smsc, linked(options(smsc)) as link:
        first = await smsc.peer()
        assert await smsc.answer_to(first, Unbind()) == Status.ESME_ROK
        await smsc.peer(1)
        await until_bound(link)
        assert await submitted(link, 1) == ["1"]
        assert link.channels[0].last_error == "The operator closed the session."


async def test_stopping_waits_for_what_is_under_way_and_unbinds() -> None:
    """What waits is handed back; what is written is answered before the link unbinds."""
    held: list[SubmitSmResponse] = []
    script: Script = lambda smsc, peer, submit: held.append(SubmitSmResponse(submit.sequence, message_id="7"))  # noqa: ARG005, E731
    async with (
        running(Smsc(script)) as smsc,
        linked(options(smsc, window=1, leave_us=60 * SECOND_US)) as link,
    ):
        peer = await smsc.peer()
        written, waiting = link.submit(message()), link.submit(message())
        await until(lambda: len(held) == 1)
        stopping = asyncio.create_task(link.stop())
        with pytest.raises(SubmissionLost, match="never accepted"):
            await waiting
        peer.send(held[0])
        assert (await written).message_id == "7"
        await stopping
        assert isinstance(peer.received[-1], Unbind)
        assert link.channels[0].state is ChannelState.STOPPED
        assert link.channels[0].last_error is None
        with pytest.raises(NotBound):
            link.submit(message())


async def test_a_refused_bind_is_told_and_tried_again() -> None:
    """The reason is there to be read, in the operator's word, until the operator takes the bind."""
    async with running(Smsc(bind_status=Status.ESME_RINVPASWD)) as smsc:
        link = Link(options(smsc))
        link.start()
        await smsc.peer(2)
        assert link.channels[0].last_error == "The operator refused the bind. (ESME_RINVPASWD)"
        assert not link.bound
        smsc.bind_status = 0
        await until_bound(link)
        await link.stop()


async def test_an_operator_that_is_not_there_is_waited_for() -> None:
    """The link is up as soon as the operator is."""
    async with running(Smsc()) as smsc:
        pass
    link = Link(options(smsc))
    link.start()
    await until(lambda: link.channels[0].state is ChannelState.WAITING)
    assert link.channels[0].last_error
    async with running(smsc):
        await until_bound(link)
        await link.stop()


async def test_a_bind_that_is_never_answered_is_given_up() -> None:
    """A port that says nothing is no operator."""
    async with running(Smsc(silent=True)) as smsc:
        link = Link(options(smsc, bind_us=IMPATIENT_US))
        link.start()
        await until(lambda: "did not answer the bind" in (link.channels[0].last_error or ""))
        await link.stop()


async def test_what_comes_again_anyway_is_not_kept_for_ever() -> None:
    """With nobody to take them, receipts of connections that are gone make room for fresh ones."""
    async with running(Smsc()) as smsc, linked(options(smsc, max_unanswered=2)) as link:
        for number in range(23):
            peer = await smsc.peer(number)
            peer.request(DeliverSm(short_message=b"%d" % number))
            await until(lambda: bool(link._received) and link._received[-1].pdu.content == b"%d" % number)  # noqa: B023 in its turn
            if number < 22:
                peer.cut()
        received = await link.receive(100)
        assert [item.pdu.content for item in received] == [b"%d" % number for number in (20, 21, 22)]
        for item in received:
            item.answer()
        assert [item.stale for item in received] == [True, True, False]


async def test_a_link_is_stopped_at_any_moment() -> None:
    """At any moment, no task and no connection remains."""
    async with running(Smsc()) as smsc:
        before = asyncio.all_tasks()
        for turns in range(12):
            link = Link(options(smsc))
            await link.stop()
            link.start()
            for _ in range(turns):
                await asyncio.sleep(0)
            await link.stop()
            assert asyncio.all_tasks() == before
        await until(lambda: all(peer.lost for peer in smsc.peers))


@pytest.mark.parametrize(
    ("alone", "answered", "failures"),
    [(False, False, [1, 2, 3]), (True, False, [1, 1, 1]), (False, True, [1, 1, 1])],
    ids=["of no use", "cut over one alone", "of use"],
)
async def test_a_bind_that_was_of_use_has_not_failed(
    monkeypatch: pytest.MonkeyPatch, *, alone: bool, answered: bool, failures: list[int]
) -> None:
    """Nor has one that ended over a message that went alone: the others' link is back as soon as ever."""
    waits: list[int] = []

    def wait(count: int, *_: object) -> float:
        waits.append(count)
        return 0.0

    monkeypatch.setattr(link_module, "retry_seconds", wait)
    poison = replace(message(), destination_addr="666")
    async with (
        running(Smsc(cut_at({"666"}))) as smsc,
        linked(replace(options(smsc), longest_retry_us=3_600 * SECOND_US)) as link,
    ):
        for number in range(3):
            await smsc.peer(number)
            await until_bound(link)
            if answered:
                assert (await link.submit(message())).status == 0
            with pytest.raises(SubmissionLost):
                await link.submit(poison, alone=alone)
        await smsc.peer(3)
    assert waits[:3] == failures


def test_waiting_grows_up_to_a_bound_and_by_chance() -> None:
    """Each failure doubles the wait, half of which is left to chance; it never exceeds the bound."""
    given = replace(options(Smsc()), first_retry_us=SECOND_US, longest_retry_us=60 * SECOND_US)
    assert [retry_seconds(failures, given, lambda: 1.0) for failures in range(9)] == [
        1,
        1,
        2,
        4,
        8,
        16,
        32,
        60,
        60,
    ]
    assert retry_seconds(10**6, given, lambda: 0.0) == 30
