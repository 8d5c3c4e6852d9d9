"""Mutations over GraphQL, next to the statements that they need, by the database's driver alone.

`chappe serve` as shipped, asked by one client that waits for each answer, in turn with the driver in a process on the
same core.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import orjson

from tests.bench.fan_out import ACCOUNT
from tests.bench.measure import Row
from tests.bench.processes import Helper, Site, helper, load, served
from tests.bench.surroundings import building, postgres, token_of

ROUNDS, ROUND_SECONDS, DRIVER_SECONDS = 5, 1.5, 0.5
QUOTA = """
mutation ($input: SetUserQuotaInput!) {
  setUserQuota(input: $input) { user { login quota { enabled left } } userErrors { code } }
}
"""
SEND = """
mutation ($input: SendMessageInput!) {
  sendMessage(input: $input) { receivers { code message { id } } credits userErrors { code } }
}
"""
LATER = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
"""No worker takes it up meanwhile."""
INPUTS = {
    "setUserQuota": (
        QUOTA, {"account": ACCOUNT, "login": "script", "enabled": True, "credits": "@@@@@@@@"}, "quota", "3"
    ),
    "sendMessage to 1,000 receivers": (
        SEND,
        {
            "account": ACCOUNT, "sender": "Chappe", "text": "Hello", "idempotencyKey": "@@@@@@@@", "deferredUntil": LATER,
            "receivers": [f"+447700{900_000 + number}" for number in range(1_000)],
        },
        "messages", "4",
    ),
}  # fmt: skip
"""By what is measured: the mutation, its input, the driver's work, and at most how many times its time is the aim."""


async def run(folder: Path) -> list[Row]:
    """Run the scenarios on databases in a folder."""
    home = folder / "writes"
    home.mkdir()
    rows = await _rows(f"sqlite://{home}/chappe.db", home, "SQLite")
    async with postgres(folder) as url:
        return [*rows, *await _rows(url, home, "PostgreSQL")]


async def _rows(url: str, home: Path, kind: str) -> list[Row]:
    async with building(url) as world:
        account = await world.account(credits=10**12)
        await world.user(account)
        token = await token_of(world, account.holder_id)
    with served(url, home) as site, helper("driver", url, core=0) as driver:
        return [
            _row(
                f"{name} / by the driver alone ({kind})", site,
                site.request("/graphql", orjson.dumps({"query": text, "variables": {"input": given}}), token),
                driver, work, aim,
            )
            for name, (text, given, work, aim) in INPUTS.items()
        ]  # fmt: skip


def _row(scenario: str, site: Site, request: bytes, driver: Helper, work: str, aim: str) -> Row:
    load(site, request, 1.0, connections=1)
    driver.ask({"work": work, "seconds": 0.5})
    rounds, slowest = [], []
    for _ in range(ROUNDS):
        loaded = load(site, request, ROUND_SECONDS, connections=1)
        rounds.append((1_000 / loaded.rate, driver.ask({"work": work, "seconds": DRIVER_SECONDS})["ms"]))
        slowest.append(loaded.p99_ms)
    return Row.of_rounds(
        scenario,
        rounds,
        aim=f"at most {aim}",
        unit=" ms",
        p99=f"{median(slowest):.0f} ms",
        memory=site.memory,
    )
