"""Several links at once: the failure of one does not affect the others."""

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from server.gateways.protocol import TryLater
from server.gateways.smpp.statuses import Status
from server.kit.clock import ManualClock
from server.operations.core.services import Services
from server.rules.dispatch.routing import Route
from server.rules.links.smpp import DefaultAlphabet
from server.rules.messages.ptt import DeliveryStatus
from server.store.models import Message
from tests.factories.accounts.accounts import World
from tests.factories.dispatch.linked_worker import link_settings, linked_worker, until_bound
from tests.factories.gateways.smpp import smsc_scripts as script
from tests.factories.gateways.smpp.smsc import Smsc, running
from tests.factories.messages.messages import claim, numbers, send

PHONE = "+447700900004"
FRANCE, BRITAIN = Route(link="france", countries=("FR",)), Route(link="britain", countries=("GB",))


async def test_a_link_that_does_not_answer_holds_up_no_other(services: Services, world: World) -> None:
    """What another link is to take goes out, and its receipts count, while the answers are waited for."""
    account = await world.account()
    silent, well = Smsc(script=script.ignore), Smsc()
    async with running(silent), running(well):
        settings = [
            link_settings(silent, "france", route=FRANCE),
            link_settings(well, "britain", route=BRITAIN),
        ]
        async with linked_worker(services, settings) as worker:
            await send(services, world.holder, account, *numbers(20))
            number = await send(services, world.holder, account, PHONE, text="by the other link")
            await worker.sender.step()
            later = await send(services, world.holder, account, PHONE, text="and another")
            await worker.until_status(later, 1, 4)
            assert (await Message.get(id=number)).gateway == "britain"


async def test_a_link_that_is_down_holds_up_no_other(services: Services, world: World) -> None:
    """However many messages wait for it, those behind them are found."""
    account = await world.account(credits=500_000)
    down, well = Smsc(), Smsc()
    async with running(down), running(well):
        settings = [
            link_settings(down, "france", route=FRANCE),
            link_settings(well, "britain", route=BRITAIN, session={"rate": 1}),
        ]
        async with linked_worker(services, settings) as worker:
            down.bind_status = Status.ESME_RBINDFAIL
            down.peers[0].cut()
            await until_bound(worker.links, 1)
            await send(services, world.holder, account, *numbers(250))
            number = await send(services, world.holder, account, PHONE)
            await worker.submit()
            assert (await Message.get(id=number)).gateway == "britain"


async def test_a_link_that_is_slow_holds_up_no_other(services: Services, world: World) -> None:
    """What another is to take goes out though far more waits in front of it, and costs that link nothing."""
    account = await world.account(credits=500_000)
    slow, well = Smsc(script=script.ignore), Smsc()
    async with running(slow), running(well):
        settings = [
            link_settings(slow, "france", route=FRANCE, session={"rate": 10, "window": 5}),
            link_settings(well, "britain", route=BRITAIN),
        ]
        async with linked_worker(services, settings) as worker:
            await send(services, world.holder, account, *numbers(250))
            number = await send(services, world.holder, account, PHONE)
            await worker.submit()
            assert (await Message.get(id=number)).gateway == "britain"
            assert await Message.filter(attempts=0).count() == 250 - 15


async def test_what_waits_for_a_link_that_is_down_is_let_be(
    services: Services, world: World, clock: ManualClock
) -> None:
    """It is neither claimed nor put off, so that it goes at once when the link is open, and expires when it is not."""
    account = await world.account()
    down, well = Smsc(), Smsc()
    async with running(down), running(well):
        settings = [
            link_settings(down, "france", route=FRANCE),
            link_settings(well, "britain", route=BRITAIN),
        ]
        async with linked_worker(services, settings) as worker:
            down.bind_status = Status.ESME_RBINDFAIL
            down.peers[0].cut()
            await until_bound(worker.links, 1)
            late, soon = [await send(services, world.holder, account, phone) for phone in numbers(2)]
            due_at_us = (await Message.get(id=late)).due_at_us
            for _ in range(3):
                clock.advance(30)
                await worker.submit()
            waiting = await Message.get(id=late)
            assert (waiting.state, waiting.attempts, waiting.due_at_us) == ("queued", 0, due_at_us)
            await Message.filter(id=soon).update(created_at_us=0, due_at_us=0)
            await worker.submit()
            assert (await Message.get(id=soon)).status == DeliveryStatus.NOT_BILLED
            down.bind_status = Status.ESME_ROK
            await until_bound(worker.links, 2)
            await worker.submit()
            assert (await Message.get(id=late)).gateway == "france"


async def test_a_link_is_handed_no_more_than_it_has_room_for(services: Services, world: World) -> None:
    """Messages that it can't take soon wait where they can be cancelled, and don't go by a later link."""
    account = await world.account()
    first, second = Smsc(), Smsc()
    async with running(first), running(second):
        settings = [
            link_settings(smsc, name, route=Route(link=name, priority=priority), session=session)
            for smsc, name, priority, session in (
                (first, "first", 1, {"rate": 10, "window": 5}), (second, "second", 2, {}),
            )
        ]  # fmt: skip
        async with linked_worker(services, settings) as worker:
            await send(services, world.holder, account, *numbers(20))
            await worker.sender.step()
            assert await Message.filter(attempts=0, state="queued").count() == 5

            async def all_gone() -> bool:
                return await Message.filter(gateway="first").count() == 20

            await worker.until(all_gone)
            assert second.submits == []


async def test_a_link_takes_over_from_others_no_more_than_it_has_room_for(
    services: Services, world: World
) -> None:
    """What was claimed for a link that is down since goes by the next as far as that can take it."""
    await send(services, world.holder, await world.account(), *numbers(20))
    async with running(Smsc()) as smsc:
        settings = link_settings(smsc, session={"rate": 10, "window": 5})
        async with linked_worker(services, [settings]) as worker:
            outcomes = await worker.links.submit((await claim(services)).submissions)
    assert [isinstance(outcome, TryLater) for outcome in outcomes] == [False] * 15 + [True] * 5


async def test_another_link_is_asked_only_while_there_is_time_for_its_answer(
    services: Services, world: World, clock: ManualClock
) -> None:
    """Beyond that, another worker might submit the message as well."""
    slow = script.slowly(0.3, script.refuse_with(Status.ESME_RSYSERR))
    first, second = Smsc(script=slow), Smsc()
    async with running(first), running(second):
        settings = [
            link_settings(smsc, name, route=Route(link=name, priority=priority))
            for priority, (smsc, name) in enumerate([(first, "first"), (second, "second")])
        ]
        async with linked_worker(services, settings, lease_seconds=1) as worker:
            number = await send(services, world.holder, await world.account(), PHONE)
            await worker.sender.step()
            await worker.sender.finish()
            assert ((await Message.get(id=number)).state, second.submits) == ("queued", [])
            first.script = script.refuse_with(Status.ESME_RSYSERR)
            clock.advance(1)
            await worker.until_status(number, 1, 4)
    assert (await Message.get(id=number)).gateway == "second"


@pytest.mark.parametrize("another", [True, False], ids=["another link", "no other"])
async def test_a_link_that_would_take_more_parts_than_were_charged_takes_none(
    services: Services, world: World, *, another: bool
) -> None:
    """The next that can takes the message; without one it is not billed, and the log says which could not."""
    account = await world.account()
    latin, other = Smsc(), Smsc()
    async with running(latin), running(other):
        settings = [link_settings(latin, "latin", route=Route(link="latin", priority=1))]
        settings[0] = replace(settings[0], alphabet=DefaultAlphabet.LATIN_1)
        if another:
            settings.append(link_settings(other, "other"))
        async with linked_worker(services, settings) as worker:
            number = await send(services, world.holder, account, PHONE, text="Δ" * 160)
            with capture_logs() as logs:
                await worker.until_status(number, *((1, 4) if another else (16, 20)))
    assert (latin.submits, len(other.submits)) == ([], 1 if another else 0)
    await account.refresh_from_db()
    assert account.credits_left == (199_500 if another else 200_000)
    told = [log["too_many_parts_for"] for log in logs if log["event"] == "no link for a message"]
    assert told == ([] if another else [["latin"]])
