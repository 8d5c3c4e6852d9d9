"""What the line of each request costs: the same load on `chappe serve` as shipped, and on one that logs no requests."""

from contextlib import ExitStack
from pathlib import Path
from statistics import median

import orjson

from tests.bench.measure import Row
from tests.bench.processes import Site, load, served
from tests.bench.shipped import SMALL, prepare

ROUNDS = 5


async def run(folder: Path) -> list[Row]:
    """Run the scenario on two SQLite databases in a folder."""
    with ExitStack() as processes:
        logging, silent = [
            await _requests(folder / f"log-{level}", level, processes) for level in ("info", "warning")
        ]
        return [_row(name, logging[name], silent[name]) for name in logging]


async def _requests(home: Path, level: str, processes: ExitStack) -> dict[str, tuple[Site, bytes]]:
    home.mkdir()  # noqa: ASYNC240 nobody waits for it
    url = f"sqlite://{home}/chappe.db"
    query, token = await prepare(url)
    site = processes.enter_context(served(url, home, {"CHAPPE_LOG_LEVEL": level}))
    body = orjson.dumps({"query": SMALL, "variables": {"account": "sms-demo-1"}})
    return {
        "http2sms": (site, site.request(f"/http2sms?{query}")),
        "small query": (site, site.request("/graphql", body, token)),
    }


def _row(name: str, logging: tuple[Site, bytes], silent: tuple[Site, bytes]) -> Row:
    for side in (logging, silent):
        load(*side, seconds=1.0)
    rounds = [(load(*logging), load(*silent)) for _ in range(ROUNDS)]
    return Row.of_rounds(
        f"{name} with its line in the log / without (SQLite)",
        [(figure.rate, by.rate) for figure, by in rounds],
        aim="0.97",
        p99=f"{median(figure.p99_ms for figure, _ in rounds):.0f} ms",
        memory=logging[0].memory,
    )
