"""Transactions that no cancelled caller interrupts, and wake-ups that follow the commit."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from server.errors import InvalidInput
from server.operations.core.services import Services
from server.operations.core.transactions import wake
from server.operations.dispatch.claims import claim_due
from server.operations.messages.screening import estimate_message
from server.operations.messages.sending import send_message
from server.store.models import Account, Message, Rate
from server.store.sql import fetch
from tests.factories.accounts.accounts import World
from tests.factories.credits.verification import check_books
from tests.factories.messages.messages import draft, send

ROUNDS = 220
PATIENCE_SECONDS = 20.0


async def _interrupt(call: Callable[[], Awaitable[object]], delay: float) -> None:
    """Start a call and cancel it after a while, as a client that hangs up does."""
    task = asyncio.ensure_future(call())
    await asyncio.sleep(0)
    if delay:
        await asyncio.sleep(delay)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_cancelled_callers_leave_no_lock_and_no_connection_behind(
    services: Services, world: World
) -> None:
    """Hundreds of sends cancelled at random points: each is whole or not there, and the next ones work."""
    account = await world.account(credits=1_000_000)
    chance = random.Random(7)  # noqa: S311 no secret
    for number in range(0, ROUNDS, 4):
        await asyncio.gather(
            *(
                _interrupt(
                    lambda key=number + offset: send_message(  # type: ignore[misc]
                        services, world.holder, draft(account), idempotency_key=str(key)
                    ),
                    chance.uniform(0, 0.012),
                )
                for offset in range(4)
            )
        )
    await services.transactions.drain()
    async with asyncio.timeout(PATIENCE_SECONDS):
        await asyncio.gather(*(send(services, world.holder, account) for _ in range(20)))
        checked = await check_books(account.id)
    assert checked.credits_left == 1_000_000 - 1_000 * await Message.all().count()


async def test_cancelled_reads_and_claims_leave_nothing_behind_either(
    services: Services, world: World
) -> None:
    """Statements outside a transaction can be interrupted anywhere."""
    account = await world.account()
    chance = random.Random(8)  # noqa: S311 no secret
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: estimate_message(services, world.holder, draft(account)),
        lambda: claim_due(services, limit=5),
        lambda: fetch("SELECT * FROM accounts"),
        lambda: Account.get(id=account.id),
    ]
    for _ in range(ROUNDS // 4):
        await asyncio.gather(*(_interrupt(call, chance.uniform(0, 0.004)) for call in calls))
    async with asyncio.timeout(PATIENCE_SECONDS):
        await asyncio.gather(*(Account.get(id=account.id) for _ in range(20)))
        await send(services, world.holder, account)
    await check_books(account.id)


async def test_what_raises_is_rolled_back(services: Services) -> None:
    """Whether it is a refusal or a fault; the fault is its caller's to log, or ours if the caller is gone."""
    begun = asyncio.Event()

    async def refuse() -> None:
        await Rate.create(country="DE", credits=1, updated_at_us=0)
        raise InvalidInput("no")

    async def fail() -> None:
        begun.set()
        await Rate.create(country="DE", credits=1, updated_at_us=0)
        raise ZeroDivisionError

    with capture_logs() as logs:
        with pytest.raises(InvalidInput):
            await services.transactions.run(refuse)
        assert logs == []
        with pytest.raises(ZeroDivisionError):
            await services.transactions.run(fail)
        assert logs == []
        begun.clear()
        caller = asyncio.create_task(services.transactions.run(fail))
        await begun.wait()
        caller.cancel()
        await services.transactions.drain()
        await asyncio.wait([caller])
        await asyncio.sleep(0)
    assert [(line["event"], line["log_level"]) for line in logs] == [("transaction failed", "error")]
    assert not await Rate.exists(country="DE")


async def test_listeners_are_woken_after_the_commit_and_only_then(services: Services) -> None:
    """A woken listener finds the written rows; a rollback wakes nobody."""

    async def work() -> None:
        wake("a")
        wake("a")
        await Rate.create(country="DE", credits=1, updated_at_us=0)
        assert not event.is_set()

    async def refuse() -> None:
        wake("b")
        raise InvalidInput("no")

    with services.bus.listen("a") as event, services.bus.listen("b") as other:
        await services.transactions.run(work)
        assert event.is_set()
        with pytest.raises(InvalidInput):
            await services.transactions.run(refuse)
        assert not other.is_set()


async def test_draining_waits_for_what_nobody_waits_for_any_more(services: Services) -> None:
    """A transaction whose caller is gone is still carried to its end."""
    begun = asyncio.Event()

    async def work() -> None:
        begun.set()
        for number in range(20):
            await Rate.create(country=f"{number:02}", credits=1, updated_at_us=0)

    task = asyncio.create_task(services.transactions.run(work))
    await begun.wait()
    task.cancel()
    await services.transactions.drain()
    assert await Rate.all().count() == 20
    assert task.cancelled() or task.cancelling()
