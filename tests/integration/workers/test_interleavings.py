"""Workers with every kind of failure: nothing is lost or duplicated, and all messages end right."""

import asyncio
import random
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from server.errors import DomainError
from server.gateways.simulator import Simulator
from server.kit.clock import HOUR_US, ManualClock
from server.operations.accounts.users import set_user_enabled
from server.operations.core.services import Services
from server.operations.credits.quotas import set_user_quota
from server.operations.messages.cancellation import cancel_message, cancel_pending_messages
from server.store.database import Database
from server.store.models import Account, Message, SimulatedReceipt
from server.wiring import build_worker
from server.workers.dispatch import Sender
from server.workers.inbound import Receiver
from tests.factories.accounts.accounts import World
from tests.factories.credits.verification import check_books
from tests.factories.dispatch import killed_worker
from tests.factories.gateways.scripted_gateway import ScriptedGateway
from tests.factories.messages.messages import LONG_TEXT, numbers, send
from tests.factories.running.waiting import eventually

STEPS = 90
LEASE_SECONDS = 61


class Trouble:
    """Two workers and a few people who do things at once, at random, each of them interruptible."""

    def __init__(self, services: Services, world: World, clock: ManualClock, seed: int) -> None:
        """Take the seed of all that happens."""
        self.chance = random.Random(seed)  # noqa: S311 no secret
        self.gateway = ScriptedGateway(self.chance)
        self.services, self.world, self.clock = services, world, clock
        self.workers = [
            step
            for _ in range(2)
            for sender, receiver in [(Sender(services, self.gateway), Receiver(services, self.gateway))]
            for step in (sender.step, receiver.receive, receiver.apply)
        ]

    async def happen(self, account: Account) -> None:
        """Let things happen, a few at once."""
        user = await self.world.user(account)
        people = [self.world.holder, self.world.as_user(user)]
        for _ in range(STEPS):
            deeds: list[Callable[[], Awaitable[object]]] = self.chance.choices(self.workers, k=3)
            if self.chance.random() < 0.4:
                by, text = self.chance.choice(people), self.chance.choice(("Hi", LONG_TEXT))
                deeds.append(lambda by=by, text=text: send(self.services, by, account, text=text))  # type: ignore[misc]
            if self.chance.random() < 0.2:
                deeds.append(self._disturb(account, user.login))
            await asyncio.gather(*(self._do(deed) for deed in deeds))
            if self.chance.random() < 0.2:
                self.clock.advance(self.chance.choice((1, LEASE_SECONDS)))

    def _disturb(self, account: Account, login: str) -> Callable[[], Awaitable[object]]:
        holder, name = self.world.holder, account.name
        enabled, quota = self.chance.random() < 0.5, self.chance.randint(0, 9) * 1_000

        async def cancel_one() -> None:
            message = await Message.filter(account_id=account.id).order_by("-id").first()
            if message is not None:
                await cancel_message(self.services, holder, message_id=message.id)

        return self.chance.choice(
            (
                cancel_one,
                lambda: cancel_pending_messages(self.services, holder, account=name, login=login),
                lambda: set_user_enabled(
                    self.services, holder, account=name, login=login, enabled=enabled
                ),
                lambda: set_user_quota(
                    self.services, holder, account=name, login=login,
                    enabled=enabled, credits=quota if enabled else None,
                ),
            )
        )  # fmt: skip

    async def _do(self, deed: Callable[[], Awaitable[object]]) -> None:
        """Do something, which may be refused, break off, or be killed on the way."""
        task = asyncio.ensure_future(deed())
        if self.chance.random() < 0.15:
            for _ in range(self.chance.randint(0, 30)):
                await asyncio.sleep(0)
            task.cancel()
        with suppress(DomainError, ConnectionError, asyncio.CancelledError):
            await task

    async def calm_down(self) -> None:
        """Let the workers finish, on a link that works and with nobody interrupting."""
        self.gateway.failures = 0.0
        await self.services.drain()
        while await Message.exclude(state="ended").exists() or not self.gateway.exhausted:
            self.clock.advance(LEASE_SECONDS)
            for step in self.workers:
                await step()
        while await self.workers[2]():
            pass


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_each_message_ends_as_the_operator_said(
    services: Services, world: World, clock: ManualClock, seed: int
) -> None:
    """Or was cancelled; its events are a legal chain, and every credit is where it belongs."""
    account = await world.account(credits=60_000)
    trouble = Trouble(services, world, clock, seed)
    await trouble.happen(account)
    await check_books(account.id)
    await trouble.calm_down()
    checked = await check_books(account.id)
    messages = await Message.filter(account_id=account.id)
    assert len(messages) > 10
    for message in messages:
        if message.gateway is None:
            # Cancelled, or its sender was stopped when a worker may have handed it over.
            expected = (2, 6) if message.outcome_unknown else (16, None)
            assert (message.status, message.ptt) == expected
        else:
            await trouble.gateway.check(message)
    assert checked.event_sequence >= 2 * len(messages)


async def test_a_worker_killed_again_and_again_loses_nothing(
    database: Database, services: Services, world: World, clock: ManualClock
) -> None:
    """Three processes killed in the middle of their work, and one that finishes it."""
    account = await world.account(credits=900_000)
    digits = ("001", "024", "904", "905", "906", "901", "903", "000")
    receivers = tuple(f"{number[:-3]}{digits[n % 8]}" for n, number in enumerate(numbers(100_000)[::1_000]))
    for text in ("Hi", LONG_TEXT, "Hi", "Hi"):
        await send(services, world.holder, account, *receivers, text=text)
    total = await Message.all().count()
    for round_number in (1, 2, 3):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", killed_worker.__file__, database.url, str(clock.now_us()), stderr=PIPE
        )

        async def begun(process: Process = process, more_than: int = round_number * total // 5) -> bool:
            assert process.returncode is None
            done = await Message.filter(status__not=0).count()
            return done > more_than or await Message.exclude(state="ended").count() == 0

        await eventually(begun)
        process.kill()
        _, errors = await process.communicate()
        assert (process.returncode, errors) == (-9, b"")
        await check_books(account.id)
        clock.advance(HOUR_US / 1_000_000)
    worker = build_worker(services, Simulator(clock, step_seconds=0))
    worker.start()

    async def finished() -> bool:
        clock.advance(LEASE_SECONDS)
        return not await Message.exclude(state="ended").exists() and not await SimulatedReceipt.exists()

    await eventually(finished)
    await worker.stop(grace_seconds=10)
    await check_books(account.id)
    due = {"001": 1, "024": 2, "904": 16, "905": 16, "906": 1, "901": 1, "903": 1, "000": 1}
    assert [m.status for m in await Message.all() if m.status != due[m.receiver[-3:]]] == []


async def test_stopping_in_the_middle_leaves_the_database_usable(
    services: Services, world: World, clock: ManualClock
) -> None:
    """A shutdown that cancels the loops at any point leaves no lock, and the next worker goes on."""
    account = await world.account(credits=900_000)
    await send(services, world.holder, account, *numbers(60))
    for tick in range(25):
        worker = build_worker(services, Simulator(clock, step_seconds=0))
        worker.start()
        for _ in range(tick * 3):
            await asyncio.sleep(0)
        await worker.stop(grace_seconds=0)
        clock.advance(LEASE_SECONDS)
        await send(services, world.holder, account)
        await check_books(account.id)
    worker = build_worker(services, Simulator(clock, step_seconds=0))
    worker.start()

    async def finished() -> bool:
        clock.advance(LEASE_SECONDS)
        return not await Message.exclude(state="ended").exists()

    await eventually(finished)
    await worker.stop(grace_seconds=10)
    await check_books(account.id)
