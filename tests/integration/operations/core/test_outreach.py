"""Bounds on messages and calls to the outside that callers cause, across all processes."""

from dataclasses import replace

import pytest

from server.errors import RateLimited
from server.kit.clock import ManualClock
from server.operations.accounts.user_settings import set_user_callback
from server.operations.callbacks.management import send_test_callback
from server.operations.callbacks.replays import Span, replay_message, replay_span
from server.operations.core.outreach import charge
from server.operations.core.services import Services
from server.operations.maintenance.retention import purge
from server.rules.core import outreach
from server.rules.core.outreach import Bound, Charge
from server.settings import Settings
from server.store.models import CallbackDelivery
from server.wiring import build_services
from tests.factories.accounts.accounts import World
from tests.factories.callbacks.callbacks import HOOK, OTHER_HOOK, call_all, delivered, listening_user, states

BOUND = Bound(3, 30)


async def _charge(services: Services, key: str, count: int = 1, *, bound: Bound = BOUND) -> int:
    """Charge a key, and return 0 or in how many seconds there is room."""

    async def work() -> None:
        await charge([Charge(key, bound, count)], now_us=services.clock.now_us(), what="things")

    try:
        await services.transactions.run(work)
    except RateLimited as error:
        return error.retry_after
    return 0


async def test_a_burst_passes_and_then_one_at_a_time(services: Services, clock: ManualClock) -> None:
    """A caller is allowed after the announced wait, and not sooner."""
    assert [await _charge(services, "a") for _ in range(4)] == [0, 0, 0, 10]
    clock.advance(9)
    assert await _charge(services, "a") == 1
    clock.advance(1)
    assert [await _charge(services, "a"), await _charge(services, "a"), await _charge(services, "b")] == [
        0,
        10,
        0,
    ]
    assert await _charge(services, "a", 3) == 30
    clock.advance(30)
    assert await _charge(services, "a", 3) == 0


async def test_more_than_a_burst_never_passes(services: Services) -> None:
    """Not even of what nobody has used."""
    assert await _charge(services, "a", 4) > 0
    assert await _charge(services, "a", 3) == 0


async def test_the_purge_forgets_a_bound_only_once_it_is_empty(
    services: Services, clock: ManualClock
) -> None:
    """However short the budget of points remembers."""
    day = Bound(1, 86_400)
    assert await _charge(services, "a", bound=day) == 0
    clock.advance(80_000)
    await purge(services)
    assert await _charge(services, "a", bound=day) == 6_400
    clock.advance(2_000_000)
    assert (await purge(services)).rate_buckets == 1


async def _tests_that_pass(services: Services, world: World, login: str, account: str = "sms-demo-1") -> int:
    """Ask for test callbacks until one is refused; return how many were not."""
    for passed in range(100):
        try:
            await send_test_callback(services, world.holder, account=account, login=login, stop=False)
        except RateLimited:
            return passed
    pytest.fail("nothing was refused")


async def test_an_account_tests_its_callbacks_only_so_often(
    services: Services, world: World, settings: Settings, clock: ManualClock
) -> None:
    """From whichever process, at whichever host; what was refused wrote nothing down, and later it goes on."""
    account = await world.account()
    await listening_user(services, world, account)
    other = build_services(settings, clock)
    for _ in range(4):
        await send_test_callback(other, world.holder, account=account.name, login="script", stop=False)
    assert await _tests_that_pass(services, world, "script") == 6
    await set_user_callback(
        services, world.holder, account=account.name, login="script", url=OTHER_HOOK, stop_url=None
    )
    assert await _tests_that_pass(other, world, "script") == 0
    assert await CallbackDelivery.all().count() == 10
    clock.advance(6)
    assert await _tests_that_pass(services, world, "script") == 1
    await other.drain()


async def test_a_host_is_tested_only_so_often_whoever_asks(services: Services, world: World) -> None:
    """Several accounts together reach it no oftener; another host is none the worse."""
    passed = []
    for number in range(4):
        account = await world.account(f"sms-demo-{number}")
        await listening_user(services, world, account)
        passed.append(await _tests_that_pass(services, world, "script", account.name))
    assert passed == [10, 10, 10, 0]
    await listening_user(services, world, account, "second", OTHER_HOOK)
    assert await _tests_that_pass(services, world, "second", account.name) == 10


async def test_callbacks_are_made_once_more_only_so_often(
    services: Services, world: World, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each replayed callback counts, by message and by time span."""
    monkeypatch.setattr(outreach, "REPLAYS_OF_ACCOUNT", Bound(5, 50))
    account = await world.account()
    user = await listening_user(services, world, account, url=HOOK)
    number = await delivered(services, world.as_user(user), account)
    await call_all(services)
    span = Span(account=account.name, login=None, from_us=0, to_us=clock.now_us() + 1)

    async def replays() -> list[int]:
        of_message = await replay_message(services, world.holder, message_id=number, delivered_too=True)
        await call_all(services)
        of_span = await replay_span(services, world.holder, span, delivered_too=True)
        await call_all(services)
        return [of_message.count, of_span.count]

    assert await replays() == [2, 2]
    with pytest.raises(RateLimited) as refusal:
        await replays()
    assert refusal.value.retry_after == 10
    assert set(await states(account)) == {"delivered"}
    clock.advance(30)
    assert await replays() == [2, 2]


async def test_a_host_is_called_once_more_only_so_often(
    services: Services, world: World, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever account wishes it."""
    monkeypatch.setattr(outreach, "REPLAYS_OF_HOST", Bound(2, 50))
    for name in ("sms-demo-1", "sms-demo-2"):
        account = await world.account(name)
        user = await listening_user(services, world, account, url=HOOK)
        await delivered(services, world.as_user(user), account, name)
    await call_all(services)
    span = Span(account="sms-demo-1", login=None, from_us=0, to_us=clock.now_us() + 1)
    assert (await replay_span(services, world.holder, span, delivered_too=True)).count == 2
    with pytest.raises(RateLimited):
        await replay_span(services, world.holder, replace(span, account="sms-demo-2"), delivered_too=True)
