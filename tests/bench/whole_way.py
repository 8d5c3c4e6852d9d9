"""The way of a message: by URL, over SMPP, to its receipt and callback.

The yardstick is a bare route that parses the same fields and answers as much. Everything shares one process,
including the operator and the callbacks' endpoint.
"""

import asyncio
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import parse_qs, urlencode

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from server.gateways.simulator import Simulator
from server.operations.core.services import Services
from server.store.database import Database
from server.store.models import User
from server.web.http2sms.routes import http2sms_routes
from server.wiring import build_services, build_worker
from server.workers.loops import Loops
from tests.bench.connection import Connection
from tests.bench.measure import Row
from tests.bench.surroundings import postgres
from tests.client import serving
from tests.factories.accounts.accounts import USER_PASSWORD, World
from tests.factories.dispatch.linked_worker import link_settings, smpp_pool
from tests.factories.gateways.smpp.smsc import Smsc
from tests.factories.gateways.smpp.smsc import running as listening
from tests.factories.outbound.endpoints import Endpoint, answering, running_endpoint
from tests.factories.outbound.endpoints import Request as HookRequest
from tests.factories.outbound.webhook_client import calling
from tests.factories.running.settings import quick_settings
from tests.factories.running.waiting import eventually

MESSAGES = 3_000
CONNECTIONS = 64
ROUNDS = 3
FINAL = "description=1&"

Ask = Callable[[], Awaitable[bytes]]


async def run(folder: Path) -> list[Row]:
    """Run the scenario on databases in a folder."""
    rows = await _rows(f"sqlite://{folder}/whole.db", "SQLite")
    with postgres(folder) as url:
        return [*rows, *await _rows(url, "PostgreSQL")]


async def _rows(url: str, database: str) -> list[Row]:
    async with _server(url) as way:

        async def rate(path: str, *, drained: bool = False) -> float:
            """Return how many requests are answered per second, or how many messages reach their end."""
            async with AsyncExitStack() as stack:
                connections = [
                    await stack.enter_async_context(Connection.open(way.host)) for _ in range(CONNECTIONS)
                ]
                began = time.perf_counter()
                await _spread([connection.post(f"{path}?{way.query}", b"", {}) for connection in connections])
                way.sent += MESSAGES * (path != "/bare")
                if drained:
                    await eventually(way.is_drained)
                return MESSAGES / (time.perf_counter() - began)

        ended, bare = [], []
        way.worker.start()
        for _ in range(ROUNDS):
            bare.append(await rate("/bare"))
            ended.append(await rate("/http2sms", drained=True))
    figure, by = median(ended), median(bare)
    scenario = (
        f"whole way, from http2sms to the callback / a bare route's requests ({database}, in one process)"
    )
    return [Row(scenario, f"{figure:,.0f}/s", f"{by:,.0f}/s", figure / by, "0.3")]


async def _spread(requests: list[Ask]) -> None:
    """Make these requests, one after the other on each connection."""
    numbers = iter(range(MESSAGES))

    async def keep_asking(ask: Ask) -> None:
        for _ in numbers:
            answer = orjson.loads(await ask())
            assert answer["status"] == 100, answer

    await asyncio.gather(*map(keep_asking, requests))


@dataclass
class _Way:
    """The target and fields of requests, the worker, and the number of messages whose end was reported."""

    host: str
    query: str
    worker: Loops
    sent: int = 0
    told: int = 0

    async def is_drained(self) -> bool:
        """Tell whether all messages have reached their end."""
        return self.told >= self.sent


@asynccontextmanager
async def _server(url: str) -> AsyncIterator[_Way]:
    """Serve, with a link and a worker that is not started yet."""
    settings = quick_settings(url)
    database, services = Database(settings.database.url), build_services(settings)
    await database.open()
    await database.migrate()
    answer = answering(200)

    async def count(request: HookRequest, reader: StreamReader, writer: StreamWriter) -> None:
        way.told += FINAL in request.target
        endpoint.requests.clear()
        await answer(request, reader, writer)

    async with (
        listening(Smsc(remembers=False)) as smsc,
        running_endpoint(count) as endpoint,
        calling(endpoint) as caller,
    ):
        links = smpp_pool(
            services.clock,
            Simulator(services.clock, step_seconds=0),
            validity_seconds=settings.messages.validity_seconds,
            lease_seconds=settings.messages.claim_lease_seconds,
        )
        link = link_settings(smsc, session={"window": 100})
        worker = build_worker(services, links, caller=caller, given=[link])
        app = Starlette(routes=[*http2sms_routes(services), Route("/bare", _bare, methods=["POST"])])
        try:
            async with serving(app) as host:
                way = _Way(host, await _prepare(services, endpoint), worker)
                yield way
        finally:
            await worker.stop(grace_seconds=10)
            await services.drain()
            services.passwords.close()
            await database.close()


async def _prepare(services: Services, endpoint: Endpoint) -> str:
    world = await World.create(services)
    account = await world.account(credits=10**12)
    user = await world.user(account)
    await User.filter(id=user.id).update(callback_url=endpoint.url("/hook"))
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
