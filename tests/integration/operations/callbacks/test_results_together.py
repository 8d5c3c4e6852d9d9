"""Settling callbacks while others write, claim and change the same ones."""

import asyncio

from server.kit.clock import ManualClock
from server.operations.accounts.user_settings import set_user_callback
from server.operations.callbacks.claims import claim_calls
from server.operations.core.services import Services
from server.operations.messages.events import Change, Moved, record_changes
from server.rules.callbacks.callbacks import TryVerdict
from server.rules.dispatch.delivery_state import State
from server.rules.messages.ptt import DeliveryStatus
from server.store.models import CallbackTry, Message
from server.store.queries.accounts import lock_account_id
from tests.factories.accounts.accounts import World
from tests.factories.callbacks.callbacks import (
    BROKEN,
    HOOK,
    OK,
    OTHER_HOOK,
    TIMED_OUT,
    call_all,
    listening_user,
    pending,
    said,
    settle,
    states,
)
from tests.factories.running.waiting import eventually
from tests.factories.store.locks import somebody_waits


async def test_an_event_that_comes_while_the_one_before_is_settled_does_not_wait(
    services: Services, world: World
) -> None:
    """It is written for when that call's lease ends, by somebody who can't know that it has ended."""
    account = await world.account()
    user = await listening_user(services, world, account)
    await pending(services, world.as_user(user), account, "a")
    calls = await claim_calls(services, under_way=())
    written = asyncio.Event()

    async def told() -> None:
        async def work() -> None:
            locked = await lock_account_id(account.id)
            [message] = await Message.filter(account_id=account.id)
            before, after = State(DeliveryStatus.PENDING, 3), State(DeliveryStatus.BUFFERED, 1)
            change = Change(Moved.of(message), before, after)
            await record_changes(locked, [change], at_us=services.clock.now_us())
            written.set()
            await eventually(somebody_waits)

        await services.transactions.run(work)

    async def settled() -> None:
        await written.wait()
        await settle(services, calls, OK)

    await asyncio.gather(told(), settled())
    assert [said(call)["description"] for call in await claim_calls(services, under_way=())] == ["8"]


async def test_two_settle_and_a_third_sets_the_url(
    services: Services, world: World, clock: ManualClock
) -> None:
    """All at once, over and over, without a deadlock: every callback is delivered in the end."""
    account = await world.account(credits=10**6)
    user = await listening_user(services, world, account)
    for index in range(24):
        await pending(services, world.as_user(user), account, f"m{index}")
    outcomes = [OK, BROKEN, TIMED_OUT, OK]

    async def dispatch(first: int) -> None:
        for index in range(6):
            calls = await claim_calls(services, under_way=())
            await settle(services, calls, *outcomes[(first + index) % 4 :], OK)

    async def set_url() -> None:
        for url in (OTHER_HOOK, HOOK, OTHER_HOOK, HOOK):
            await set_user_callback(
                services, world.holder, account=account.name, login=user.login, url=url, stop_url=None
            )

    async with asyncio.timeout(60):
        await asyncio.gather(dispatch(0), dispatch(1), set_url(), dispatch(2))
    clock.advance(100_000)
    await call_all(services)
    assert await states(account) == ["delivered"] * 24
    assert await CallbackTry.filter(verdict=TryVerdict.DELIVERED).count() >= 24
