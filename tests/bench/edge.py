"""The GraphQL edge: what caches save, and what an attack costs."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import httpx
from starlette.applications import Starlette
from starlette.types import ASGIApp

from server.graphql.schema.schema import accesses, core_schema
from server.graphql.transport.asgi import EdgePolicy, graphql_routes
from server.graphql.transport.documents import DocumentCache
from server.graphql.transport.limits import Limits
from server.graphql.transport.streams import Streams
from server.operations.access.authentication import sign_in_holder
from server.store.database import Database
from server.wiring import build_services
from tests.bench.measure import Row, compare
from tests.factories.accounts.accounts import HOLDER_PASSWORD, World
from tests.factories.graphql.transport.adversarial_documents import MAX_PLAIN, sizes
from tests.factories.graphql.transport.adversarial_documents import plain as plain_document
from tests.factories.running.settings import quick_settings

USERS = 50
PAGE = """
query Page($account: String!) {
  users(account: $account, first: 50) {
    nodes { login enabled quota { enabled left assigned } limit { enabled threshold } }
  }
}
"""
SPREADS = 12
NESTED_SPREADS = (
    "{ ...F0 } "
    + " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(SPREADS))
    + f" fragment F{SPREADS} on Query {{ pttCode(code: 1) {{ code }} }}"
)
DEAREST = (
    "unknown input fields",
    "a long list",
    "one object repeated",
    "fragments side by side",
    "a deep list",
)
STALL_SECONDS = 3.0
ALIASES = "{ " + " ".join(f"a{n}: __typename" for n in range(2_000)) + " }"


async def run(folder: Path) -> list[Row]:
    """Run the scenarios on databases in a folder."""
    rows = await _caches()
    async with _site(f"sqlite://{folder}/bench.db") as site:
        return [*rows, *await _attacks(site)]


@dataclass(frozen=True)
class Site:
    """The GraphQL endpoint, over an account with users."""

    app: ASGIApp
    headers: dict[str, str]


@asynccontextmanager
async def _site(url: str) -> AsyncIterator[Site]:
    settings = quick_settings(url)
    database, services = Database(settings.database.url), build_services(settings)
    await database.open()
    await database.migrate()
    world = await World.create(services)
    account = await world.account(credits=10**9)
    for number in range(USERS):
        await world.user(account, f"user{number}")
    session = await sign_in_holder(
        services, email="holder@example.com", password=HOLDER_PASSWORD, address=None
    )
    app = Starlette(routes=graphql_routes(services, Streams(), EdgePolicy()))
    gc.collect()
    gc.freeze()  # as the server does at its start
    yield Site(app, {"Authorization": f"Bearer {session.secret}"})
    services.passwords.close()
    await database.close()


async def _caches() -> list[Row]:
    cached, numbers = _documents(), iter(range(10**9))
    cached.keep(PAGE, cached.look_over(PAGE))

    async def hit() -> None:
        document = cached.find(PAGE)
        assert document is not None

    async def miss() -> None:
        assert not _documents().look_over(PAGE + f"# {next(numbers)}").errors

    return [await compare("parse and validate, cached / not", hit, miss, aim="over 100")]


async def _attacks(site: Site) -> list[Row]:
    numbers = iter(range(10**9))
    transport = httpx.ASGITransport(site.app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://bench", headers=site.headers
    ) as client:

        async def ask(query: str) -> None:
            # A unique comment keeps each out of the cache, as an attacker would.
            await client.post("/graphql", json={"query": f"{query} # {next(numbers)}"})

        async def plain() -> None:
            await ask("{ pttCode(code: 1) { code } }")

        return [
            await compare(
                "nested fragments / a plain query", lambda: ask(NESTED_SPREADS), plain, aim="over 0.2"
            ),
            await compare("2,000 aliases / a plain query", lambda: ask(ALIASES), plain, aim="over 0.01"),
            *[await _reading(kind) for kind in DEAREST],
            await _stall(ask),
        ]


async def _reading(kind: str) -> Row:
    """Compare checking the most expensive document of a kind with a plain one of its size."""
    dear = sizes(kind)[-1]
    usual = plain_document(min(len(dear), MAX_PLAIN))

    async def look_over(text: str) -> None:
        _documents().look_over(text)

    scenario = f"{kind}, {len(dear):,} characters / a plain document"
    return await compare(scenario, lambda: look_over(dear), lambda: look_over(usual), aim="over 0.33")


async def _stall(ask: Callable[[str], Awaitable[None]]) -> Row:
    """Measure the longest block while strangers send the most expensive documents, eight at a time."""
    documents = cycle([sizes(kind)[-1] for kind in DEAREST])
    worst, until = 0.0, time.perf_counter() + STALL_SECONDS
    # The time of this thread: other programs of the machine take theirs too.

    async def attack() -> None:
        while time.perf_counter() < until:
            await ask(next(documents))

    async def watch() -> None:
        nonlocal worst
        while time.perf_counter() < until:
            began = time.thread_time()
            await asyncio.sleep(0)
            worst = max(worst, time.thread_time() - began)

    await asyncio.gather(watch(), *(attack() for _ in range(8)))
    scenario = "the longest that the loop stands still under eight strangers / 20 ms"
    return Row(scenario, f"{worst * 1_000:.1f} ms", "20 ms", 0.02 / worst, aim="over 1")


def _documents() -> DocumentCache:
    return DocumentCache(core_schema, accesses, Limits(), hide_suggestions=False)
