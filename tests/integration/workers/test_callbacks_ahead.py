"""Callbacks claimed ahead for quick hosts: called at their pace, or given back."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from server.kit.clock import SECOND_US, ManualClock
from server.operations.callbacks.claims import AHEAD, BEGIN_WITHIN_US
from server.operations.core.services import Services
from server.operations.dispatch.receipts import apply_receipts
from server.outbound.webhooks import CallOutcome
from server.store.models import CallbackDelivery, CallbackTarget, CallbackTry
from server.workers.callbacks import QUICK_US, CallbackDispatcher
from server.workers.loops import Loops
from tests.factories.accounts.accounts import World
from tests.factories.callbacks.callbacks import (
    BROKEN,
    GONE,
    HOOK,
    OK,
    OTHER_HOOK,
    TIMED_OUT,
    ScriptedCaller,
    listening_user,
    many,
    pending,
)
from tests.factories.messages.messages import BUFFERED, DELIVERED, store
from tests.factories.running.waiting import eventually

HOST, OTHER_HOST = "shop.example", "other.example"
THIRD_HOOK, THIRD_HOST = "https://third.example/hook", "third.example"
AT_ONCE = 4
COUNT = 60
SLOW = replace(OK, latency_us=QUICK_US)


@pytest.fixture
def services(services: Services) -> Services:
    """What operations need, with room for a few calls only."""
    policy = replace(services.policy, callback_parallel=6, callback_parallel_per_host=AT_ONCE)
    return replace(services, policy=policy)


class Turning(ScriptedCaller):
    """Answers the first calls well, and those after them otherwise (None hangs)."""

    def __init__(self, then: CallOutcome | None, *, after: int = AT_ONCE) -> None:
        """Take the answer after this many calls."""
        super().__init__()
        self.then, self.after = then, after

    async def get(self, url: str, headers: Mapping[str, str]) -> CallOutcome:
        """Note the call, and answer."""
        self.answers[HOST] = OK if len(self.called) < self.after else self.then
        return await super().get(url, headers)

    def times(self) -> Counter[int]:
        """Return how many callbacks were called how often."""
        return Counter(Counter(headers["webhook-id"] for _, headers in self.called).values())

    async def is_idle(self) -> bool:
        """Tell whether no call is open."""
        return not any(self.at_once.values())


async def _claimed() -> int:
    """Return how many callbacks some worker has."""
    return await CallbackDelivery.filter(state="waiting", claim_id__isnull=False).count()


async def _free(now_us: int) -> int:
    """Return how many callbacks nobody has, and could be claimed but for their target."""
    return await CallbackDelivery.filter(state="waiting", claim_id=None, due_at_us__lte=now_us).count()


async def _until_idle(dispatcher: CallbackDispatcher) -> int:
    """Take steps until there is nothing to do; return how many callbacks were claimed at the most."""
    most = 0
    while await dispatcher.step():
        most = max(most, await _claimed())
    return most


async def _until_ahead(dispatcher: CallbackDispatcher, caller: ScriptedCaller) -> None:
    """Take steps until the calls after the first few have begun, with more claimed ahead."""
    while len(caller.called) < 2 * AT_ONCE:
        await dispatcher.step()
    assert await _claimed() == AHEAD * AT_ONCE


async def test_a_quick_host_has_more_claimed_than_called_at_once(services: Services, world: World) -> None:
    """First no more than may be under way, for nobody knows it yet; then ahead, and all of it is called once."""
    await many(services, world, await world.account(), COUNT)
    caller = Turning(OK)
    dispatcher = CallbackDispatcher(services, caller)
    await dispatcher.step()
    assert await _claimed() == AT_ONCE
    assert await _until_idle(dispatcher) == AHEAD * AT_ONCE
    assert caller.most_at_once == {HOST: AT_ONCE}
    assert caller.times() == {1: COUNT}
    assert await CallbackDelivery.filter(state="delivered").count() == COUNT


async def test_many_quick_hosts_share_the_room_for_calls(services: Services, world: World) -> None:
    """However many are claimed ahead, the bounds on running calls hold, in total and per host."""
    account = await world.account()
    hooks = {"one": HOOK, "two": f"{HOOK}/2", "three": OTHER_HOOK, "four": THIRD_HOOK}
    other = await world.account("sms-other-1")
    for login, url in hooks.items():
        of = other if login == "four" else account
        await many(services, world, of, 40, login=login, url=url)
    caller = Turning(OK)
    assert await _until_idle(CallbackDispatcher(services, caller)) > AHEAD * AT_ONCE
    assert caller.most_in_all == services.policy.callback_parallel
    assert set(caller.most_at_once) == {HOST, OTHER_HOST, THIRD_HOST}
    assert max(caller.most_at_once.values()) == AT_ONCE
    assert caller.times() == {1: 160}


@pytest.mark.parametrize(
    ("then", "pause_seconds"), [(BROKEN, 0), (SLOW, 0), (TIMED_OUT, 1)], ids=["broken", "slow", "timed out"]
)
async def test_a_host_that_is_quick_no_more_has_given_back_what_was_claimed_ahead(
    services: Services, world: World, clock: ManualClock, then: CallOutcome, pause_seconds: int
) -> None:
    """Uncalled, and due at once; the next are as few as may be under way, or none during the target's pause."""
    await many(services, world, await world.account(), COUNT)
    caller = Turning(then)
    dispatcher = CallbackDispatcher(services, caller)
    await _until_ahead(dispatcher, caller)
    await eventually(caller.is_idle)
    assert len(caller.called) == 2 * AT_ONCE
    await dispatcher.step()
    assert (await CallbackTarget.get()).paused_until_us == (
        clock.now_us() + SECOND_US if pause_seconds else 0
    )
    if pause_seconds:
        assert (await _claimed(), await _free(clock.now_us())) == (0, COUNT - 2 * AT_ONCE)
        assert not await dispatcher.step()
        assert not await CallbackDispatcher(services, caller).step()
        assert len(caller.called) == 2 * AT_ONCE
    else:
        assert await _claimed() == AT_ONCE
    caller.then = OK
    while await CallbackDelivery.filter(state="delivered").count() < COUNT:
        await _until_idle(dispatcher)
        clock.advance(6)
    tries = Counter([attempt.delivery_id for attempt in await CallbackTry.all()])
    failed = {attempt.delivery_id for attempt in await CallbackTry.all() if attempt.verdict != "delivered"}
    assert {id for id, count in tries.items() if count > 1} == failed
    assert caller.times().total() == COUNT


async def test_a_host_that_is_gone_is_not_called_for_what_was_claimed_ahead(
    services: Services, world: World
) -> None:
    """It has failed, as all that waits for a disabled URL has, and is not made to wait again."""
    await many(services, world, await world.account(), COUNT)
    caller = Turning(GONE)
    dispatcher = CallbackDispatcher(services, caller)
    await _until_ahead(dispatcher, caller)
    await eventually(caller.is_idle)
    await _until_idle(dispatcher)
    assert len(caller.called) == 2 * AT_ONCE
    states = Counter([str(delivery.state) for delivery in await CallbackDelivery.all()])
    assert states == {"delivered": AT_ONCE, "failed": COUNT - AT_ONCE}
    assert await CallbackDelivery.filter(claim_id__isnull=False).count() == 0


@pytest.mark.parametrize(("late_us", "called"), [(0, AHEAD * AT_ONCE + AT_ONCE), (1, 2 * AT_ONCE)])
async def test_what_was_claimed_too_long_ago_is_given_back(
    services: Services, world: World, clock: ManualClock, late_us: int, called: int
) -> None:
    """Its lease might end before its call; claimed again, it is signed again and called once."""
    await many(services, world, await world.account(), COUNT)
    caller = Turning(None)
    dispatcher = CallbackDispatcher(services, caller)
    await _until_ahead(dispatcher, caller)
    clock.advance((BEGIN_WITHIN_US + late_us) / SECOND_US)
    caller.then = OK
    caller.release.set()
    await eventually(caller.is_idle)
    assert len(caller.called) == called
    await _until_idle(dispatcher)
    assert caller.times() == {1: COUNT}
    stamps = {headers["webhook-timestamp"] for _, headers in caller.called[called:]}
    assert stamps == {str(clock.now_us() // SECOND_US)}


async def test_the_end_gives_back_what_had_not_begun(
    services: Services, world: World, clock: ManualClock
) -> None:
    """Nothing is begun any more; what is under way is settled, and the rest is another worker's at once."""
    await many(services, world, await world.account(), COUNT)
    caller = Turning(None)
    dispatcher = CallbackDispatcher(services, caller)
    await _until_ahead(dispatcher, caller)
    finishing = asyncio.create_task(dispatcher.finish())
    caller.release.set()
    await finishing
    assert len(caller.called) == 2 * AT_ONCE
    assert await CallbackDelivery.filter(state="delivered").count() == 2 * AT_ONCE
    assert (await _claimed(), await _free(clock.now_us())) == (0, COUNT - 2 * AT_ONCE)
    assert caller.closed
    another = Turning(OK)
    await _until_idle(CallbackDispatcher(services, another))
    assert another.times() == {1: COUNT - 2 * AT_ONCE}


async def test_an_end_that_is_cut_short_gives_back_too(
    services: Services, world: World, clock: ManualClock
) -> None:
    """Only the calls that were under way wait for the end of their lease."""
    await many(services, world, await world.account(), COUNT)
    caller = Turning(None)
    dispatcher = CallbackDispatcher(services, caller)
    worker = Loops(services.bus, {"callbacks": dispatcher.step}, [dispatcher.finish])
    worker.start()

    async def hangs() -> bool:
        return caller.at_once.get(HOST) == AT_ONCE and len(caller.called) == 2 * AT_ONCE

    await eventually(hangs)
    await worker.stop(grace_seconds=0)
    assert len(caller.called) == 2 * AT_ONCE
    assert (await _claimed(), await _free(clock.now_us())) == (AT_ONCE, COUNT - 2 * AT_ONCE)


async def test_dispatchers_that_claim_ahead_call_each_callback_once(services: Services, world: World) -> None:
    """Three of them, of two hosts that are quick."""
    account = await world.account(credits=1_000_000)
    await many(services, world, account, 100, login="one", url=HOOK)
    await many(services, world, account, 100, login="two", url=OTHER_HOOK)
    callers = [Turning(OK) for _ in range(3)]
    most = await asyncio.gather(*(_until_idle(CallbackDispatcher(services, caller)) for caller in callers))
    assert max(most) > AHEAD * AT_ONCE
    ids = Counter(headers["webhook-id"] for caller in callers for _, headers in caller.called)
    assert set(ids.values()) == {1}
    assert len(ids) == await CallbackDelivery.filter(state="delivered").count() == 200


async def test_order_is_kept_within_a_message(services: Services, world: World) -> None:
    """Of three changes of each of many messages, two dispatchers and a host that has always been quick."""
    account = await world.account()
    user = await listening_user(services, world, account)
    names = [f"m{number}" for number in range(20)]
    for name in names:
        await pending(services, world.as_user(user), account, name)
    await store(services, *((name, state) for name in names for state in (BUFFERED, DELIVERED)))
    await apply_receipts(services, limit=200)
    expected = {
        delivery.webhook_id: (delivery.message_id, delivery.event_sequence or 0)
        for delivery in await CallbackDelivery.all()
    }
    caller = Turning(OK)
    await asyncio.gather(*(_until_idle(CallbackDispatcher(services, caller)) for _ in range(2)))
    assert caller.times() == {1: 60}
    heard: dict[int | None, list[int]] = {}
    for _, headers in caller.called:
        message_id, sequence = expected[headers["webhook-id"]]
        heard.setdefault(message_id, []).append(sequence)
    assert len(heard) == 20
    assert all(sequences == sorted(sequences) for sequences in heard.values())


@pytest.mark.parametrize("busy_hooks", [(HOOK,), (HOOK, OTHER_HOOK)], ids=["one", "two"])
async def test_the_queue_of_a_quick_host_keeps_no_other_from_being_called(
    services: Services, world: World, busy_hooks: Sequence[str]
) -> None:
    """What comes later for another host is called in between, also another account's where two fill all the room."""
    account = await world.account()
    for url in busy_hooks:
        await many(services, world, account, 90, login=url[8:12], url=url)
    caller = Turning(OK)
    dispatcher = CallbackDispatcher(services, caller)
    while await _claimed() < AHEAD * AT_ONCE:
        await dispatcher.step()
    late = account if len(busy_hooks) == 1 else await world.account("sms-late-1")
    await many(services, world, late, 1, login="late", url=THIRD_HOOK)
    before = len(caller.called)
    await _until_idle(dispatcher)
    place = [url.startswith(THIRD_HOOK) for url, _ in caller.called].index(True)
    assert place - before <= len(busy_hooks) * AHEAD * AT_ONCE < len(caller.called) - before - AT_ONCE
