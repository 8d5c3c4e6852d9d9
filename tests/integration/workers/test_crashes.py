"""The server is killed at each step of a message, and started again: nothing is lost or duplicated."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from server.gateways.simulator import Simulator
from server.kit.clock import ManualClock
from server.operations.core.principals import OPERATOR_SCOPES, Principal
from server.operations.core.services import Services
from server.operations.credits.quotas import set_user_quota
from server.operations.credits.verification import verify_account, verify_conservation
from server.operations.dispatch.expiry import expire_unconfirmed
from server.operations.messages.acceptance import Sent
from server.operations.messages.sending import send_message
from server.settings import Settings
from server.store.models import (
    Account,
    BlacklistEntry,
    DeliveryEvent,
    IncomingMessage,
    Message,
    SimulatedReceipt,
    User,
)
from server.workers.dispatch import Sender
from server.workers.inbound import Receiver
from tests.factories.accounts.accounts import World
from tests.factories.credits.verification import check_books
from tests.factories.messages.messages import LONG_TEXT, draft
from tests.factories.running.crash import Point, Rig, Step, crash

LEASE_SECONDS = 61
DAYS = 86_400
ENDS = {
    "000": (1, 4), "001": (1, 4), "024": (2, 24), "901": (1, 4), "903": (1, 4), "904": (16, 20), "905": (16, 25),
    "907": (1, 4),
}  # fmt: skip
RECEIVERS = tuple(f"+33612345{digits}" for digits in ENDS)
OPERATOR = Principal(name="operator", scopes=OPERATOR_SCOPES, holder_id=1)


class Server:
    """Two accounts, in one of which a user with a quota sends, and what a worker does for them."""

    def __init__(
        self, services: Services, settings: Settings, clock: ManualClock, accounts: list[Account]
    ) -> None:
        """Take the accounts."""
        self.services, self.settings, self.clock, self.accounts = services, settings, clock, accounts
        gateway = Simulator(clock, step_seconds=0)
        self._sender, self._receiver = Sender(services, gateway), Receiver(services, gateway)

    @classmethod
    async def create(cls, services: Services, settings: Settings, clock: ManualClock) -> "Server":
        """Let each account send texts of one and of two parts to receivers of every kind."""
        world = await World.create(services)
        accounts = [await world.account(name) for name in ("sms-demo-1", "sms-demo-2")]
        user = await world.user(accounts[0])
        await set_user_quota(
            services, world.holder, account="sms-demo-1", login=user.login, enabled=True, credits=100_000
        )
        return cls(services, settings, clock, accounts)

    async def send(self) -> None:
        """Send from both accounts."""
        for account in self.accounts:
            await _send(self.services, account.name)

    async def crash(self, step: Step, point: Point) -> None:
        """Kill the server at a point of a step; until it is started again, the leases of its claims end."""
        await crash(self.settings, self.clock.now_us(), Path(), step, point)
        self.clock.advance(LEASE_SECONDS)

    async def submit(self) -> None:
        """Submit all that is due."""
        while await self._sender.step():
            pass

    async def store(self) -> None:
        """Write down all that the operator has to say."""
        while await SimulatedReceipt.exists():
            await self._receiver.receive()

    async def finish(self) -> None:
        """Go on from where the server died, until nothing is left to do."""
        await self.submit()
        await self.store()
        while await self._receiver.apply():
            pass

    async def check(self, ends: dict[str, tuple[int, int]]) -> None:
        """Fail unless each message ended so, with its events once and in order, and the credits are right."""
        messages = await Message.all()
        assert len(messages) == len(self.accounts) * len(ends) * 2
        for message in messages:
            assert (message.status, message.ptt) == ends[message.receiver[-3:]]
        for account in self.accounts:
            await check_books(account.id)
            assert (await verify_account(account.id)).breach is None
        assert (await verify_conservation()).holds
        finals = await DeliveryEvent.filter(status__in=[1, 2, 16]).values_list("message_id", flat=True)
        assert sorted(finals) == sorted(message.id for message in messages)


@pytest.fixture
async def server(services: Services, settings: Settings, clock: ManualClock) -> Server:
    """Two accounts that can send."""
    return await Server.create(services, settings, clock)


async def _send(services: Services, name: str) -> list[Sent]:
    """Send the account's messages, each text with its own idempotency key."""
    account = await Account.get(name=name)
    user = await User.get_or_none(account_id=account.id)
    by = OPERATOR if user is None else World.as_user(user)
    return [
        await send_message(services, by, draft(account, *RECEIVERS, text=text), idempotency_key=text[:1])
        for text in ("Hi", LONG_TEXT)
    ]


async def _send_together(services: Services) -> list[Sent]:
    """Send twenty texts at once, each with its own key, from a user with a quota and from the operator."""
    account = await Account.get(name="sms-demo-1")
    senders = [World.as_user(await User.get(account_id=account.id)), OPERATOR]
    return await asyncio.gather(
        *(
            send_message(services, by, draft(account, text=str(number)), idempotency_key=f"{number}")
            for number in range(10)
            for by in senders
        )
    )


async def send(rig: Rig) -> None:
    """Send, as a request does."""
    for account in await Account.all().order_by("id"):
        await _send(rig.services, account.name)


async def send_together(rig: Rig) -> None:
    """Send what makes up one transaction, as requests at the same time do."""
    await _send_together(rig.services)


async def submit(rig: Rig) -> None:
    """Submit a batch, as the worker does."""
    await Sender(rig.services, rig.gateway).step()


async def receive(rig: Rig) -> None:
    """Write down what the operator has to say, as the worker does."""
    await Receiver(rig.services, rig.gateway).receive()


async def apply(rig: Rig) -> None:
    """Apply the stored receipts, as the worker does."""
    await Receiver(rig.services, rig.gateway).apply()


async def expire(rig: Rig) -> None:
    """End what has no final receipt, as the scheduler does."""
    await expire_unconfirmed(rig.services, limit=200)


@pytest.mark.parametrize(
    "point",
    [Point("before commit", 1), Point("after commit", 1), Point("before commit", 2), Point("after commit", 2),
     Point("before commit", 3)],
    ids=str,
)  # fmt: skip
async def test_a_send_that_was_cut_off_is_repeated_and_counts_once(server: Server, point: Point) -> None:
    """The caller, who heard nothing, sends again with its key: one message to each receiver, debited once."""
    await server.crash(send, point)
    for account in server.accounts:
        await check_books(account.id)
    await server.send()
    await server.finish()
    await server.check(ENDS)


@pytest.mark.parametrize(
    "point", [Point("before commit", 2), Point("after commit", 2), Point("before commit", 3)], ids=str
)
async def test_sendings_that_shared_a_transaction_are_cut_off_together(server: Server, point: Point) -> None:
    """Nobody heard of what was not committed; who sends again with the same key has one message, paid once."""
    await server.crash(send_together, point)
    account = await Account.get(name="sms-demo-1")
    await check_books(account.id)
    again = await _send_together(server.services)
    numbers = {number for sent in again for number in sent.message_ids}
    assert numbers == {message.id for message in await Message.all()}
    assert len(numbers) == 20
    await check_books(account.id)
    assert (await verify_conservation()).holds


@pytest.mark.parametrize(
    "point",
    [Point("before submit"), Point("after submit"), Point("before commit", 1), Point("after commit", 1),
     Point("before commit", 2)],
    ids=str,
)  # fmt: skip
async def test_a_submission_that_was_cut_off_is_repeated(server: Server, point: Point) -> None:
    """What the operator answered is recorded for some accounts, all or none; the rest is submitted again."""
    await server.send()
    await server.crash(submit, point)
    await server.finish()
    await server.check(ENDS)


@pytest.mark.parametrize(
    "point", [Point("before submit"), Point("after submit"), Point("after commit")], ids=str
)
async def test_a_submission_that_was_cut_off_can_be_given_up(
    server: Server, settings: Settings, clock: ManualClock, point: Point
) -> None:
    """By setting: what may have been handed over is not again, ends without a final status, and is not refunded."""
    await server.send()
    await server.crash(submit, point)
    policy = replace(server.services.policy, max_resends=0)
    again = Server(replace(server.services, policy=policy), settings, clock, server.accounts)
    await again.finish()
    for account in server.accounts:
        await check_books(account.id)
    ends = {(message.status, message.ptt) for message in await Message.filter(outcome_unknown=True)}
    assert ends == {(2, 6)}
    recorded = 0 if point.place != "after commit" else len(ENDS) * 2
    assert await Message.filter(outcome_unknown=False).count() == recorded


@pytest.mark.parametrize(
    "point",
    [
        Point("before commit", 1),
        Point("after commit", 1),
        Point("before acknowledge", 1),
        Point("before commit", 2),
        Point("before acknowledge", 2),
        Point("after acknowledge", 2),
    ],
    ids=str,
)
async def test_what_the_operator_says_is_heard_once(server: Server, point: Point) -> None:
    """Receipts and messages that were not acknowledged come again, and change nothing more."""
    await server.send()
    await server.submit()
    await server.crash(receive, point)
    await server.finish()
    await server.check(ENDS)
    # A STOP is for each account that wrote to that phone over that link.
    for account in server.accounts:
        assert await IncomingMessage.filter(account_id=account.id).count() == 4
        assert await BlacklistEntry.filter(account_id=account.id).count() == 1


@pytest.mark.parametrize(
    "point", [Point("before commit", 1), Point("after commit", 1), Point("before commit", 2)], ids=str
)
async def test_receipts_are_applied_once(server: Server, point: Point) -> None:
    """Those of an account all or none, and the rest after the restart."""
    await server.send()
    await server.submit()
    await server.store()
    await server.crash(apply, point)
    await server.finish()
    await server.check(ENDS)


@pytest.mark.parametrize(
    "point", [Point("before commit", 1), Point("after commit", 1), Point("before commit", 2)], ids=str
)
async def test_what_has_no_final_receipt_ends_once(server: Server, clock: ManualClock, point: Point) -> None:
    """All that the operator accepted and never spoke of again, and nothing else."""
    await server.send()
    await server.submit()
    clock.advance(3 * DAYS)
    await server.crash(expire, point)
    await expire_unconfirmed(server.services, limit=200)
    await server.finish()
    await server.check({digits: end if digits == "904" else (2, 6) for digits, end in ENDS.items()})
