"""Settling callbacks: retries, their end, and endpoints that are given up."""

from dataclasses import replace

import pytest

from server.kit.clock import DAY_US, ManualClock
from server.operations.callbacks.claims import claim_calls
from server.operations.callbacks.results import CallAttempt, settle_calls
from server.operations.core.services import Services
from server.outbound.webhooks import CallOutcome
from server.rules.callbacks.callbacks import DisabledReason, TryVerdict
from server.store.models import Account, CallbackDelivery, CallbackTarget, CallbackTry, Notification
from tests.factories.accounts.accounts import World
from tests.factories.callbacks.callbacks import (
    BROKEN,
    GONE,
    HOOK,
    OK,
    TIMED_OUT,
    call_due,
    delivered,
    listening_user,
    pending,
    said,
    settle,
    states,
    target,
)

SCHEDULE = (0, 5, 60, 300, 1_800, 7_200, 18_000, 36_000, 36_000)


async def _one(services: Services, world: World, url: str = HOOK) -> Account:
    """Write down one callback, and return its account."""
    account = await world.account()
    user = await listening_user(services, world, account, url=url)
    await pending(services, world.as_user(user), account)
    return account


async def test_a_success_ends_it_and_the_try_is_kept(
    services: Services, world: World, clock: ManualClock
) -> None:
    """When, where, with which status and how fast; nothing is called again."""
    await _one(services, world)
    [call] = await claim_calls(services, under_way=())
    began_us = clock.now_us()
    clock.advance(0.5)
    await settle_calls(services, [CallAttempt(call, OK, began_us)])
    row = await CallbackDelivery.get()
    assert (row.state, row.attempts, row.claim_id) == ("delivered", 1, None)
    assert row.ended_at_us == clock.now_us()
    tried = await CallbackTry.get()
    assert (tried.delivery_id, tried.at_us, tried.address) == (row.id, began_us, "192.0.2.7")
    assert (tried.status, tried.latency_us, tried.verdict) == (200, 12_345, TryVerdict.DELIVERED)
    clock.advance(86_400)
    assert await call_due(services, OK) == []


async def test_failures_are_tried_again_for_about_a_day(
    services: Services, world: World, clock: ManualClock
) -> None:
    """Nine tries, each within a tenth of its time, under one webhook id and saying the same; then it has failed."""
    account = await _one(services, world)
    called = await call_due(services, BROKEN)
    for seconds in SCHEDULE[1:]:
        clock.advance(seconds * 0.9 - 0.001)
        assert await call_due(services, BROKEN) == []
        clock.advance(seconds * 0.2 + 0.002)
        called += await call_due(services, BROKEN)
    assert len(called) == len(SCHEDULE)
    assert len({call.headers["webhook-id"] for call in called}) == 1
    assert len({call.url for call in called}) == 1
    assert len({call.headers["webhook-signature"] for call in called}) == len(SCHEDULE)
    assert await states(account) == ["failed"]
    assert (await CallbackDelivery.get()).attempts == len(SCHEDULE) == await CallbackTry.all().count()
    clock.advance(86_400)
    assert await call_due(services, BROKEN) == []


async def test_after_one_has_failed_the_messages_next_is_called(
    services: Services, world: World, clock: ManualClock
) -> None:
    """A day's failures hold up what comes after, and no longer."""
    policy = replace(services.policy, callback_retry_seconds=(0, 5))
    services = replace(services, policy=policy)
    account = await world.account()
    user = await listening_user(services, world, account)
    await delivered(services, world.as_user(user), account)
    await call_due(services, BROKEN)
    clock.advance(6)
    await call_due(services, BROKEN)
    [second] = await call_due(services, OK)
    assert said(second)["description"] == "1"
    assert await states(account) == ["failed", "delivered"]


async def test_a_receiver_may_ask_for_more_time(services: Services, world: World, clock: ManualClock) -> None:
    """Retry-After is waited for, up to a day, and the receiver has its rest from other callbacks for a while."""
    account = await world.account()
    user = await listening_user(services, world, account)
    await pending(services, world.as_user(user), account, "a")
    await call_due(services, replace(BROKEN, status=503, retry_after_seconds=10**6))
    assert (await CallbackDelivery.get()).due_at_us == clock.now_us() + DAY_US
    await pending(services, world.as_user(user), account, "b")
    clock.advance(299.999)
    assert await call_due(services, OK) == []
    clock.advance(0.001)
    assert len(await call_due(services, OK)) == 1
    assert await states(account) == ["waiting", "delivered"]


async def test_what_comes_after_the_lease_is_only_noted(
    services: Services, world: World, clock: ManualClock
) -> None:
    """The second worker's outcome counts; the first one's try is on record."""
    await _one(services, world)
    late = await claim_calls(services, under_way=())
    clock.advance(services.policy.claim_lease_seconds)
    taken = await claim_calls(services, under_way=())
    await settle(services, late, BROKEN)
    row = await CallbackDelivery.get()
    assert (row.state, row.attempts, row.claim_id) == ("waiting", 0, taken[0].claim_id)
    await settle(services, taken, OK)
    await settle(services, late, BROKEN)
    row = await CallbackDelivery.get()
    assert (row.state, row.attempts) == ("delivered", 1)
    assert await CallbackTry.all().count() == 3


async def test_what_was_purged_meanwhile_is_let_go(services: Services, world: World) -> None:
    """A call whose row is gone can be settled with others."""
    account = await world.account()
    user = await listening_user(services, world, account)
    for name in ("a", "b"):
        await pending(services, world.as_user(user), account, name)
    calls = await claim_calls(services, under_way=())
    await CallbackDelivery.filter(id=calls[0].delivery_id).delete()
    await settle(services, calls, OK)
    assert await states(account) == ["delivered"]


async def test_gone_disables_the_url_at_once_and_tells_the_holder(
    services: Services, world: World, clock: ManualClock
) -> None:
    """What waits for it has failed; secrets in the URL stay out of the mail."""
    account = await world.account()
    user = await listening_user(services, world, account, url=f"{HOOK}?token=abcdef")
    for name in ("a", "b"):
        await pending(services, world.as_user(user), account, name)
    [first, _] = await claim_calls(services, under_way=())
    await settle(services, [first], GONE)
    assert await states(account) == ["failed", "failed"]
    found = await target()
    assert (found.disabled_at_us, found.disabled_reason) == (clock.now_us(), DisabledReason.GONE)
    mail = await Notification.get()
    assert (mail.recipient, mail.account_id) == ("holder@example.com", account.id)
    assert "shop.example/hook" in mail.body
    assert "410" in mail.body
    assert "abcdef" not in mail.body


async def test_two_that_are_gone_disable_it_once(services: Services, world: World) -> None:
    """One mail, whether they are settled together or one after the other."""
    account = await world.account()
    user = await listening_user(services, world, account)
    for name in ("a", "b", "c"):
        await pending(services, world.as_user(user), account, name)
    calls = await claim_calls(services, under_way=())
    await settle(services, calls[:2], GONE)
    await settle(services, calls[2:], GONE)
    assert await Notification.all().count() == 1
    assert await states(account) == ["failed"] * 3
    assert await CallbackTry.all().count() == 3


async def test_days_of_failure_disable_it(services: Services, world: World, clock: ManualClock) -> None:
    """From the first failure, without a success in between; the holder gets one mail."""
    account = await world.account()
    user = await listening_user(services, world, account)
    days = services.policy.callback_disable_after_seconds
    await pending(services, world.as_user(user), account, "a")
    for seconds in (10, 100, 400):
        await call_due(services, BROKEN)
        clock.advance(seconds)
    clock.advance(days - 511)
    await call_due(services, BROKEN)
    assert (await target()).disabled_at_us is None
    await pending(services, world.as_user(user), account, "b")
    clock.advance(1)
    await call_due(services, BROKEN)
    assert (await target()).disabled_reason is DisabledReason.FAILING
    assert await states(account) == ["failed", "failed"]
    assert await Notification.all().count() == 1


async def test_two_failures_days_apart_do_not_disable_it(
    services: Services, world: World, clock: ManualClock
) -> None:
    """Nobody called in between, so nobody knows that it did not work."""
    account = await world.account()
    user = await listening_user(services, world, account)
    for tag in "ab":
        await pending(services, world.as_user(user), account, tag)
        await call_due(services, BROKEN)
        clock.advance(services.policy.callback_disable_after_seconds)
    assert (await target()).disabled_at_us is None


async def test_a_success_begins_the_count_anew(services: Services, world: World, clock: ManualClock) -> None:
    """A URL that works now and then is never disabled."""
    account = await world.account()
    user = await listening_user(services, world, account)
    days = services.policy.callback_disable_after_seconds
    for index, outcome in enumerate((BROKEN, OK, BROKEN, OK, TIMED_OUT)):
        await pending(services, world.as_user(user), account, f"m{index}")
        rows = await claim_calls(services, under_way=())
        await settle(services, rows, outcome)
        found = await target()
        failing = outcome is not OK
        assert (found.failing_since_us is not None, found.failures_in_a_row > 0) == (failing, failing)
        clock.advance(days - 60)
    assert (await target()).disabled_at_us is None


async def test_pauses_grow_while_it_is_out_of_reach(
    services: Services, world: World, clock: ManualClock
) -> None:
    """1, 2, 4 seconds and so on to 5 minutes; calls that fail together count as one failure."""
    account = await world.account()
    user = await listening_user(services, world, account)
    for index in range(14):
        await pending(services, world.as_user(user), account, f"m{index}")
    pauses = []
    calls = await claim_calls(services, under_way=())
    for _ in range(11):
        await settle(services, calls, TIMED_OUT)
        pauses.append(((await target()).paused_until_us - clock.now_us()) // 1_000_000)
        clock.advance(pauses[-1])
        calls = await claim_calls(services, under_way=())
        assert len(calls) == 1
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


@pytest.mark.parametrize("verdict", [each for each in TryVerdict if each not in {"delivered", "gone"}])
async def test_whatever_fails_is_tried_again(
    services: Services, world: World, clock: ManualClock, verdict: TryVerdict
) -> None:
    """No failure but 410 is taken for an answer."""
    account = await _one(services, world)
    await call_due(services, CallOutcome(verdict=verdict, latency_us=1))
    clock.advance(6)
    assert len(await call_due(services, OK)) == 1
    assert await states(account) == ["delivered"]
    assert [row.verdict for row in await CallbackTry.all().order_by("id")] == [verdict, "delivered"]
    assert await CallbackTarget.filter(failures_in_a_row=0, failing_since_us=None).count() == 1
