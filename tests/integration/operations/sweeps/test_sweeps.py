"""Sweeps of many messages: in batches, with others in between, and complete even after crashes."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from server.kit.clock import DAY_US, ManualClock
from server.operations.accounts.accounts import update_account
from server.operations.accounts.users import delete_user, set_user_enabled
from server.operations.core.principals import OPERATOR_SCOPES, Principal
from server.operations.core.services import Services
from server.operations.core.transactions import Transactions
from server.operations.credits.quotas import set_user_quota
from server.operations.messages import cancellation
from server.operations.messages.cancellation import (
    begin_cancelling,
    cancel_pending_messages,
    finish_cancelling,
)
from server.operations.sweeps import sweeps
from server.settings import Settings
from server.store.models import Account, AuditEntry, LedgerEntry, Message, Sweep, User
from server.store.models.accounts import AccountStatus
from server.store.queries.accounts import lock_account_id
from server.workers.scheduler import Scheduler
from tests.factories.accounts.accounts import World
from tests.factories.credits.verification import check_books
from tests.factories.messages.messages import claim, numbers, send
from tests.factories.running.crash import Point, Rig, crash

T = TypeVar("T")

COUNT = 450
"""Two whole batches, and a part of one."""
OPERATOR = Principal(name="operator", scopes=OPERATOR_SCOPES, holder_id=1)
LEASE_SECONDS = 5


class Watched(Transactions):
    """Transactions that keep how many messages each of them ended."""

    def __init__(self, services: Services) -> None:
        """Take the place of the services' own."""
        super().__init__(services.bus, services.meters)
        self.ended: list[int] = []

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Run it, and count."""

        async def counted() -> T:
            before = await Message.filter(state="ended").count()
            result = await work()
            self.ended.append(await Message.filter(state="ended").count() - before)
            return result

        return await super().run(counted)


async def _full(services: Services, world: World, count: int = COUNT) -> tuple[Account, User]:
    """Return an account with a user that has this many waiting messages."""
    account = await world.account(credits=1_000_000)
    user = await world.user(account)
    await set_user_quota(
        services, world.holder, account=account.name, login=user.login, enabled=True, credits=500_000
    )
    await send(services, world.as_user(user), account, *numbers(count))
    return await Account.get(id=account.id), user


async def _all_refunded(account: Account, count: int = COUNT) -> None:
    """Check that each message was cancelled, and refunded once."""
    assert await Message.filter(account_id=account.id, state="ended", status=16).count() == count
    assert await LedgerEntry.filter(kind="REFUND").count() == count
    await check_books(account.id)


async def test_many_messages_are_cancelled_in_batches(services: Services, world: World) -> None:
    """No transaction ends more than a batch, the answer counts all, and the trail has one entry."""
    account, _ = await _full(services, world)
    watched = Watched(services)
    cancelled = await cancel_pending_messages(
        replace(services, transactions=watched), world.holder, account=account.name, login=None
    )
    assert cancelled.count == COUNT
    assert watched.ended == [200, 200, 50]
    await _all_refunded(account)
    [entry] = await AuditEntry.filter(action="cancelPendingMessages")
    assert (entry.caused_by, entry.detail) == ("holder@example.com", '{"cancelledMessages":450}')


async def test_few_messages_take_one_transaction(services: Services, world: World) -> None:
    """And leave no row of a sweep behind."""
    account, _ = await _full(services, world, 199)
    watched = Watched(services)
    cancelled = await cancel_pending_messages(
        replace(services, transactions=watched), world.holder, account=account.name, login=None
    )
    assert (cancelled.count, watched.ended) == (199, [199])
    assert not await Sweep.exists()


async def test_others_get_their_turn_between_the_batches(services: Services, world: World) -> None:
    """Waiting work runs before the next batch."""
    account, _ = await _full(services, world)
    order: list[str] = []
    watched = Watched(services)

    async def others() -> None:
        while order.count("done") == 0:

            async def work() -> None:
                await Message.filter(id=0).update(state="queued")
                order.append("other")

            await services.transactions.run(work)

    async def cancel() -> None:
        await cancel_pending_messages(
            replace(services, transactions=watched), world.holder, account=account.name, login=None
        )
        order.append("done")

    run = watched.run

    async def noted(work: Callable[[], Awaitable[T]]) -> T:
        result = await run(work)
        order.append("batch")
        return result

    watched.run = noted  # type: ignore[method-assign]
    await asyncio.gather(others(), cancel())
    assert order.count("batch") == 3
    for first, second in itertools.pairwise(order):
        assert (first, second) != ("batch", "batch")


async def cancel_all(rig: Rig) -> None:
    """Cancel all of an account's messages."""
    await cancel_pending_messages(rig.services, OPERATOR, account="sms-demo-1", login=None)


async def disable_user(rig: Rig) -> None:
    """Disable the user."""
    await set_user_enabled(rig.services, OPERATOR, account="sms-demo-1", login="script", enabled=False)


async def remove_user(rig: Rig) -> None:
    """Delete the user."""
    await delete_user(rig.services, OPERATOR, account="sms-demo-1", login="script")


async def disable_account(rig: Rig) -> None:
    """Disable the account."""
    await update_account(
        rig.services, OPERATOR, account="sms-demo-1", changes={"status": AccountStatus.DISABLED}
    )


@pytest.mark.parametrize(
    ("step", "point", "action"),
    [
        (cancel_all, Point("after commit", 1), "cancelPendingMessages"),
        (cancel_all, Point("before commit", 2), "cancelPendingMessages"),
        (cancel_all, Point("after commit", 2), "cancelPendingMessages"),
        (disable_user, Point("after commit", 1), "setUserEnabled"),
        (remove_user, Point("after commit", 1), "deleteUser"),
        (disable_account, Point("after commit", 1), "updateAccount"),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
async def test_a_sweep_survives_its_caller(
    services: Services,
    settings: Settings,
    world: World,
    clock: ManualClock,
    tmp_path: Path,
    step: Callable[[Rig], Awaitable[None]],
    point: Point,
    action: str,
) -> None:
    """Killed in the middle, it goes on at the next start: nothing is handed over, and each refund is made once."""
    account, user = await _full(services, world)
    await crash(settings, clock.now_us(), tmp_path, step, point)
    assert 0 < await Message.filter(state="queued").count() < COUNT
    assert (await claim(services)).submissions == ()
    scheduler = Scheduler(services)
    assert not await scheduler.sweep()
    clock.advance(LEASE_SECONDS)
    while await scheduler.sweep():
        assert (await claim(services)).submissions == ()
    await _all_refunded(account)
    [entry] = await AuditEntry.filter(action=action)
    assert '"cancelledMessages":450' in entry.detail
    assert entry.caused_by == "operator"
    row = await User.get(id=user.id)
    expected = 0 if step is remove_user else 500_000
    assert (row.quota_left, (await Account.get(id=account.id)).credits_left) == (
        expected,
        1_000_000 - expected,
    )


async def test_what_is_sent_after_the_word_is_not_swept(
    services: Services, world: World, clock: ManualClock
) -> None:
    """Nor is anybody else's: a sweep covers what there was."""
    account, user = await _full(services, world)
    other = await world.user(account, "other")

    async def begin() -> Sweep:
        locked = await lock_account_id(account.id)
        return await begin_cancelling(
            locked, principal=world.holder, user_id=user.id, action="test", subject="x",
            at_us=clock.now_us(),
        )  # fmt: skip

    sweep = await services.transactions.run(begin)
    clock.advance(1)
    late = await send(services, world.as_user(user), account)
    others = await send(services, world.as_user(other), account)
    claimed = await claim(services)
    assert {submission.message_id for submission in claimed.submissions} == {late, others}
    assert (await finish_cancelling(services, sweep)).done == COUNT
    assert await Message.filter(state="ended").count() == COUNT


async def test_whoever_does_the_last_batch_the_answer_is_true(
    services: Services, world: World, clock: ManualClock
) -> None:
    """A caller that seemed dead learns how many were cancelled, by anybody."""
    account, _ = await _full(services, world)

    async def begin() -> Sweep:
        return await begin_cancelling(
            await lock_account_id(account.id), principal=world.holder, user_id=None, action="test",
            subject="x", at_us=clock.now_us(),
        )  # fmt: skip

    sweep = await services.transactions.run(begin)
    clock.advance(LEASE_SECONDS)
    scheduler = Scheduler(services)
    while await scheduler.sweep():
        pass
    assert (await finish_cancelling(services, sweep)).done == COUNT
    assert await AuditEntry.filter(action="test").count() == 1


async def test_one_accounts_trouble_leaves_the_others_their_turn(
    services: Services, world: World, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sweep that fails is tried again later; the next one to begin clears away what was done a day ago."""
    monkeypatch.setattr(sweeps, "BATCH", 2)
    monkeypatch.setattr(cancellation, "BATCH", 2)
    begun = []
    for name in ("sms-demo-1", "sms-demo-2"):
        account = await world.account(name)
        await send(services, world.holder, account, *numbers(3))

        async def begin(account_id: int = account.id) -> Sweep:
            return await begin_cancelling(
                await lock_account_id(account_id), principal=world.holder, user_id=None, action="test",
                subject="x", at_us=clock.now_us(),
            )  # fmt: skip

        begun.append(await services.transactions.run(begin))
    await Sweep.filter(id=begun[0].id).update(detail="no JSON")
    clock.advance(LEASE_SECONDS)
    scheduler = Scheduler(services)
    assert await scheduler.sweep()
    assert not await scheduler.sweep()
    assert (await Message.get(state="queued")).account_id == begun[0].account_id
    await Sweep.filter(id=begun[0].id).update(detail="[{}, null]")
    clock.advance(1)
    assert await scheduler.sweep()
    assert not await Message.filter(state="queued").exists()
    clock.advance(DAY_US // 1_000_000)
    await send(services, world.holder, account, *numbers(3))
    await services.transactions.run(begin)
    assert await Sweep.all().count() == 1
