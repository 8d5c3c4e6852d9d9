"""The dispatcher: real endpoints, crashes between call and settlement, and a dead endpoint among others."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from structlog.testing import capture_logs

from server.kit.clock import ManualClock
from server.operations.callbacks.claims import claim_calls
from server.operations.core.services import Services
from server.operations.dispatch.receipts import apply_receipts
from server.outbound.webhooks import CallOutcome
from server.rules.callbacks.callbacks import TryVerdict
from server.rules.messages.event_cursors import event_cursor
from server.store.models import Account, CallbackDelivery, CallbackTry
from server.workers.callbacks import CallbackDispatcher
from server.workers.loops import Loops
from tests.factories.accounts.accounts import World
from tests.factories.callbacks.callbacks import (
    HOOK,
    OK,
    OTHER_HOOK,
    ScriptedCaller,
    calling_here,
    delivered,
    listening_user,
    many,
    pending,
    states,
)
from tests.factories.logs.entries import status_changes
from tests.factories.messages.messages import BUFFERED, DELIVERED, store
from tests.factories.outbound.endpoints import Endpoint, answering, running_endpoint
from tests.factories.outbound.webhook_client import calling
from tests.factories.running.waiting import eventually


async def _until_idle(dispatcher: CallbackDispatcher) -> None:
    while await dispatcher.step():
        pass


async def test_a_receiver_hears_of_everything_in_order(services: Services, world: World) -> None:
    """Over a real connection: each event of each message once, with its headers, and every try on record."""
    account = await world.account()
    async with running_endpoint(answering(204)) as endpoint, calling(endpoint) as caller:
        services = calling_here(services, endpoint.port)
        user = await listening_user(services, world, account, url=endpoint.url("/hook?key=1"))
        for name in ("a", "b", "c"):
            await delivered(services, world.as_user(user), account, name)
        dispatcher = CallbackDispatcher(services, caller)
        await _until_idle(dispatcher)
    assert await states(account) == ["delivered"] * 6
    events = {event_cursor(event.sequence, event.at_us): event for event in await status_changes()}
    told: dict[int, list[int]] = {}
    for request in endpoint.requests:
        event = events.pop(request.headers["chappe-cursor"])
        assert request.headers["webhook-id"] == f"evt_{account.id}_{event.sequence}_{event.at_us}"
        assert request.target.startswith(f"/hook?key=1&id={event.message_id}&ptt={event.ptt}&")
        told.setdefault(event.message_id, []).append(event.sequence)
    assert events == {}
    assert all(sequences == sorted(sequences) for sequences in told.values())
    tries = await CallbackTry.all()
    assert [(attempt.verdict, attempt.status, attempt.address) for attempt in tries] == [
        ("delivered", 204, "127.0.0.1")
    ] * 6


async def test_a_dead_receiver_delays_no_other(services: Services, world: World) -> None:
    """It never answers; all of another's arrive while its calls are still open, few of them at once."""
    account = await world.account()
    await many(services, world, account, 60, login="dead", url=HOOK)
    await many(services, world, account, 60, login="alive", url=OTHER_HOOK)
    caller = ScriptedCaller({"shop.example": None})
    dispatcher = CallbackDispatcher(services, caller)
    while await CallbackDelivery.filter(state="delivered").count() < 60:
        await dispatcher.step()
    assert {urlsplit(url).hostname for url, _ in caller.called[8:]} == {"other.example"}
    assert caller.most_at_once == {"shop.example": 8, "other.example": 8}
    caller.release.set()
    await dispatcher.finish()
    assert caller.closed
    assert await CallbackDelivery.filter(state="delivered").count() == 68


async def test_two_dispatchers_share_the_work(services: Services, world: World) -> None:
    """Every callback is called once, by one of the two."""
    account = await world.account()
    await many(services, world, account, 60)
    caller = ScriptedCaller()
    await asyncio.gather(*(_until_idle(CallbackDispatcher(services, caller)) for _ in range(2)))
    ids = Counter(headers["webhook-id"] for _, headers in caller.called)
    assert len(ids) == 60
    assert set(ids.values()) == {1}


async def test_what_was_called_and_not_settled_is_called_again(
    services: Services, world: World, clock: ManualClock
) -> None:
    """If a worker dies in between, the repeat has the same webhook id, and nothing is lost."""
    account = await world.account()
    await many(services, world, account, 3)
    caller = ScriptedCaller()
    for call in await claim_calls(services, under_way=()):
        await caller.get(call.url, call.headers)  # and the worker is no more
    dispatcher = CallbackDispatcher(services, caller)
    assert not await dispatcher.step()
    clock.advance(services.policy.claim_lease_seconds)
    await _until_idle(dispatcher)
    ids = Counter(headers["webhook-id"] for _, headers in caller.called)
    assert set(ids.values()) == {2}
    assert await states(account) == ["delivered"] * 3


async def test_order_is_kept_through_failures(services: Services, world: World, clock: ManualClock) -> None:
    """An endpoint that fails every other call, two dispatchers, and three changes of each message."""
    account = await world.account()
    user = await listening_user(services, world, account)
    for name in ("a", "b", "c", "d"):
        await pending(services, world.as_user(user), account, name)
    await store(services, *((name, state) for name in "abcd" for state in (BUFFERED, DELIVERED)))
    await apply_receipts(services, limit=200)
    heard: dict[str, list[str]] = {}

    class Moody(ScriptedCaller):
        async def get(self, url: str, headers: Mapping[str, str]) -> CallOutcome:
            await super().get(url, headers)
            if len(self.called) % 2:
                return CallOutcome(verdict=TryVerdict.REFUSED_STATUS, latency_us=1, status=500)
            query = parse_qs(urlsplit(url).query)
            heard.setdefault(query["id"][0], []).append(query["description"][0])
            return OK

    dispatchers = [CallbackDispatcher(services, Moody()) for _ in range(2)]
    while set(await states(account)) != {"delivered"}:
        await asyncio.gather(*map(_until_idle, dispatchers))
        clock.advance(6)
    assert list(heard.values()) == [["4", "8", "1"]] * 4


async def test_a_call_that_breaks_holds_up_no_other(
    services: Services, world: World, clock: ManualClock
) -> None:
    """A fault of the caller's is logged, and its callback tried again after the lease."""
    account = await world.account()
    await many(services, world, account, 3)

    class Faulty(ScriptedCaller):
        async def get(self, url: str, headers: Mapping[str, str]) -> CallOutcome:
            if not self.called:
                self.called.append((url, headers))
                raise ZeroDivisionError
            return await super().get(url, headers)

    dispatcher = CallbackDispatcher(services, Faulty())
    with capture_logs() as logs:
        await _until_idle(dispatcher)
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["callback failed"]
    assert sorted(await states(account)) == ["delivered", "delivered", "waiting"]
    clock.advance(services.policy.claim_lease_seconds)
    await _until_idle(dispatcher)
    assert await states(account) == ["delivered"] * 3


async def test_what_could_not_be_settled_is_settled_later(services: Services, world: World) -> None:
    """A short failure of the database does not repeat calls."""
    account = await world.account()
    await many(services, world, account, 2)
    caller = ScriptedCaller()

    class Failing:
        failures = 1

        async def run(self, work: object) -> object:
            if caller.called and self.failures:
                self.failures -= 1
                raise ConnectionError
            return await services.transactions.run(work)  # type: ignore[arg-type]

    dispatcher = CallbackDispatcher(replace(services, transactions=Failing()), caller)  # type: ignore[arg-type]
    with pytest.raises(ConnectionError):
        await _until_idle(dispatcher)
    await _until_idle(dispatcher)
    assert await states(account) == ["delivered"] * 2
    assert len(caller.called) == 2


async def test_news_is_called_while_another_call_hangs(services: Services, world: World) -> None:
    """A loop that waits for a slow endpoint still makes other due calls, and counts its attempts."""
    account = await world.account()
    await many(services, world, account, 1, login="slow", url=HOOK)
    caller = ScriptedCaller({"shop.example": None})
    dispatcher = CallbackDispatcher(services, caller)
    worker = Loops(services.bus, {"callbacks": dispatcher.step}, [dispatcher.finish])
    worker.start()

    async def hangs() -> bool:
        return len(caller.called) == 1

    await eventually(hangs)
    await many(services, world, account, 2, login="fast", url=OTHER_HOOK)

    async def arrived() -> bool:
        return await CallbackDelivery.filter(state="delivered").count() == 2

    await eventually(arrived)
    caller.release.set()
    await worker.stop(grace_seconds=30)
    assert await states(account) == ["delivered"] * 3
    assert caller.closed
    sample = services.meters.registry.get_sample_value
    assert sample("chappe_callback_attempts_total", {"verdict": "delivered"}) == 3


async def test_the_end_waits_no_longer_than_its_grace(
    services: Services, world: World, clock: ManualClock
) -> None:
    """A call that hangs is given up, and made again by the next worker after the lease."""
    account = await world.account()
    await many(services, world, account, 1)
    caller = ScriptedCaller({"shop.example": None})
    dispatcher = CallbackDispatcher(services, caller)
    worker = Loops(services.bus, {"callbacks": dispatcher.step}, [dispatcher.finish])
    worker.start()

    async def hangs() -> bool:
        return len(caller.called) == 1

    await eventually(hangs)
    await worker.stop(grace_seconds=0)
    assert caller.closed
    assert caller.at_once == {"shop.example": 0}
    clock.advance(services.policy.claim_lease_seconds)
    await _until_idle(CallbackDispatcher(services, ScriptedCaller()))
    assert await states(account) == ["delivered"]


async def test_a_receiver_that_comes_back_gets_all_that_it_missed(
    services: Services, world: World, clock: ManualClock
) -> None:
    """Nobody listens at first; once somebody does, everything arrives, in the end at full speed."""
    account = await world.account()
    async with running_endpoint(answering(200)) as somewhere:
        port = somewhere.port
    services = calling_here(services, port)
    async with calling(port) as caller:
        await many(services, world, account, 20, url=f"http://127.0.0.1:{port}/hook")
        dispatcher = CallbackDispatcher(services, caller)
        await _until_idle(dispatcher)
        assert set(await states(account)) == {"waiting"}
        assert await CallbackTry.filter(verdict=TryVerdict.UNREACHABLE).count() == 8
        async with running_endpoint(answering(200), port=port) as endpoint:
            await _come_back(dispatcher, account, clock, endpoint)
    assert len({request.headers["webhook-id"] for request in endpoint.requests}) == 20


async def _come_back(
    dispatcher: CallbackDispatcher, account: Account, clock: ManualClock, endpoint: Endpoint
) -> None:
    while set(await states(account)) != {"delivered"}:
        clock.advance(6)
        await _until_idle(dispatcher)
    assert len(endpoint.requests) == 20
