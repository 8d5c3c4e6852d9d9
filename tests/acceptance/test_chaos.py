"""The promise on a bad day: every listener gets every message and status once and in order."""

import asyncio
import random
import socket
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from server.kit.ids import decode_cursor
from server.logs.reader import DELIVERY, bounds
from server.operations.access.authentication import sign_in_holder
from server.operations.accounts.accounts import update_account
from server.operations.core.services import Services
from server.operations.credits.verification import verify_account
from server.rules.messages.event_cursors import event_cursor
from server.rules.messages.ptt import DeliveryStatus
from server.store.database import Database
from server.store.models import (
    Account,
    BlacklistEntry,
    CallbackDelivery,
    DeliveryEvent,
    IncomingMessage,
    Message,
    MessageState,
    SimulatedReceipt,
)
from server.store.models.callbacks import CallbackState
from server.wiring import build_services
from tests.factories.accounts.accounts import HOLDER_PASSWORD, World
from tests.factories.callbacks.callbacks import calling_here
from tests.factories.outbound.endpoints import Endpoint, Request, Script, answering, running_endpoint
from tests.factories.running.chaos import (
    Ender,
    Listener,
    Phoenix,
    Reader,
    SocketListener,
    StreamListener,
    of_chaos,
    send_all,
)
from tests.factories.running.settings import quick_settings
from tests.factories.statistics.recount import check_statistics
from tests.factories.store.catalogue import is_sqlite

SEED = 20_260_921
MESSAGES = 2_000
BATCH = 40
KILLS = 6
"""While about half of the events are still to come."""
LEASES = {True: "600", False: "3"}
"""On SQLite far longer than the test: a new process finds the killed process's claims at once."""
PATIENCE_SECONDS = 120.0
LOOK_SECONDS = 0.2
LISTENERS: tuple[type[Listener], ...] = (SocketListener, SocketListener, StreamListener, Reader)
ENDS = {
    "000": 1, "001": 1, "002": 1, "003": 1, "024": 2, "901": 1, "903": 1, "904": 16, "905": 16, "906": 1,
    "907": 1, "908": 1, "910": 2, "555": 1, "556": 1, "557": 1,
}  # fmt: skip
"""The last digits of receivers, and the final status of their messages in the simulator."""


@pytest.mark.timeout(300)
async def test_every_change_is_heard_once_and_in_order(database_url: str, tmp_path: Path) -> None:
    """Sockets are cut, PostgreSQL's backends ended, and server and worker killed, during all of it.

    The log, the query, WebSocket and server-sent events miss nothing and repeat nothing. Callbacks come at
    least once, repeats with the same id; without repeats they match the log's changes. No message or credit
    is lost or counted twice.
    """
    random_ = random.Random(SEED)  # noqa: S311 no secret
    digits = [random_.choice(list(ENDS)) for _ in range(MESSAGES)]
    receivers = [f"+3361{index:04d}{last}" for index, last in enumerate(digits)]
    async with _opened(database_url) as services, running_endpoint(_unreliable(random_)) as endpoint:
        account, token = await _settle(services, endpoint)
        host = f"127.0.0.1:{_free_port()}"
        listeners: list[Listener] = [
            kind(host, token, SEED + number) for number, kind in enumerate(LISTENERS)
        ]
        with _running(database_url, host, endpoint, tmp_path) as phoenixes:
            tasks = [asyncio.create_task(listener.listen()) for listener in listeners]
            tasks.append(asyncio.create_task(send_all(host, token, receivers, batch=BATCH)))
            ender = Ender(database_url)
            ending = asyncio.create_task(ender.end_backends())
            for kill in range(1, KILLS + 1):
                await _reached(account, kill * 3 * MESSAGES // (2 * KILLS), [*tasks, ending])
                await asyncio.to_thread(random_.choice(phoenixes).rise)
            ending.cancel()
            await _finished(account, listeners, tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, ending, return_exceptions=True)
        assert "Traceback" not in "".join(phoenix.errors for phoenix in phoenixes)
        assert is_sqlite() or ender.ended > KILLS
        log = await DeliveryEvent.filter(account_id=account.id).order_by("sequence")
        _check_order(log)
        for listener in listeners:
            assert listener.cuts > 3
            _check_listener(listener, log)
        _check_callbacks(endpoint, log)
        await _check_books(account, dict(zip(receivers, digits, strict=True)))


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Services]:
    database = Database(url)
    await database.open()
    services = build_services(quick_settings(url))
    try:
        yield services
    finally:  # or all later tests would fail with this one
        await services.drain()
        services.passwords.close()
        await database.close()


async def _settle(services: Services, endpoint: Endpoint) -> tuple[Account, str]:
    """Create an account with callbacks, and sign its holder in."""
    world = await World.create(services)
    account = await world.account(credits=MESSAGES * 1_000)
    await update_account(
        calling_here(services, endpoint.port),
        world.holder,
        account=account.name,
        changes={"callback_url": endpoint.url("/hook?a=b")},
    )
    session = await sign_in_holder(
        services, email=world.holder.name, password=HOLDER_PASSWORD, address="127.0.0.1"
    )
    return account, session.secret


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        number: int = free.getsockname()[1]
        return number


@contextmanager
def _running(url: str, host: str, endpoint: Endpoint, folder: Path) -> Iterator[list[Phoenix]]:
    """Run the server, and also a worker if the database takes several processes."""
    environment = {
        "CHAPPE_DATABASE_URL": url if url.startswith("sqlite") else of_chaos(url),
        "CHAPPE_PORT": host.partition(":")[2],
        "CHAPPE_SIMULATOR_STEP_SECONDS": "0",
        "CHAPPE_CLAIM_LEASE_SECONDS": LEASES[url.startswith("sqlite")],
        "CHAPPE_UNKNOWN_OUTCOME_RESENDS": "10",
        "CHAPPE_RATE_CAPACITY": "1000000000",
        "CHAPPE_CALLBACK_ALLOWED_NETWORKS": "127.0.0.0/8",
        "CHAPPE_CALLBACK_ALLOWED_PORTS": str(endpoint.port),
        "CHAPPE_CALLBACK_TOTAL_SECONDS": "2",
        "CHAPPE_CALLBACK_RETRY_SECONDS": ",".join(["0", *["1"] * 30]),
        "CHAPPE_CALLBACK_PARALLEL_PER_HOST": "32",
    }
    commands = ["serve"] if url.startswith("sqlite") else ["serve", "worker"]
    phoenixes = [Phoenix(command, environment, folder) for command in commands]
    try:
        yield phoenixes
    finally:
        for phoenix in phoenixes:
            phoenix.end()


def _unreliable(random_: random.Random) -> Script:
    """Answer callbacks, except for some that fail or are never answered."""
    well, badly = answering(204), answering(500)

    async def script(request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        chance = random_.random()
        if chance < 0.01:
            writer.close()
        else:
            await (badly if chance < 0.02 else well)(request, reader, writer)

    return script


async def _reached(account: Account, sequence: int, tasks: list[asyncio.Task[None]]) -> None:
    """Wait until the log has this many events."""

    async def there() -> bool:
        return (await bounds(DELIVERY, account.id)).last >= sequence

    await _eventually(there, tasks)


async def _finished(account: Account, listeners: list[Listener], tasks: list[asyncio.Task[None]]) -> None:
    """Wait until every message has ended, and all listeners know."""

    async def there() -> bool:
        last = (await bounds(DELIVERY, account.id)).last
        return (
            all(decode_cursor(listener.cursor, str, int, int)[1] == last for listener in listeners)
            and await Message.filter(state=MessageState.ENDED).count() == MESSAGES
            and not await CallbackDelivery.filter(state=CallbackState.WAITING).exists()
            and not await SimulatedReceipt.all().exists()
        )

    await _eventually(there, tasks)


async def _eventually(condition: Callable[[], Awaitable[bool]], tasks: list[asyncio.Task[None]]) -> None:
    """Return as soon as a condition holds; fail if it never does, or if one of the tasks has failed."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await condition():
            for task in tasks:
                if task.done():
                    task.result()
            await asyncio.sleep(LOOK_SECONDS)


def _check_order(log: list[DeliveryEvent]) -> None:
    """Numbers have no gaps, and each message's statuses follow each other from its acceptance."""
    assert [event.sequence for event in log] == list(range(1, len(log) + 1))
    status: dict[int, tuple[int | None, int | None]] = {}
    for event in log:
        first = event.message_id not in status
        assert first == ((event.status, event.ptt) == (DeliveryStatus.CREATED, None))
        assert status.get(event.message_id, (None, None)) == (event.previous_status, event.previous_ptt)
        status[event.message_id] = (event.status, event.ptt)
    assert len(status) == MESSAGES


def _check_listener(listener: Listener, log: list[DeliveryEvent]) -> None:
    """Exactly the events of the log, each once, in order, with its cursor."""
    told = [
        (event["cursor"], event["message"]["number"], event["previousStatus"], event["status"])
        for event in listener.heard
    ]
    assert told == [
        (event_cursor(event.sequence, event.at_us), str(event.message_id),
         None if event.previous_status is None else DeliveryStatus(event.previous_status).name,
         DeliveryStatus(event.status).name)
        for event in log
    ]  # fmt: skip


def _check_callbacks(endpoint: Endpoint, log: list[DeliveryEvent]) -> None:
    """At least once, with stable ids; without repeats they match the log, in each message's order."""
    ids: dict[str, str] = {}
    first: dict[str, tuple[str, str, str]] = {}
    for request in endpoint.requests:
        cursor, id = request.headers["chappe-cursor"], request.headers["webhook-id"]
        if ids.setdefault(cursor, id) != id:
            pytest.fail(f"{cursor} came as {id} and as {ids[cursor]}")
        query = parse_qs(urlsplit(request.target).query)
        told = (cursor, query["id"][0], query["description"][0])
        assert first.setdefault(cursor, told) == told
    assert len(set(ids.values())) == len(ids)
    assert len(endpoint.requests) > len(first)
    order = {event_cursor(event.sequence, event.at_us): event.sequence for event in log}
    latest: defaultdict[str, int] = defaultdict(int)
    for cursor, number, _ in first.values():
        assert order[cursor] > latest[number]
        latest[number] = order[cursor]
    expected = [
        (event_cursor(event.sequence, event.at_us), str(event.message_id), str(event.status))
        for event in log
        if event.previous_status is not None
    ]
    assert sorted(first.values()) == sorted(expected)


async def _check_books(account: Account, digits: dict[str, str]) -> None:
    """Every message exists once and ended as expected, every refund came once, and the ledger adds up."""
    messages = await Message.all()
    assert sorted(message.receiver for message in messages) == sorted(digits)
    for message in messages:
        ends = {ENDS[digits[message.receiver]]}
        if digits[message.receiver] == "907" and message.outcome_unknown:
            ends.add(2)  # the killed worker had handed it over, so STOP came before it would be sent again
        assert message.status in ends, message.receiver
    await check_statistics(account.id, messages)
    proof = await verify_account(account.id)
    assert proof.breach is None
    unbilled = sum(message.status == DeliveryStatus.NOT_BILLED for message in messages)
    assert (await Account.get(id=account.id)).credits_left == unbilled * 1_000
    stopped = sorted(receiver for receiver, last in digits.items() if last == "907")
    assert sorted(entry.number for entry in await BlacklistEntry.all()) == stopped
    incoming = await IncomingMessage.all().order_by("sequence")
    assert [stop.sequence for stop in incoming] == list(range(1, len(incoming) + 1))
    assert len(incoming) == sum(last in {"907", "908"} for last in digits.values())
