"""Sign-ins and sends under load: `chappe serve` as shipped, in a separate process, loaded from this one.

Cold: the first 200 requests at once, next to the next 200. Steady: the slowest 3 seconds next to the median
3, over more than a minute. Flood: scripts and sign-ins while strangers from many networks try logins, next to
the same without strangers.
"""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

import orjson

from server.settings import Settings
from server.store.database import Database
from server.wiring import build_services
from tests.bench.connection import Connection
from tests.bench.measure import Row
from tests.factories.accounts.accounts import HOLDER_PASSWORD, USER_PASSWORD, World
from tests.factories.cli.processes import AS_SHIPPED, started

AT_ONCE = 200
CONNECTIONS = 64
STEADY_SECONDS, WINDOW_SECONDS = 81, 3
FLOOD_SECONDS = 10
SIGN_IN = "mutation ($input: SignInInput!) { signIn(input: $input) { token } }"

Ask = Callable[[], Awaitable[bytes]]


async def run(folder: Path) -> list[Row]:
    """Run the scenarios on a SQLite database in a folder."""
    home = folder / "doors"
    home.mkdir()
    url = f"sqlite://{home}/chappe.db"
    query = await _prepare(url)
    environment = {"CHAPPE_DATABASE_URL": url, "CHAPPE_TRUSTED_PROXIES": "127.0.0.1", "CHAPPE_PORT": "0"}
    with started("serve", environment=environment, folder=home, program=AS_SHIPPED) as process:
        host = process.url().removeprefix("http://")
        async with _connections(host, AT_ONCE) as connections:
            first = await _at_once(connections, query)
            second = await _at_once(connections, query)
        rows = [
            _row("the first 200 sends after a start / the next 200", AT_ONCE / first, AT_ONCE / second, "0.5")
        ]
        async with _connections(host, CONNECTIONS) as connections:
            rates = await _steady(connections, query)
        rows.append(_row("steady sends, slowest 3 s / median 3 s", min(rates), median(rates), "0.8"))
        return [*rows, *await _flooded(host, query)]


def _row(scenario: str, figure: float, yardstick: float, aim: str) -> Row:
    return Row(scenario, f"{figure:,.1f}/s", f"{yardstick:,.1f}/s", figure / yardstick, aim)


async def _prepare(url: str) -> str:
    """Create the data, with the server's own settings; return the query of a send that no worker takes up."""
    settings = Settings(database={"url": url})
    database, services = Database(url), build_services(settings)
    await database.open()
    await database.migrate()
    world = await World.create(services)
    account = await world.account(credits=10**12)
    user = await world.user(account)
    await services.drain()
    services.passwords.close()
    await database.close()
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    return urlencode(
        {
            "account": account.name, "login": user.login, "password": USER_PASSWORD, "from": "Chappe",
            "to": "+447700900004", "message": "Hello", "noStop": "1", "deferred": f"{tomorrow:%H%M%d%m%Y}",
        }
    )  # fmt: skip


@asynccontextmanager
async def _connections(host: str, count: int) -> AsyncIterator[list[Connection]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(Connection.open(host)) for _ in range(count)]


def _from(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address}


async def _send(ask: Ask) -> None:
    answer = await ask()
    assert answer.startswith(b"OK"), answer


async def _at_once(connections: list[Connection], query: str) -> float:
    """Send once on each connection; return how many seconds all took. None may be refused."""
    began = time.perf_counter()
    asks = [each.post(f"/http2sms?{query}", b"", _from("192.0.2.1")) for each in connections]
    await asyncio.gather(*map(_send, asks))
    return time.perf_counter() - began


async def _steady(connections: list[Connection], query: str) -> list[float]:
    """Send on all connections for a long time; return the rate in each window."""
    ends: list[float] = []
    began = time.perf_counter()

    async def go_on(connection: Connection) -> None:
        ask = connection.post(f"/http2sms?{query}", b"", _from("192.0.2.1"))
        while time.perf_counter() - began < STEADY_SECONDS:
            await _send(ask)
            ends.append(time.perf_counter() - began)

    await asyncio.gather(*map(go_on, connections))
    counts = [0] * (STEADY_SECONDS // WINDOW_SECONDS)
    for end in ends:
        if end < STEADY_SECONDS:
            counts[int(end // WINDOW_SECONDS)] += 1
    return [count / WINDOW_SECONDS for count in counts]


async def _flooded(host: str, query: str) -> list[Row]:
    """Measure a remembered script, and a holder that signs in again and again, alone and in a flood."""
    sign_in = {"holder": {"email": "holder@example.com", "password": HOLDER_PASSWORD}}
    body = orjson.dumps({"query": SIGN_IN, "variables": {"input": sign_in}})
    asked = {
        "send": (f"/http2sms?{query}", b"", _from("192.0.2.1")),
        "sign in": ("/graphql", body, _from("192.0.2.2")),
    }
    figures: dict[str, list[float]] = {name: [] for name in asked}
    for crowd in (0, CONNECTIONS):
        async with _connections(host, crowd) as strangers:
            with _knocking(strangers):
                await asyncio.sleep(1)
                for name, request in asked.items():
                    # One for each measurement: the server closes idle connections.
                    async with Connection.open(host) as connection:
                        figures[name].append(await _rate(connection.post(*request)))
    return [
        _row(f"{name} while 64 strangers try logins / alone", flooded, alone, "0.2")
        for name, (alone, flooded) in figures.items()
    ]


async def _rate(ask: Ask) -> float:
    done, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < FLOOD_SECONDS:
        assert b'"errors"' not in await ask()
        done += 1
    return done / took


@contextmanager
def _knocking(strangers: list[Connection]) -> Iterator[None]:
    """Let strangers try logins that don't exist, each time from another IPv6 network."""
    numbers = itertools.count()

    async def knock(connection: Connection) -> None:
        while True:
            number = next(numbers)
            address = f"2001:db8:{number >> 16:x}:{number & 0xFFFF:x}::1"
            fields = f"account=sms-demo-1&login=nobody{number}&password=abcd1234&from=x&to=x&message=x"
            await connection.post(f"/http2sms?{fields}", b"", _from(address))()

    tasks = [asyncio.create_task(knock(each)) for each in strangers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
