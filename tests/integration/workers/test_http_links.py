"""Messages by an operator's HTTP API, all the way: sent, answered, receipts by calls, and phones' replies."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from aiohttp import web

from server.gateways.link_state import LinkStatus
from server.gateways.pool import Links
from server.gateways.simulator import Simulator
from server.kit.clock import ManualClock
from server.operations.core.services import Services
from server.operations.links.links import ReportedState, reported_states
from server.operations.links.management import update_link
from server.rules.links.http import MessagePaths, ReceiptPaths
from server.rules.links.links import UnknownOutcome
from server.rules.links.tables import PttEntry, RefusalEntry
from server.store.models import BlacklistEntry, IncomingMessage, Message, MessagePart, OperatorLink, Receipt
from server.workers.links import LinkKeeper
from tests.factories.accounts.accounts import World
from tests.factories.gateways.http.operators import (
    OWN_TEMPLATE,
    HttpLinkedWorker,
    HttpOperator,
    http_linked_worker,
    reaching,
    serving,
    set_up_http_link,
)
from tests.factories.links.links import LINK_PASSWORD
from tests.factories.messages.messages import LONG_TEXT, send
from tests.factories.running.waiting import eventually

PHONE = "+447700900004"
CALLS = {
    "receipts": ReceiptPaths(id="id", status="status", error="reason"),
    "messages": MessagePaths(id="id", sender="from", receiver="to", text="text"),
}


@asynccontextmanager
async def at(
    world: World, operator: HttpOperator, **more: Any
) -> AsyncIterator[tuple[HttpLinkedWorker, OperatorLink]]:
    """Run a link to an operator, with a template of one's own."""
    world.services = reaching(world.services, operator)
    row = await set_up_http_link(
        world,
        http={
            "url": operator.url("/send"),
            "headers": (("X-Api-Key", "{password}"),),
            **OWN_TEMPLATE,
            **CALLS,
        },
        ptt_table=[
            PttEntry(stat="delivered", err="", ptt=4, billed=True),
            PttEntry(stat="failed", err="", ptt=5, billed=True),
            PttEntry(stat="failed", err="7", ptt=24, billed=False),
        ],
        **more,
    )
    async with http_linked_worker(world.services) as worker:
        yield worker, row


async def told(worker: HttpLinkedWorker, url: str, **fields: str) -> httpx.Response:
    """Have the operator call with these fields, as JSON."""
    return await worker.client.post(url, json=fields)


async def test_a_message_goes_out_and_a_call_ends_it(services: Services, world: World) -> None:
    """A long one too: it is one request, and one receipt ends all of it."""
    number = await send(services, world.holder, await world.account(), PHONE, text=LONG_TEXT)
    async with serving(HttpOperator()) as operator, at(world, operator) as (worker, row):
        await worker.until_status(number, 4, 3)
        [asked] = operator.asked
        assert asked.headers["X-Api-Key"] == LINK_PASSWORD
        assert (
            await told(worker, worker.receipts_url(row), id="ID-1", status="Delivered")
        ).status_code == 204
        await worker.until_status(number, 1, 4)
    assert (await Message.get(id=number)).gateway == "web"
    part = await MessagePart.get()
    assert (part.gateway, part.operator_id, part.operator_raw_id) == ("web", "id-1", "Id-1")


async def test_a_receipt_may_come_before_the_answer_and_twice(services: Services, world: World) -> None:
    """It is kept until the answer is on record; a second changes nothing."""
    number = await send(services, world.holder, await world.account(), PHONE)
    async with serving(HttpOperator()) as operator, at(world, operator) as (worker, row):
        for _ in range(2):
            assert (
                await told(worker, worker.receipts_url(row), id="id-1", status="failed")
            ).status_code == 204
        await worker.until_status(number, 2, 5)
        assert await Receipt.all().count() == 2
        await told(worker, worker.receipts_url(row), id="id-1", status="delivered")
        await worker.hear()
    assert (await Message.get(id=number)).status == 2


async def test_what_is_not_billed_is_refunded(services: Services, world: World) -> None:
    """Where the link's table says so of the reason."""
    account = await world.account()
    number = await send(services, world.holder, account, PHONE)
    async with serving(HttpOperator()) as operator, at(world, operator) as (worker, row):
        await worker.until_status(number, 4, 3)
        await told(worker, worker.receipts_url(row), id="id-1", status="failed", reason="007")
        await worker.until_status(number, 16, 24)
    await account.refresh_from_db()
    assert account.credits_left == 200_000


async def test_a_word_that_nobody_knows_moves_nothing(services: Services, world: World) -> None:
    """It is kept with the receipt."""
    number = await send(services, world.holder, await world.account(), PHONE)
    async with serving(HttpOperator()) as operator, at(world, operator) as (worker, row):
        await worker.until_status(number, 4, 3)
        await told(worker, worker.receipts_url(row), id="id-1", status="pondering", reason="x")
        await worker.hear()
    assert (await Message.get(id=number)).status == 4
    assert (await Receipt.get()).unread == "pondering x"


async def test_what_the_operator_refuses_is_refunded(services: Services, world: World) -> None:
    """For the reason that the link's own table has."""
    account = await world.account()
    number = await send(services, world.holder, account, PHONE)
    async with (
        serving(HttpOperator()) as operator,
        at(world, operator, refusal_ptts=[RefusalEntry(status=4_711, ptt=28)]) as (worker, _),
    ):
        operator.says = [web.json_response({"error": {"code": 4_711}}, status=400)]
        await worker.until_status(number, 16, 28)
    await account.refresh_from_db()
    assert account.credits_left == 200_000


async def test_what_may_have_been_taken_is_sent_again_by_itself_and_not_for_ever(
    services: Services, world: World, clock: ManualClock
) -> None:
    """As often as the link has it; then it ends, and is not refunded."""
    account = await world.account()
    number = await send(services, world.holder, account, PHONE)
    more = {"unknown_outcome": UnknownOutcome.RESEND, "unknown_resends": 1}
    async with serving(HttpOperator()) as operator, at(world, operator, **more) as (worker, _):
        operator.says = [web.Response(status=500), web.Response(status=502)]

        async def ended() -> bool:
            clock.advance(seconds=60)
            message = await Message.get(id=number)
            return bool(message.status == 2)

        await worker.until(ended)
        assert len(operator.asked) == 2
    message = await Message.get(id=number)
    assert (message.ptt, message.times_unknown) == (6, 2)
    await account.refresh_from_db()
    assert account.credits_left == 199_500


async def test_haste_loses_no_message(services: Services, world: World, clock: ManualClock) -> None:
    """What was refused for now is sent when the operator takes it."""
    account = await world.account()
    numbers = [await send(services, world.holder, account, PHONE) for _ in range(5)]
    async with serving(HttpOperator()) as operator, at(world, operator) as (worker, _):
        operator.says = [web.Response(status=429, headers={"Retry-After": "1"}) for _ in range(2)]

        async def all_taken() -> bool:
            clock.advance(seconds=60)
            return await Message.filter(id__in=numbers, status=4).count() == 5

        await worker.until(all_taken)
        assert operator.taken == 5


async def test_a_stop_counts(services: Services, world: World) -> None:
    """Nobody writes to that phone any more; said twice, it is one."""
    account = await world.account()
    number = await send(services, world.holder, account, PHONE)
    async with serving(HttpOperator()) as operator, at(world, operator) as (worker, row):
        await worker.until_status(number, 4, 3)
        url = worker.messages_url(row)
        for _ in range(2):
            said = {"id": "m1", "from": "00447700900004", "to": "Chappe", "text": "STOP"}
            assert (await told(worker, url, **said)).status_code == 204
        query = "&id=m2&from=%2B447700900004&to=Chappe&text=Thanks%21"
        assert (await worker.client.get(url + query)).status_code == 204
    assert (await BlacklistEntry.get(account_id=account.id)).number == PHONE
    incoming = await IncomingMessage.all().order_by("sequence")
    assert [(message.body, message.sender, message.is_stop) for message in incoming] == [
        ("STOP", PHONE, True),
        ("Thanks!", PHONE, False),
    ]


async def test_a_worker_keeps_such_links_as_any_other(services: Services, world: World) -> None:
    """It opens them, says how they are, takes up a change, and closes what is disabled."""
    async with serving(HttpOperator()) as operator:
        there = reaching(services, operator)
        world.services = there
        await set_up_http_link(world, http={"url": operator.url("/send"), **OWN_TEMPLATE})
        links = Links(
            Simulator(services.clock, step_seconds=0),
            {driver.setup_class: driver.open for driver in there.link_drivers.values()},
            lease_seconds=60,
        )
        keeper = LinkKeeper(there, links)

        async def until(status: LinkStatus, capacity: int) -> None:
            async def come_about() -> bool:
                keeper._look_at = 0.0
                await keeper.step()
                reported = (await reported_states(there)).get("web", ReportedState())
                return (reported.status, sum(lane.capacity for lane in links.lanes if lane.link)) == (
                    status,
                    capacity,
                )

            await eventually(come_about)

        await until(LinkStatus.BOUND, 20 + 10)
        await update_link(there, world.operator, name="web", changes={"per_second": 2, "window_size": 1})
        await until(LinkStatus.BOUND, 2 + 1)
        await update_link(there, world.operator, name="web", changes={"enabled": False})
        await until(LinkStatus.STOPPED, 0)
        await keeper.finish()
