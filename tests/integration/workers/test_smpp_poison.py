"""A harmful message does not affect others: it cuts the connection, is never answered, or is refused."""

from collections import Counter
from dataclasses import replace

import pytest

from server.gateways.smpp.gateway import SmppGateway
from server.gateways.smpp.statuses import Refusal, Status
from server.kit.clock import SECOND_US, ManualClock
from server.operations.core.services import Services
from server.rules.dispatch.routing import Route
from server.store.models import Message
from tests.factories.accounts.accounts import World
from tests.factories.credits.verification import check_books
from tests.factories.dispatch.linked_worker import LinkedWorker, link_settings, linked_worker
from tests.factories.gateways.smpp import smsc_scripts as script
from tests.factories.gateways.smpp.links import message
from tests.factories.gateways.smpp.smsc import Smsc, running
from tests.factories.messages.messages import send

BAD = "+447700900666"
GOOD = tuple(f"+4477009001{number:02d}" for number in range(8))
ANSWERS_AFTER_SECONDS = 0.05
TICK_SECONDS = 30


def _submitted(smsc: Smsc) -> Counter[str]:
    return Counter(f"+{submit.destination_addr}" for submit in smsc.submits)


async def _until_ended(worker: LinkedWorker, clock: ManualClock, *receivers: str) -> float:
    """Let time pass until messages have ended; return how long that took by the server's clock."""
    began_us = clock.now_us()

    async def ended() -> bool:
        # Nobody renews the leases here, so that time passes only while nothing is under way.
        if not worker.sender.claims:
            clock.advance(TICK_SECONDS)
        return not await Message.filter(receiver__in=receivers).exclude(state="ended").exists()

    await worker.until(ended)
    return (clock.now_us() - began_us) / SECOND_US


async def test_a_message_that_the_operator_cuts_the_connection_over_takes_nobody_along_twice(
    services: Services, world: World, clock: ManualClock
) -> None:
    """Nine receivers in one window: the eight go through alone, the ninth ends after two more tries."""
    account = await world.account()
    await send(services, world.holder, account, *GOOD[:4], BAD, *GOOD[4:])
    cutting = script.cut_at({BAD[1:]}, script.slowly(ANSWERS_AFTER_SECONDS))
    async with (
        running(Smsc(script=cutting)) as smsc,
        linked_worker(services, [link_settings(smsc)]) as worker,
    ):
        await _until_ended(worker, clock, *GOOD)
        later = await send(services, world.holder, account, "+447700900199")
        await _until_ended(worker, clock, "+447700900199", BAD)
        submitted = _submitted(smsc)
    assert {submitted[receiver] for receiver in GOOD} <= {1, 2}
    assert submitted[BAD] == 3
    assert {(message.status, message.ptt) for message in await Message.filter(receiver__in=GOOD)} == {(1, 4)}
    assert (await Message.get(id=later)).times_unknown == 0
    bad = await Message.get(receiver=BAD)
    assert (bad.status, bad.ptt, bad.times_unknown, bad.outcome_unknown) == (2, 6, 3, True)
    assert (await check_books(account.id)).credits_left == 200_000 - 10 * 500


@pytest.mark.parametrize(
    ("resends", "of_link", "tries"), [(2, None, 3), (2, 1, 2), (2, 0, 1), (0, None, 1), (0, 2, 3)]
)
async def test_a_message_that_is_never_answered_ends_after_a_number_of_tries(
    services: Services, world: World, clock: ManualClock, resends: int, of_link: int | None, tries: int
) -> None:
    """As the server says or the link itself; the others are recorded and go on meanwhile."""
    services = replace(services, policy=replace(services.policy, max_resends=resends))
    account = await world.account()
    await send(services, world.holder, account, *GOOD, BAD)
    session = {"response_us": SECOND_US // 5, "alone_us": SECOND_US // 10}
    async with running(Smsc(script=script.never_answer({BAD[1:]}))) as smsc:
        settings = link_settings(smsc, session=session, max_resends=of_link)
        async with linked_worker(services, [settings]) as worker:
            await _until_ended(worker, clock, *GOOD, BAD)
            submitted = _submitted(smsc)
            assert len(smsc.peers) == 1
    assert {submitted[receiver] for receiver in GOOD} == {1}
    assert submitted[BAD] == tries
    bad = await Message.get(receiver=BAD)
    assert (bad.status, bad.ptt, bad.times_unknown) == (2, 6, tries)
    await check_books(account.id)


@pytest.mark.parametrize("status", [Status.ESME_RMSGQFUL, Status.ESME_RTHROTTLED])
async def test_a_refusal_of_its_own_stalls_nobody(
    services: Services, world: World, clock: ManualClock, status: int
) -> None:
    """The link slows down once, finds that others pass, and leaves the receiver to its own waiting."""
    services = replace(services, policy=replace(services.policy, max_refusals=6))
    account = await world.account()
    await send(services, world.holder, account, BAD)
    refusing = script.refuse_only({BAD[1:]}, status)
    async with (
        running(Smsc(script=refusing)) as smsc,
        linked_worker(services, [link_settings(smsc)]) as worker,
    ):
        await worker.submit()
        for receiver in GOOD:
            await send(services, world.holder, account, receiver)
            await _until_ended(worker, clock, receiver)
        await _until_ended(worker, clock, BAD)
        assert worker.links.states()[0].times_throttled <= 2
        submitted = _submitted(smsc)
    assert {submitted[receiver] for receiver in GOOD} == {1}
    assert submitted[BAD] == 6
    bad = await Message.get(receiver=BAD)
    assert (bad.status, bad.ptt, bad.times_refused) == (16, 25, 5)
    assert (await check_books(account.id)).credits_left == 200_000 - 8 * 500


@pytest.mark.parametrize(
    "status",
    [Status.ESME_RMSGQFUL, Status.ESME_RTHROTTLED, Status.ESME_RX_T_APPN, Status.ESME_RSYSERR, 0x444],
)
async def test_what_is_tried_again_has_a_bound(
    services: Services, world: World, clock: ManualClock, status: int
) -> None:
    """Then the message ends not billed, with the ptt of the link's table; the pauses grow."""
    services = replace(services, policy=replace(services.policy, max_refusals=5))
    account = await world.account()
    await send(services, world.holder, account, BAD)
    async with running(Smsc(script=script.refuse_with(status))) as smsc:
        settings = link_settings(smsc, refusals={0x444: Refusal(26, again=True)})
        async with linked_worker(services, [settings]) as worker:
            seconds = await _until_ended(worker, clock, BAD)
            assert len(smsc.submits) == 5
    assert seconds >= 0.75 * (1 + 2 + 4 + 8)
    bad = await Message.get(receiver=BAD)
    assert (bad.status, bad.ptt) == (16, 26 if status == 0x444 else 25)
    assert (await check_books(account.id)).credits_left == 200_000


@pytest.mark.parametrize("status", [Status.ESME_RTHROTTLED, Status.ESME_RSYSERR])
async def test_the_next_link_takes_at_once_what_one_refuses_for_now(
    services: Services, world: World, status: int
) -> None:
    """Also what waits behind it; no time passes, and none of it is submitted twice anywhere."""
    account = await world.account()
    first, second = Smsc(script=script.refuse_with(status)), Smsc()
    async with running(first), running(second):
        settings = [
            link_settings(smsc, name, route=Route(link=name, priority=priority), session={"window": 2})
            for priority, (smsc, name) in enumerate([(first, "first"), (second, "second")])
        ]
        async with linked_worker(services, settings) as worker:
            await send(services, world.holder, account, *GOOD)
            await worker.sender.step()
            await worker.sender.finish()
    assert {message.gateway for message in await Message.all()} == {"second"}
    assert set(_submitted(second).values()) == {1}
    if status == Status.ESME_RTHROTTLED:
        assert len(first.submits) <= 2


async def test_a_throttled_link_is_tried_again_though_another_takes_its_messages(
    services: Services, world: World
) -> None:
    """Once its pause is over it gets one message, and with its answer all of them."""
    account = await world.account()
    first, second = Smsc(script=script.throttle_first(1)), Smsc()
    async with running(first), running(second):
        settings = [
            link_settings(smsc, name, route=Route(link=name, priority=priority))
            for priority, (smsc, name) in enumerate([(first, "first"), (second, "second")])
        ]
        async with linked_worker(services, settings) as worker:

            async def back() -> bool:
                await send(services, world.holder, account, GOOD[0])
                return await Message.filter(gateway="first").exists()

            await worker.until(back)
            assert not worker.links.states()[0].throttled
    assert await Message.filter(gateway="second").exists()


async def test_a_refusal_counts_though_the_next_link_could_not_look(services: Services, world: World) -> None:
    """What one link refused and another had no room for was refused."""
    number = await send(services, world.holder, await world.account(), BAD)
    first, second = Smsc(script=script.refuse_with(Status.ESME_RSYSERR)), Smsc(script=script.ignore)
    async with running(first), running(second):
        settings = [
            link_settings(first, "first", route=Route(link="first", priority=0)),
            link_settings(second, "second", session={"rate": 1, "window": 1, "max_waiting": 2}),
        ]
        async with linked_worker(services, settings) as worker:
            slow = worker.links._links["second"]
            assert isinstance(slow, SmppGateway)
            blocked = [slow.link.submit(message()) for _ in range(2)]
            await worker.sender.step()
            await worker.sender.finish()
            for future in blocked:
                future.cancel()
    refused = await Message.get(id=number)
    assert (refused.state, refused.times_refused) == ("queued", 1)


async def test_what_goes_alone_does_not_come_upon_others_on_the_next_link(
    services: Services, world: World
) -> None:
    """Only the first of several links tries it, and the next link only at the next attempt."""
    await send(services, world.holder, await world.account(), BAD)
    await Message.filter(receiver=BAD).update(outcome_unknown=True, times_unknown=1)
    first, second = Smsc(script=script.refuse_with(Status.ESME_RSYSERR)), Smsc()
    async with running(first), running(second):
        settings = [
            link_settings(smsc, name, route=Route(link=name, priority=priority))
            for priority, (smsc, name) in enumerate([(first, "first"), (second, "second")])
        ]
        async with linked_worker(services, settings) as worker:
            await worker.sender.step()
            await worker.sender.finish()
    assert (len(first.submits), second.submits) == (1, [])
