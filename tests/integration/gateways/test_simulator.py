"""The simulated operator: a receiver's last digits decide what happens to a message."""

import asyncio

import pytest

from server.gateways.protocol import (
    Accepted,
    OperatorMessage,
    OperatorReceipt,
    Refused,
    Submission,
    Submitted,
    TryLater,
)
from server.gateways.simulator import SPECIAL, Simulator, script_for
from server.kit.clock import ManualClock
from server.operations.core.services import Services
from server.operations.messages.sending import send_message
from server.rules.messages.segments import Coding
from server.settings import Profile, Settings
from server.store.database import Database
from server.store.models import (
    Account,
    BlacklistEntry,
    IncomingMessage,
    Message,
    Receipt,
    SimulatedReceipt,
)
from server.wiring import build_gateway, build_worker
from tests.factories.accounts.accounts import World
from tests.factories.credits.verification import check_books
from tests.factories.logs.entries import status_changes
from tests.factories.messages.messages import LONG_TEXT, draft
from tests.factories.running.waiting import eventually

COURSES: dict[str, list[tuple[int, int | None]]] = {
    "000": [(4, 3), (1, 4)],
    "001": [(4, 3), (8, 1), (1, 4)],
    "002": [(4, 3), (8, 2), (1, 4)],
    "003": [(4, 3), (1, 4)],
    "004": [(4, 3), (1, 4)],
    "024": [(4, 3), (2, 24)],
    "202": [(4, 3), (2, 202)],
    "900": [(4, 3)],
    "901": [(4, 3), (1, 4)],
    "902": [(4, 3), (1, 4)],
    "903": [(4, 3), (1, 4)],
    "904": [(16, 20)],
    "905": [(4, 3), (16, 25)],
    "906": [(4, 3), (1, 4)],
    "907": [(4, 3), (1, 4)],
    "908": [(4, 3), (1, 4)],
    "909": [(4, 3), (1, 4)],
    "910": [(4, 3), (2, 777)],
    "999": [(4, 3), (1, 4)],
}


@pytest.mark.parametrize("step_seconds", [0, 0.01])
@pytest.mark.parametrize("text", ["Hi", LONG_TEXT])
async def test_each_script_is_played_to_its_end(
    services: Services, world: World, clock: ManualClock, step_seconds: float, text: str
) -> None:
    """Through the worker's loops: every change of status in order, and nothing besides."""
    assert SPECIAL.keys() <= COURSES.keys()
    account = await world.account()
    sent = await _send(services, world, account.name, text)
    worker = build_worker(services, Simulator(clock, step_seconds=step_seconds))
    worker.start()

    async def played() -> bool:
        clock.advance(0.05)
        unsent = await Message.filter(state__in=["queued", "claimed"]).exists()
        unread = await Receipt.filter(message_part_id=None).exists()
        return not unsent and not unread and not await SimulatedReceipt.exists()

    await eventually(played)
    await worker.stop(grace_seconds=30)
    found = {}
    for digits, message_id in zip(COURSES, sent, strict=True):
        found[digits] = [(event.status, event.ptt) for event in await status_changes(message_id=message_id)]
    assert found == COURSES
    assert [
        (incoming.sender[-3:], incoming.body) for incoming in await IncomingMessage.all().order_by("sender")
    ] == [
        ("907", "STOP"),
        ("908", "Thank you!"),
    ]
    assert [entry.number[-3:] for entry in await BlacklistEntry.all()] == ["907"]
    await check_books(account.id)


async def _send(services: Services, world: World, name: str, text: str) -> list[int]:
    receivers = [f"+33612345{digits}" for digits in COURSES]
    account = await Account.get(name=name)
    sent = await send_message(
        services, world.holder, draft(account, *receivers, text=text), idempotency_key=None
    )
    return sent.message_ids


def _submission(digits: str, *parts: str, message_id: int = 1) -> Submission:
    return Submission(
        message_id=message_id,
        sender="Chappe",
        receiver=f"+33612345{digits}",
        parts=parts or ("Hi",),
        coding=Coding.GSM_7BIT,
        message_class=None,
    )


@pytest.mark.usefixtures("database")
async def test_answers_name_each_part() -> None:
    """Accepted parts have their own ids, refused parts a reason."""
    simulator = Simulator(ManualClock(0), step_seconds=1)
    assert simulator.name == "simulator"
    answers = await simulator.submit(
        [_submission("000", "a", "b"), _submission("904", "a", "b", message_id=2)]
    )
    assert answers == [Submitted((Accepted("1-1"), Accepted("1-2"))), Submitted((Refused(20), Refused(20)))]
    assert await SimulatedReceipt.all().count() == 2


@pytest.mark.usefixtures("database")
async def test_a_throttled_message_is_taken_at_the_next_try() -> None:
    """Each message once; nothing is to follow from the first try."""
    simulator = Simulator(ManualClock(0), step_seconds=1)
    one, two = _submission("909"), _submission("909", message_id=2)
    assert await simulator.submit([one]) == [TryLater(0.5)]
    assert not await SimulatedReceipt.exists()
    assert await simulator.submit([one, two]) == [Submitted((Accepted("1-1"),)), TryLater(0.5)]
    assert await simulator.submit([one, two]) == [TryLater(0.5), Submitted((Accepted("2-1"),))]


@pytest.mark.usefixtures("database")
async def test_what_is_due_is_told_until_it_is_acknowledged() -> None:
    """Also by a simulator that was started again; the rest comes in its time, and in order."""
    clock = ManualClock(0)
    await Simulator(clock, step_seconds=1).submit([_submission("001"), _submission("908", message_id=2)])
    simulator = Simulator(clock, step_seconds=1)
    clock.advance(0.999999)
    assert await _quick(simulator) == []
    clock.advance(0.000001)
    for _ in range(2):
        told = await simulator.receive(10)
        assert [
            (item.operator_id, item.state.status) for item in told if isinstance(item, OperatorReceipt)
        ] == [
            ("1-1", 8),
            ("2-1", 1),
        ]
    await simulator.acknowledge(told[:1])
    assert len(await simulator.receive(10)) == 1
    clock.advance(1)
    last, first = (await simulator.receive(10))[1:], (await simulator.receive(1))
    assert isinstance(last[-1], OperatorMessage)
    assert (last[-1].id, last[-1].sender, last[-1].receiver) == ("2-reply", "+33612345908", "Chappe")
    assert len(first) == 1


async def _quick(simulator: Simulator) -> list[OperatorReceipt | OperatorMessage]:
    """Receive without the nap, which news ends."""
    receiving = asyncio.create_task(simulator.receive(10))
    await asyncio.sleep(0)
    while not receiving.done():
        simulator._news.set()
        await asyncio.sleep(0.001)
    return await receiving


@pytest.mark.usefixtures("services")
async def test_a_submission_that_is_broken_off_leaves_the_database_usable(database: Database) -> None:
    """Whenever its caller goes away."""
    simulator = Simulator(ManualClock(0), step_seconds=0)
    for ticks in range(40):
        task = asyncio.create_task(simulator.submit([_submission("001", message_id=ticks)] * 3))
        for _ in range(ticks):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        async with asyncio.timeout(20):
            await simulator.acknowledge([])
            await simulator.submit([_submission("000", message_id=1_000 + ticks)])
    assert await SimulatedReceipt.filter(operator_id="1039-1").count() == 1
    assert database.url


def test_every_receiver_has_a_script() -> None:
    """By its last three digits: a special one, a ptt code, or delivery."""
    assert script_for("+33612345901") is SPECIAL["901"]
    assert script_for("+33612345024").receipts[0][1].ptt == 24
    for receiver in ("+33612345555", "abc"):
        assert script_for(receiver).summary == "delivered"


async def test_the_application_builds_it_from_settings(services: Services, settings: Settings) -> None:
    """It takes the messages where no link is set, and with a link it does not."""
    links = build_gateway(settings, services)
    links.configure([], falls_back=True)
    [outcome] = await links.submit([_submission("000")])
    assert isinstance(outcome, Submitted)
    assert await SimulatedReceipt.all().count() == 1
    links.configure([], falls_back=False)
    [outcome] = await links.submit([_submission("001")])
    assert isinstance(outcome, TryLater)
    await links.close()


async def test_in_production_the_application_simulates_nothing(
    services: Services, settings: Settings
) -> None:
    """Without a link messages wait."""
    links = build_gateway(settings.having(profile=Profile.PRODUCTION), services)
    links.configure([], falls_back=True)
    [outcome] = await links.submit([_submission("000")])
    assert isinstance(outcome, TryLater)
    assert await SimulatedReceipt.all().count() == 0
    await links.close()
