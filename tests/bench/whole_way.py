"""The whole way of a message: sent by URL, submitted by SMPP, its receipt, and its callback answered.

Beside it a bare route that parses the same fields and answers as much. All of it, the operator and the
receiver of the callbacks included, shares one process.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import median
from urllib.parse import parse_qs, urlencode

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from server.app import build_services, build_worker
from server.gateways.links import Links
from server.gateways.simulator import Simulator
from server.models import User
from server.models.database import Database
from server.operations.services import Services
from server.settings import Settings
from server.web.http2sms import http2sms_routes
from tests.bench.measure import Row
from tests.bench.surroundings import Connection, postgres
from tests.client import serving
from tests.factories.calling import calling
from tests.factories.receivers import Receiver, answering, receiving
from tests.factories.smpp_town import link_settings
from tests.factories.smsc import Smsc
from tests.factories.smsc import running as listening
from tests.factories.waiting import eventually
from tests.factories.world import USER_PASSWORD, World

MESSAGES = 1_000
CONNECTIONS = 64
ROUNDS = 3
FINAL = "description=1&"

Ask = Callable[[], Awaitable[bytes]]


async def run(folder: Path) -> list[Row]:
    """Run the scenario on databases in a folder."""
    rows = [await _whole_way(f"sqlite://{folder}/whole.db", "SQLite")]
    with postgres(folder) as url:
        return [*rows, await _whole_way(url, "PostgreSQL")]


async def _whole_way(url: str, database: str) -> Row:
    async with _server(url) as (host, receiver, query), AsyncExitStack() as stack:
        connections = [await stack.enter_async_context(Connection.open(host)) for _ in range(CONNECTIONS)]

        def requests(path: str) -> list[Ask]:
            return [one.post(f"{path}?{query}", b"", {}) for one in connections]

        async def drained(before: int) -> None:
            async def told() -> bool:
                return _told(receiver) - before >= MESSAGES

            await eventually(told)

        rates: tuple[list[float], list[float]] = ([], [])
        for _ in range(ROUNDS):
            before, began = _told(receiver), time.perf_counter()
            await _spread(requests("/http2sms"))
            await drained(before)
            rates[0].append(MESSAGES / (time.perf_counter() - began))
            began = time.perf_counter()
            await _spread(requests("/bare"))
            rates[1].append(MESSAGES / (time.perf_counter() - began))
    figure, by = map(median, rates)
    scenario = f"whole way, from http2sms to the callback / a bare route's requests ({database})"
    return Row(scenario, f"{figure:,.0f}/s", f"{by:,.0f}/s", figure / by, "0.3")


async def _spread(requests: list[Ask]) -> None:
    """Make so many requests, each connection one after the other."""
    numbers = iter(range(MESSAGES))

    async def keep_asking(ask: Ask) -> None:
        for _ in numbers:
            answer = orjson.loads(await ask())
            assert answer["status"] == 100, answer

    await asyncio.gather(*map(keep_asking, requests))


def _told(receiver: Receiver) -> int:
    return sum(FINAL in request.target for request in receiver.requests)


@asynccontextmanager
async def _server(url: str) -> AsyncIterator[tuple[str, Receiver, str]]:
    """Serve with a worker and a link; give the host, the receiver of callbacks, and the query that sends."""
    settings = Settings(database_url=url, password_memory_kib=32, password_time_cost=1, rate_capacity=10**9)
    database, services = Database(settings.database_url), build_services(settings)
    await database.open()
    await database.migrate()
    async with (
        listening(Smsc(remembers=False)) as smsc,
        receiving(answering(200)) as receiver,
        calling(receiver) as caller,
    ):
        query = await _prepare(services, receiver)
        links = Links(
            services.clock,
            Simulator(services.clock, step_seconds=0),
            validity_seconds=settings.validity_seconds,
            submit_seconds=settings.claim_lease_seconds,
        )
        link = link_settings(smsc, session={"window": 100})
        worker = build_worker(services, links, caller=caller, given=[link])
        worker.start()
        app = Starlette(routes=[*http2sms_routes(services), Route("/bare", _bare, methods=["POST"])])
        try:
            async with serving(app) as host:
                yield host, receiver, query
        finally:
            await worker.stop(grace_seconds=10)
    await services.transactions.drain()
    services.passwords.close()
    await database.close()


async def _prepare(services: Services, receiver: Receiver) -> str:
    world = await World.create(services)
    account = await world.account(credits=10**12)
    user = await world.user(account)
    await User.filter(id=user.id).update(callback_url=receiver.url("/hook"))
    return urlencode(
        {
            "account": account.name, "login": user.login, "password": USER_PASSWORD, "from": "Chappe",
            "to": "+447700900004", "message": "Hello", "noStop": "1", "contentType": "application/json",
        }
    )  # fmt: skip


async def _bare(request: Request) -> Response:
    fields = parse_qs(request.url.query)
    assert fields["message"]
    return PlainTextResponse('{"status":100,"creditLeft":"1987","SmsIds":["10867690"]}')
