"""How long the largest requests within the bounds hold the event loop without a break.

`chappe serve` as shipped, in a separate process that records the thread time of each callback and each pass
of its loop: see `timed_server`.
"""

import asyncio
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import orjson
from graphql import get_introspection_query

from server.graphql.transport.limits import Limits
from server.operations.access.authentication import sign_in_holder
from server.settings import Settings
from server.store.database import Database
from server.wiring import build_services
from tests.bench.measure import Row
from tests.bench.timed_server import FILE, MIN_MS
from tests.factories.accounts.accounts import HOLDER_PASSWORD, World
from tests.factories.cli.processes import started
from tests.factories.store.population import populate

ACCOUNTS, EACH = 98, 100
AIM_MS = 20.0
ROUNDS = 3
SETTLE_SECONDS = 0.2

_LEAVES = "id number userLogin sender receiver body coding parts credits"
_MANY_LEAVES = (
    f"{_LEAVES} messageClass tag createdAt deferredUntil heldUntil link sentAt status statusChangedAt"
)
_MESSAGE = {"account": "sms-demo-1", "sender": "Chappe", "text": "Hello"}
_RECEIVERS = [f"+447700{number:06d}" for number in range(1_000)]
_SEND = (
    "mutation($input: SendMessageInput!) "
    f"{{ sendMessage(input: $input) {{ receivers {{ code message {{ {_MANY_LEAVES} }} }} }} }}"
)
_CODES = "query($codes: [Int!]) { pttCodes(codes: $codes) { code } }"


def _pages(accounts: int, list_: str) -> str:
    return f"{{ accounts(first: {accounts}) {{ nodes {{ {list_} }} }} }}"


def _messages(selection: str) -> str:
    return f"messages(first: 99) {{ nodes {{ {selection} }} }}"


REQUESTS: dict[str, tuple[str, Mapping[str, Any]]] = {
    "98 pages of messages": (_pages(98, _messages(_LEAVES)), {}),
    "49 pages of messages with all leaves": (_pages(49, _messages(_MANY_LEAVES)), {}),
    "49 pages of messages with their account": (_pages(49, _messages("account { id }")), {}),
    "49 pages of messages with their callbacks": (_pages(49, _messages("callbackDeliveries { id }")), {}),
    "49 pages of users with quotas": (_pages(49, "users(first: 99) { nodes { login quota { left } } }"), {}),
    "49 pages of the ledger": (_pages(49, "creditEntries(first: 99) { edges { node { id } } }"), {}),
    "49 pages of the audit trail": (_pages(49, "auditEntries(first: 99) { edges { node { id } } }"), {}),
    "hours of 13 accounts": (
        _pages(
            13, 'statistics(from: "2026-11-01T00:00:00Z", to: "2026-12-01T00:00:00Z", by: HOUR) { parts }'
        ),
        {},
    ),
    "the whole schema": (get_introspection_query(input_value_deprecation=True), {}),
    "1,000 codes": (_CODES, {"codes": list(range(1_000))}),
    "2,490 values": (_CODES, {"codes": ["x"] * 2_490}),
    "an estimate of 1,000 receivers": (
        "query($input: EstimateMessageInput!) { estimateMessage(input: $input) { receivers { country code } } }",
        {"input": {**_MESSAGE, "receivers": _RECEIVERS}},
    ),
    "a message to 1,000 receivers": (
        _SEND,
        {"input": {**_MESSAGE, "receivers": _RECEIVERS}},
    ),
}


async def run(folder: Path) -> list[Row]:
    """Run the scenarios on a SQLite database in a folder."""
    home = folder / "loop"
    home.mkdir()
    pieces = home / "pieces"
    pieces.touch()
    url = f"sqlite://{home}/chappe.db"
    environment = {
        "CHAPPE_DATABASE_URL": url, "CHAPPE_PORT": "0", "CHAPPE_RATE_CAPACITY": str(10**9), FILE: str(pieces),
    }  # fmt: skip
    headers = {"Authorization": f"Bearer {await _prepare(url)}", "Content-Type": "application/json"}
    program = [sys.executable, "-m", "tests.bench.timed_server"]
    root = {"PYTHONPATH": str(Path(__file__).parents[2])}
    rows = []
    with started("serve", environment=environment | root, folder=home, program=program) as process:
        async with httpx.AsyncClient(base_url=process.url(), headers=headers, timeout=120) as client:
            for name, (query, variables) in REQUESTS.items():
                longest = [await _longest(client, pieces, query, variables) for _ in range(ROUNDS)]
                rows.append(_row(name, max(longest)))
    return rows


async def _prepare(url: str) -> str:
    """Fill a database; return the secret of a session that can see all of it."""
    settings = Settings(database={"url": url})
    database, services = Database(url), build_services(settings)
    await database.open()
    await database.migrate()
    world = await World.create(services)
    await world.account(credits=10**12)
    await populate(world, accounts=ACCOUNTS, each=EACH)
    session = await sign_in_holder(
        services, email="holder@example.com", password=HOLDER_PASSWORD, address=None
    )
    await services.drain()
    services.passwords.close()
    await database.close()
    return session.secret


async def _longest(
    client: httpx.AsyncClient, pieces: Path, query: str, variables: Mapping[str, Any]
) -> float:
    """Make a request, and return the milliseconds of the longest pass of the loop meanwhile."""
    if query == _SEND:
        variables = {"input": {**variables["input"], "idempotencyKey": secrets.token_hex(8)}}
    before = len(_read(pieces))
    answer = await client.post("/graphql", content=orjson.dumps({"query": query, "variables": variables}))
    cost = answer.json().get("extensions", {}).get("cost")
    assert cost, answer.text
    assert cost["requested"] <= Limits().cost
    await asyncio.sleep(SETTLE_SECONDS)
    lines = _read(pieces)[before:].splitlines()
    return max((float(line.partition("\t")[0]) for line in lines), default=MIN_MS)


def _read(pieces: Path) -> str:
    return pieces.read_text()


def _row(name: str, longest: float) -> Row:
    scenario = f"the longest that the loop is held by {name} / 20 ms"
    return Row(scenario, f"{longest:.1f} ms", f"{AIM_MS:.0f} ms", AIM_MS / longest, "over 1")
