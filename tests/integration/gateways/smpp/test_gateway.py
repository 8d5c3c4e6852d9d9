"""One link as a gateway: messages that fit it badly, and the operator's receipts and messages."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from server.gateways.link_state import ChannelState
from server.gateways.protocol import (
    Accepted,
    NotSent,
    OperatorReceipt,
    Refused,
    Submission,
    Submitted,
    TryLater,
    Unknown,
)
from server.gateways.smpp.gateway import SmppGateway
from server.gateways.smpp.pdu import DeliverSm, EsmClass
from server.gateways.smpp.statuses import Status
from server.kit.clock import ManualClock
from server.rules.links.smpp import DefaultAlphabet, LongForm
from server.rules.messages.segments import Coding
from server.store.database import Database
from tests.factories.dispatch.linked_worker import link_settings
from tests.factories.gateways.smpp.links import IMPATIENT_US
from tests.factories.gateways.smpp.smsc import Smsc, accept, running
from tests.factories.gateways.smpp.smsc_scripts import cut_after, ignore, never_answer, refuse_with
from tests.factories.running.waiting import eventually

HELLO = Submission(
    message_id=300, sender="Chappe", receiver="+447700900004", parts=("Hello",), coding=Coding.GSM_7BIT,
    message_class=None, country="GB",
)  # fmt: skip
LONG = replace(HELLO, parts=("x" * 153, "y" * 153, "z"))


@asynccontextmanager
async def gateway(
    clock: ManualClock, smsc: Smsc, *, lease_seconds: int = 60, **settings: Any
) -> AsyncIterator[SmppGateway]:
    """Run a message centre, and a link to it from when it is bound."""
    async with running(smsc):
        link = SmppGateway(
            link_settings(smsc, **settings), clock, validity_seconds=3_600, lease_seconds=lease_seconds
        )
        link.link.start()

        async def bound() -> bool:
            return all(channel.state is ChannelState.BOUND for channel in link.link.channels)

        try:
            await eventually(bound)
            yield link
        finally:
            await link.link.stop()


async def test_a_class_and_a_coding_are_written_as_the_operator_reads_them(clock: ManualClock) -> None:
    """Flash messages have their class next to the coding, and a link's own alphabet counts."""
    smsc = Smsc()
    async with gateway(clock, smsc, alphabet=DefaultAlphabet.LATIN_1) as link:
        flash = replace(HELLO, parts=("é",), message_class=0)
        unicode = replace(HELLO, parts=("Ж",), coding=Coding.UNICODE, message_class=2)
        assert await link.submit([flash, unicode]) == [
            Submitted((Accepted("1", "1"),), "smpp", 1.0), Submitted((Accepted("2", "2"),), "smpp", 1.0),
        ]  # fmt: skip
    assert [(submit.data_coding, submit.short_message) for submit in smsc.submits] == [
        (0x10, b"\xe9"), (0x1A, b"\x04\x16"),
    ]  # fmt: skip


async def test_open_parts_alone_are_submitted(clock: ManualClock) -> None:
    """Under the reference of those that the operator has."""
    smsc = Smsc()
    async with gateway(clock, smsc) as link:
        [outcome] = await link.submit([replace(LONG, link="smpp", open_parts=(1, 3))])
        assert outcome == Submitted((Accepted("1", "1"), Accepted("2", "2")), "smpp", 1.0)
    assert [submit.short_message[:6] for submit in smsc.submits] == [
        bytes((5, 0, 3, 44, 3, n)) for n in (1, 3)
    ]


async def test_what_can_not_be_written_is_refused(clock: ManualClock) -> None:
    """A text outside its alphabet, a sender that no PDU can hold, a part that a changed link has no more."""
    async with gateway(clock, Smsc(), long_messages=LongForm.PAYLOAD) as link:
        outcomes = await link.submit(
            [
                replace(HELLO, parts=("Ж",)),
                replace(HELLO, sender="Ж"),
                replace(LONG, link="smpp", open_parts=(2,)),
            ]
        )
        assert outcomes == [Submitted((Refused(20),), "smpp", 1.0)] * 3


@pytest.mark.parametrize(
    ("times", "seconds"), [(0, 1), (2, 4), (40, 1_800)], ids=["first", "third", "forty-first"]
)
async def test_what_was_refused_for_now_may_be_tried_again(
    clock: ManualClock, times: int, seconds: int
) -> None:
    """After a pause that grows with each refusal; where nobody was there, soon, however often it was claimed."""
    async with gateway(clock, Smsc(script=refuse_with(Status.ESME_RSYSERR))) as link:
        message = replace(LONG, times_refused=times, attempts=99)
        [outcome] = await link.submit([message])
        assert isinstance(outcome, TryLater)
        assert (outcome.ptt, 0.75 * seconds <= outcome.seconds <= seconds) == (25, True)
        await link.link.stop()
        assert link.capacity == 0
        assert await link.submit([message]) == [TryLater(1.0)]


async def test_a_link_takes_no_more_than_it_may_keep_waiting(clock: ManualClock) -> None:
    """What it has no place for is safe to submit again."""
    async with gateway(clock, Smsc(), session={"window": 1, "max_waiting": 2}) as link:
        [outcome] = await link.submit([LONG])
        assert outcome == Submitted((Accepted("1", "1"), Accepted("2", "2"), NotSent()), "smpp", 1.0)


async def test_what_is_not_answered_is_told_from_what_was_not_written(clock: ManualClock) -> None:
    """Whether the link breaks, or the operator says nothing for as long as a submission may take."""
    cut = Smsc(script=cut_after(1, ignore))
    async with gateway(clock, cut, session={"window": 1}) as link:
        [outcome] = await link.submit([LONG])
        assert isinstance(outcome, Submitted)
        assert outcome.parts == (Unknown(), NotSent(), NotSent())
        assert 1 <= outcome.retry_seconds <= 2
    silent = {"response_us": IMPATIENT_US}
    async with gateway(clock, Smsc(script=ignore), session=silent, max_resends=7) as link:
        [outcome] = await link.submit([replace(HELLO, times_unknown=1)])
        assert isinstance(outcome, Submitted)
        assert (outcome.parts, outcome.link, outcome.max_resends) == ((Unknown(),), "smpp", 7)
        assert 150 <= outcome.retry_seconds <= 300


async def test_answers_are_told_while_another_is_waited_for(clock: ManualClock) -> None:
    """What the operator never answers keeps nobody from hearing what it said of the others."""
    told: dict[int, Submitted] = {}
    heard = asyncio.Event()

    async def tell(outcomes: Mapping[int, Submitted]) -> None:
        told.update(outcomes)
        heard.set()

    smsc = Smsc(script=never_answer({HELLO.receiver[1:]}))
    others = [replace(HELLO, message_id=number, receiver="+447700900005") for number in (2, 3)]
    async with gateway(clock, smsc) as link:
        submitting = asyncio.create_task(link.submit([HELLO, *others], tell))
        await heard.wait()
        assert told == {
            number: Submitted((Accepted(str(name), str(name)),), "smpp", 1.0)
            for name, number in ((1, 2), (2, 3))
        }
        assert not submitting.done()
        smsc.peers[0].cut()
        outcomes = await submitting
        assert isinstance(outcomes[0], Submitted)
        assert outcomes[0].parts == (Unknown(),)


async def test_no_more_parts_are_submitted_than_were_charged(clock: ManualClock) -> None:
    """One that Latin-1 can't hold, and UCS-2 only in more parts, is refused whole."""
    smsc = Smsc()
    async with gateway(clock, smsc, alphabet=DefaultAlphabet.LATIN_1) as link:
        message = replace(HELLO, parts=("Δ" * 160,))
        assert await link.submit([message]) == [Submitted((Refused(20),), "smpp", 1.0)]
    assert smsc.submits == []


async def test_receipts_come_until_they_are_acknowledged(clock: ManualClock, database: Database) -> None:
    """Receipts that were not recorded come again, and are answered once they are."""
    assert database
    smsc = Smsc(script=accept)
    async with gateway(clock, smsc) as link:
        await link.submit([HELLO])
        first = await link.receive(10)
        assert await link.receive(10) == first
        [receipt] = first
        assert isinstance(receipt, OperatorReceipt)
        assert (receipt.operator_id, receipt.raw_id, receipt.link) == ("1", "1", "smpp")
        assert not smsc.peers[0].answered(1)
        await link.acknowledge(first)

        async def answered() -> bool:
            return smsc.peers[0].answered(1)

        await eventually(answered)
        assert await link.receive(10) == []


async def test_a_receipt_for_no_message_is_answered(clock: ManualClock, database: Database) -> None:
    """It names none, and the operator need not say it again."""
    assert database
    smsc = Smsc()
    async with gateway(clock, smsc) as link:
        peer = await smsc.peer()
        sequence = peer.request(DeliverSm(esm_class=EsmClass.RECEIPT, short_message=b"id: stat:DELIVRD"))

        async def answered() -> bool:
            assert await link.receive(10) == []
            return bool(peer.status_of(sequence) == 0)

        await eventually(answered)
