"""Several links at once: the trouble of one is not the others'."""

from server.gateways.smpp.statuses import Status
from server.kit.clock import ManualClock
from server.models import Message
from server.operations.services import Services
from server.rules.routing import Route
from tests.factories import smsc_scripts as script
from tests.factories.messages import numbers, send
from tests.factories.smpp_town import link_settings, town, until_bound
from tests.factories.smsc import Smsc, running
from tests.factories.world import World

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
        async with town(services, settings) as here:
            await send(services, world.holder, account, *numbers(20))
            number = await send(services, world.holder, account, PHONE, text="by the other link")
            await here.sender.step()
            later = await send(services, world.holder, account, PHONE, text="and another")
            await here.until_status(later, 1, 4)
            assert (await Message.get(id=number)).gateway is None


async def test_a_link_that_is_down_holds_up_no_other(services: Services, world: World) -> None:
    """However many messages wait for it, those behind them are found."""
    account = await world.account(credits=500_000)
    down, well = Smsc(), Smsc()
    async with running(down), running(well):
        settings = [
            link_settings(down, "france", route=FRANCE),
            link_settings(well, "britain", route=BRITAIN, session={"rate": 1}),
        ]
        async with town(services, settings) as here:
            down.bind_status = Status.ESME_RBINDFAIL
            down.peers[0].cut()
            await until_bound(here.links, 1)
            await send(services, world.holder, account, *numbers(250))
            number = await send(services, world.holder, account, PHONE)
            await here.submit()
            assert (await Message.get(id=number)).gateway == "britain"


async def test_a_link_is_handed_no_more_than_it_has_room_for(
    services: Services, world: World, clock: ManualClock
) -> None:
    """What it can't take soon waits where it can be cancelled, and does not go by a link that comes later."""
    account = await world.account()
    first, second = Smsc(), Smsc()
    async with running(first), running(second):
        settings = [
            link_settings(smsc, name, route=Route(link=name, priority=priority), session=session)
            for smsc, name, priority, session in (
                (first, "first", 1, {"rate": 10, "window": 5}), (second, "second", 2, {}),
            )
        ]  # fmt: skip
        async with town(services, settings) as here:
            await send(services, world.holder, account, *numbers(20))
            await here.sender.step()
            await here.until(Message.filter(gateway="first").exists)
            assert await Message.filter(gateway=None, state="queued").count() == 5
            clock.advance(1)
            await here.submit()
            assert second.submits == []


async def test_another_link_is_asked_only_while_there_is_time_for_its_answer(
    services: Services, world: World, clock: ManualClock
) -> None:
    """Beyond that, another worker might submit the message as well."""
    first, second = Smsc(script=script.refuse_with(Status.ESME_RTHROTTLED)), Smsc()
    async with running(first), running(second):
        settings = [
            link_settings(smsc, name, route=Route(link=name, priority=priority))
            for priority, (smsc, name) in enumerate([(first, "first"), (second, "second")])
        ]
        async with town(services, settings, submit_seconds=1) as here:
            number = await send(services, world.holder, await world.account(), PHONE)
            await here.sender.step()
            assert ((await Message.get(id=number)).state, second.submits) == ("queued", [])
            clock.advance(1)
            await here.until_status(number, 1, 4)
    assert (await Message.get(id=number)).gateway == "second"
