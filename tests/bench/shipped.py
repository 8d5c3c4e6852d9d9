"""`chappe serve` as shipped, in a process of its own, loaded from another, in turn with a bare site in a third.

Each round loads both for some seconds. The figures are medians over the rounds, with the spread of their ratio; the
99th percentile and the memory are the server's.
"""

from pathlib import Path
from statistics import median

import httpx
import orjson

from tests.bench.measure import Row
from tests.bench.processes import CONNECTIONS, Site, bare_site, load, served
from tests.bench.surroundings import building, postgres, sending, token_of, tomorrow

ROUNDS = 5
USERS = 50
PAGE = """
query Page($account: String!) {
  users(account: $account, first: 50) {
    nodes { login enabled quota { enabled left assigned } limit { enabled threshold } callback { url } }
  }
}
"""
SMALL = "query Small($account: String!) { account(name: $account) { name creditsLeft } }"


async def run(folder: Path) -> list[Row]:
    """Run the scenarios on databases in a folder."""
    home = folder / "shipped"
    home.mkdir()
    rows = await _rows(f"sqlite://{home}/chappe.db", home, "SQLite")
    async with postgres(folder) as url:
        return [*rows, *await _rows(url, home, "PostgreSQL")]


async def _rows(url: str, home: Path, kind: str) -> list[Row]:
    query, token = await prepare(url)
    with served(url, home) as site, bare_site(url, home) as bare:
        rows = [
            _compared(
                f"http2sms, {CONNECTIONS} connections / a bare route ({kind})",
                (site, site.request(f"/http2sms?{query}")),
                (bare, bare.request(f"/bare?{query}")),
                aim="0.4",
            )
        ]
        for name, text, route, aim in (
            ("page of 50 users", PAGE, "/page", "0.33"),
            ("small query", SMALL, "/small", "0.4"),
        ):
            body = orjson.dumps({"query": text, "variables": {"account": "sms-demo-1"}})
            _check_same(site, bare, route, body, token)
            rows.append(
                _compared(
                    f"{name} / hand-written ({kind})",
                    (site, site.request("/graphql", body, token)),
                    (bare, bare.request(route, body)),
                    aim=aim,
                )
            )
        return rows


async def prepare(url: str) -> tuple[str, str]:
    """Create an account with users; return the query of a sending, and a token."""
    async with building(url) as world:
        account = await world.account(credits=10**12)
        user = await world.user(account)
        for number in range(1, USERS):
            await world.user(account, f"user{number}")
        return sending(account, user, deferred=tomorrow()), await token_of(world, account.holder_id)


def _compared(scenario: str, ours: tuple[Site, bytes], yardstick: tuple[Site, bytes], *, aim: str) -> Row:
    """Load both sites in turn."""
    load(*ours, seconds=1.0)
    rounds = [(load(*ours), load(*yardstick)) for _ in range(ROUNDS)]
    return Row.of_rounds(
        scenario,
        [(figure.rate, by.rate) for figure, by in rounds],
        aim=aim,
        p99=f"{median(figure.p99_ms for figure, _ in rounds):.0f} ms",
        memory=ours[0].memory,
    )


def _check_same(site: Site, bare: Site, route: str, body: bytes, token: str) -> None:
    """Check that both give the same JSON."""
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    own = {**headers, "Authorization": f"Bearer {token}"}
    shown = httpx.post(f"http://{site.name}/graphql", content=body, headers=own).json()
    expected = httpx.post(f"http://{bare.name}{route}", content=body, headers=headers).json()
    assert shown["data"] == expected["data"], (shown, expected)
