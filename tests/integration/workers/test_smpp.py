"""Messages by SMPP, all the way: submitted, answered, receipts applied, and what phones send back."""

import asyncio
from dataclasses import replace

import pytest

from server.gateways.smpp.pdu import SubmitSm
from server.gateways.smpp.statuses import Refusal, Status
from server.kit.clock import SECOND_US, ManualClock
from server.operations.core.services import Services
from server.rules.dispatch.routing import Route
from server.rules.links.smpp import LongForm
from server.store.models import Message, MessagePart, Receipt
from server.workers.dispatch import Sender
from tests.factories.accounts.accounts import World
from tests.factories.dispatch.linked_worker import link_settings, linked_worker, until_bound
from tests.factories.gateways.smpp import smsc_scripts as script
from tests.factories.gateways.smpp.smsc import Peer, Script, Smsc, accept, running
from tests.factories.messages.messages import LONG_TEXT, send
from tests.factories.running.waiting import eventually

PHONE = "+447700900004"


async def test_a_message_goes_out_and_its_receipt_ends_it(services: Services, world: World) -> None:
    """As delivered, with the link that took it and the operator's id on record."""
    number = await send(services, world.holder, await world.account(), PHONE)
    async with (
        running(Smsc(response_id="00AB{:02X}")) as smsc,
        linked_worker(services, [link_settings(smsc)]) as worker,
    ):
        smsc.receipt_id = "ab{:02x}"
        await worker.until_status(number, 1, 4)
        [submit] = smsc.submits
        assert (submit.source_addr_ton, submit.source_addr) == (5, "Chappe")
        assert (submit.dest_addr_ton, submit.dest_addr_npi, submit.destination_addr) == (1, 1, PHONE[1:])
        assert (submit.registered_delivery, submit.validity_period) == (1, "000000010000000R")
    assert (await Message.get(id=number)).gateway == "smpp"
    part = await MessagePart.get()
    assert (part.gateway, part.operator_id, part.operator_raw_id) == ("smpp", "ab01", "00AB01")


@pytest.mark.parametrize(
    ("response_id", "receipt_id", "first_number"),
    [("{}", "{:012d}", 1), ("{:X}", "{:08x}", 0xABCDE), ("{:x}", "{}", 0x123A), ("{}", "{:X}", 0x123A)],
    ids=["padded", "case", "hex then decimal", "decimal then hex"],
)
async def test_ids_are_matched_however_they_are_written(
    services: Services, world: World, response_id: str, receipt_id: str, first_number: int
) -> None:
    """A receipt finds its message though the operator writes the id in another way than in its response."""
    number = await send(services, world.holder, await world.account(), PHONE)
    peer = Smsc(response_id=response_id, receipt_id=receipt_id, first_number=first_number)
    async with running(peer) as smsc, linked_worker(services, [link_settings(smsc)]) as worker:
        await worker.until_status(number, 1, 4)


async def test_a_doubtful_id_waits_for_the_message_that_bears_it(
    services: Services, world: World, clock: ManualClock
) -> None:
    """A number that may be meant in two ways is another's first; only when none has it, is it read otherwise."""
    number = await send(services, world.holder, await world.account(), PHONE)
    peer = Smsc(response_id="{:x}", receipt_id="{}", first_number=16)
    async with running(peer) as smsc, linked_worker(services, [link_settings(smsc)]) as worker:
        await worker.until(Receipt.filter(message_part_id=None).exists)
        assert (await Message.get(id=number)).status == 4
        clock.advance(16)
        await worker.until_status(number, 1, 4)


async def test_an_operator_is_given_what_is_left_of_the_validity(
    services: Services, world: World, clock: ManualClock
) -> None:
    """Counted from the message's due time, again at each attempt; at least a minute."""
    account = await world.account()
    deferred_us = clock.now_us() + 600 * SECOND_US
    number = await send(services, world.holder, account, PHONE, deferred_until_us=deferred_us)
    peer = Smsc(script=script.refuse_with(Status.ESME_RSYSERR))
    async with running(peer) as smsc, linked_worker(services, [link_settings(smsc)]) as worker:
        for seconds in (600, 1_800, 1_780):
            clock.advance(seconds)
            await worker.submit()
        smsc.script = accept
        clock.advance(600)
        await worker.until_status(number, 1, 4)
        validities = [submit.validity_period for submit in smsc.submits]
    assert validities == ["000000010000000R", "000000003000000R", "000000000100000R", "000000000100000R"]


@pytest.mark.parametrize("quirk", [script.receipt_first, script.doubled, script.throttle_first(1)])
async def test_no_quirk_loses_a_message(
    services: Services, world: World, clock: ManualClock, quirk: Script
) -> None:
    """Receipts before responses, all of it twice, or a link that is throttled: each message ends once."""
    account = await world.account()
    numbers = [await send(services, world.holder, account, PHONE) for _ in range(5)]
    async with running(Smsc(script=quirk)) as smsc, linked_worker(services, [link_settings(smsc)]) as worker:

        async def all_ended() -> bool:
            clock.advance(1)
            return not await Message.exclude(state="ended").exists()

        await worker.until(all_ended)
    assert {message.status for message in await Message.filter(id__in=numbers)} == {1}
    assert await Receipt.filter(message_part_id=None).count() == 0


async def test_a_receipt_for_nobody_is_answered_and_parked(services: Services, world: World) -> None:
    """It is acknowledged like any other, since its message may still become known."""
    await send(services, world.holder, await world.account(), PHONE)
    async with (
        running(Smsc(script=script.orphaned)) as smsc,
        linked_worker(services, [link_settings(smsc)]) as worker,
    ):
        await worker.until(Receipt.filter(message_part_id=None, operator_id="999999999").exists)
        peer = await smsc.peer()

        async def answered() -> bool:
            return peer.status_of(1) == 0

        await eventually(answered)


@pytest.mark.parametrize(
    ("form", "submits"), [(LongForm.UDH, 2), (LongForm.SAR, 2), (LongForm.PAYLOAD, 1)], ids=str
)
async def test_a_long_message_ends_with_its_last_part(
    services: Services, world: World, form: LongForm, submits: int
) -> None:
    """It is delivered once all of its parts are."""
    number = await send(services, world.holder, await world.account(), PHONE, text=LONG_TEXT)
    async with (
        running(Smsc()) as smsc,
        linked_worker(services, [link_settings(smsc, long_messages=form)]) as worker,
    ):
        await worker.until_status(number, 1, 4)
        assert len(smsc.submits) == submits
    assert await MessagePart.filter(message_id=number, status=1).count() == submits


async def test_a_part_that_was_taken_is_never_submitted_again(
    services: Services, world: World, clock: ManualClock
) -> None:
    """What the operator did not take of a message follows later, and the message ends when all has."""
    account = await world.account()
    number = await send(services, world.holder, account, PHONE, text=LONG_TEXT)
    turned_away: list[bytes] = []

    def second_part_later(smsc: Smsc, peer: Peer, submit: SubmitSm) -> None:
        if submit.short_message[5] == 2 and not turned_away:
            turned_away.append(submit.short_message)
            smsc.refuse(peer, submit, Status.ESME_RSYSERR)
        else:
            accept(smsc, peer, submit)

    async with (
        running(Smsc(script=second_part_later)) as smsc,
        linked_worker(services, [link_settings(smsc)]) as worker,
    ):
        await worker.until(Receipt.exists)
        message = await Message.get(id=number)
        assert (message.status, message.state, message.gateway) == (0, "queued", "smpp")
        clock.advance(10)
        await worker.until_status(number, 1, 4)
        assert [submit.short_message[5] for submit in smsc.submits] == [1, 2, 2]
        assert turned_away[0] == smsc.submits[2].short_message


@pytest.mark.parametrize(
    ("status", "ends"),
    [
        (Status.ESME_RINVDSTADR, (16, 23)),
        (Status.ESME_RINVSRCADR, (16, 20)),
        (Status.ESME_RSUBMITFAIL, (16, 5)),
        (0x444, (16, 28)),
        (0x445, (16, 5)),
    ],
)
async def test_what_the_operator_refuses_for_good_is_not_billed(
    services: Services, world: World, status: int, ends: tuple[int, int]
) -> None:
    """The message ends at once with the reason, of the specification or of the link's own table."""
    account = await world.account()
    number = await send(services, world.holder, account, PHONE)
    peer = Smsc(script=script.refuse_with(status))
    async with (
        running(peer) as smsc,
        linked_worker(services, [link_settings(smsc, refusals={0x444: Refusal(28)})]) as worker,
    ):
        await worker.until_status(number, *ends)
        assert len(smsc.submits) == 1
    await account.refresh_from_db()
    assert account.credits_left == 200_000


async def test_the_links_table_says_what_receipts_mean(services: Services, world: World) -> None:
    """An entry for a word and its error counts more than one for the word, and some are not billed."""
    account = await world.account()
    number = await send(services, world.holder, account, PHONE)
    table = {"UNDELIV": 24, "UNDELIV:0": 28}
    async with (
        running(Smsc(stat="UNDELIV")) as smsc,
        linked_worker(
            services, [link_settings(smsc, ptt_table=table, not_billed=frozenset({"UNDELIV:0"}))]
        ) as worker,
    ):
        await worker.until_status(number, 16, 28)


@pytest.mark.parametrize("resend", [True, False], ids=["resend", "fail"])
async def test_a_cut_with_a_full_window_loses_nothing(
    services: Services, world: World, clock: ManualClock, *, resend: bool
) -> None:
    """What was under way is submitted again or given up, as set; what was not written goes out either way."""
    account = await world.account()
    numbers = [await send(services, world.holder, account, PHONE) for _ in range(12)]
    services = replace(services, policy=replace(services.policy, max_resends=2 if resend else 0))
    peer = Smsc(script=script.cut_after(5))
    async with (
        running(peer) as smsc,
        linked_worker(services, [link_settings(smsc, session={"window": 5})]) as worker,
    ):
        await worker.submit()
        assert await Message.filter(outcome_unknown=True).count() == 5

        async def all_ended() -> bool:
            clock.advance(1)
            return not await Message.exclude(state="ended").exists()

        await worker.until(all_ended)
    ends = [(message.status, message.ptt) for message in await Message.filter(id__in=numbers).order_by("id")]
    assert ends == [(1, 4) if resend else (2, 6)] * 5 + [(1, 4)] * 7


@pytest.mark.parametrize("trouble", ["down", "throttled"])
async def test_the_next_link_takes_over(services: Services, world: World, trouble: str) -> None:
    """While the first can't take messages, or only slowly; each message says which link took it."""
    account = await world.account()
    first, second = Smsc(), Smsc()
    async with running(first), running(second):
        settings = [
            link_settings(smsc, name, route=Route(link=name, priority=priority))
            for priority, (smsc, name) in enumerate([(first, "first"), (second, "second")])
        ]
        async with linked_worker(services, settings) as worker:
            number = await send(services, world.holder, account, PHONE)
            await worker.until_status(number, 1, 4)
            if trouble == "down":
                first.bind_status = Status.ESME_RBINDFAIL
                first.peers[0].cut()
                await until_bound(worker.links, 1)
            else:
                first.script = script.refuse_with(Status.ESME_RTHROTTLED)
                await send(services, world.holder, account, PHONE)
                held_up = asyncio.create_task(worker.submit())

                async def throttled() -> bool:
                    return worker.links.states()[0].throttled

                await eventually(throttled)
            number = await send(services, world.holder, account, PHONE)
            other_worker = Sender(services, worker.links)
            await other_worker.step()
            assert (await Message.get(id=number)).gateway == "second"
            first.script = accept
            await worker.until_status(number, 1, 4)
            if trouble == "throttled":
                await held_up
    assert (await Message.all().order_by("id"))[0].gateway == "first"


async def test_a_message_goes_where_its_number_fits_best(services: Services, world: World) -> None:
    """By prefix, by country, or by what takes anything; and without any of them it is not billed."""
    account = await world.account()
    smscs = Smsc(), Smsc()
    async with running(smscs[0]), running(smscs[1]):
        settings = [
            link_settings(smscs[0], "mobile", route=Route(link="mobile", prefixes=("+4477",))),
            link_settings(smscs[1], "france", route=Route(link="france", countries=("FR",))),
        ]
        async with linked_worker(services, settings) as worker:
            numbers = [
                await send(services, world.holder, account, phone)
                for phone in (PHONE, "+33612345678", "+12025550123")
            ]
            for number, end in zip(numbers, [(1, 4), (1, 4), (16, 20)], strict=True):
                await worker.until_status(number, *end)
    assert [message.gateway for message in await Message.all().order_by("id")] == ["mobile", "france", None]


async def test_a_message_waits_while_every_link_is_down(
    services: Services, world: World, clock: ManualClock
) -> None:
    """It is submitted as soon as one is open again."""
    smsc = Smsc()
    async with running(smsc), linked_worker(services, [link_settings(smsc)]) as worker:
        for peer in smsc.peers:
            peer.cut()
        smsc.bind_status = Status.ESME_RBINDFAIL
        await until_bound(worker.links, 0)
        number = await send(services, world.holder, await world.account(), PHONE)
        await worker.submit()
        assert (await Message.get(id=number)).state == "queued"
        smsc.bind_status = 0
        await until_bound(worker.links, 1)
        clock.advance(30)
        await worker.until_status(number, 1, 4)
