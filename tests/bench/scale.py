"""Several `chappe serve` on one PostgreSQL, next to one of them.

Each serves on a port of its own, and has a load of its own, on an account of its own; together the loads have 64
connections. `chappe serve` has no setting for several processes: who wants them starts several, and puts a proxy in
front. Nothing is pinned: the servers share all cores with the database and the loads, which take their part too.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import orjson

from tests.bench.measure import Row
from tests.bench.processes import CONNECTIONS, ROUND_SECONDS, Site, found_by, loading, served
from tests.bench.shipped import SMALL
from tests.bench.surroundings import building, postgres, sending, token_of, tomorrow

PROCESSES = (1, 2, 4)
ROUNDS = 3


async def run(folder: Path) -> list[Row]:
    """Run the scenarios on PostgreSQL."""
    home = folder / "scale"
    home.mkdir()
    async with postgres(folder) as url:
        asked: dict[str, list[tuple[str, bytes, str | None]]] = {"http2sms": [], "small query": []}
        async with building(url) as world:
            for number in range(max(PROCESSES)):
                account = await world.account(f"sms-demo-{number + 1}", credits=10**12)
                query = sending(account, await world.user(account), deferred=tomorrow())
                asked["http2sms"].append((f"/http2sms?{query}", b"", None))
                body = orjson.dumps({"query": SMALL, "variables": {"account": account.name}})
                asked["small query"].append(("/graphql", body, await token_of(world, account.holder_id)))
        with ExitStack() as processes:
            sites = [processes.enter_context(served(url, home, pinned=False)) for _ in range(max(PROCESSES))]
            return [row for name, requests in asked.items() for row in _rows(name, sites, requests)]


def _rows(name: str, sites: Sequence[Site], asked: Sequence[tuple[str, bytes, str | None]]) -> list[Row]:
    requests = [(site, site.request(*each)) for site, each in zip(sites, asked, strict=True)]
    _together(requests)
    rounds = [[_together(requests[:count]) for count in PROCESSES] for _ in range(ROUNDS)]
    return [
        Row.of_rounds(
            f"{name}, {count} processes / one (PostgreSQL)",
            [(figures[at][0], figures[0][0]) for figures in rounds],
            aim="the cores there are",
            p99=f"{median(figures[at][1] for figures in rounds):.0f} ms",
            memory=sites[0].memory,
        )
        for at, count in enumerate(PROCESSES)
        if count > 1
    ]


def _together(requests: Sequence[tuple[Site, bytes]]) -> tuple[float, float]:
    """Load sites at once; return their rates' sum and the longest 99th percentile."""
    with ExitStack() as stack:
        loads = [
            stack.enter_context(
                loading(site, request, ROUND_SECONDS, CONNECTIONS // len(requests), pinned=False)
            )
            for site, request in requests
        ]
        found = [found_by(each) for each in loads]
    return sum(each.rate for each in found), max(each.p99_ms for each in found)
