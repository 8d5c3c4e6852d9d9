"""The way of a message: by http2sms, over SMPP, to its receipt, its callback and its event at a listener.

`chappe serve` and, on PostgreSQL, `chappe worker` beside it, as shipped, on one core; the load, the operator, the
endpoint of callbacks and the listener, each in a process of its own, on the other. A round sends some messages and ends
when the endpoint and the listener have heard of the end of each. The yardstick is a bare route that parses the same
fields and answers as much.
"""

import time
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from server.store.models import User
from tests.bench.fan_out import follow
from tests.bench.measure import Row
from tests.bench.processes import Helper, Site, bare_site, helper, load, served, working
from tests.bench.surroundings import building, postgres, sending, token_of

MESSAGES = 2_000
ROUNDS = 3
DELIVERED = '"status":"SUCCESS"'
LINK = "smpp://user:password@127.0.0.1:{}?window=100&perSecond=1000&binds=4"
PATIENCE_SECONDS, LOOK_SECONDS = 60.0, 0.1


async def run(folder: Path) -> list[Row]:
    """Run the scenario on databases in a folder."""
    home = folder / "whole-way"
    home.mkdir()
    with helper("far_ends", "operator") as operator, helper("far_ends", "endpoint") as endpoint:
        rows = [await _row(f"sqlite://{home}/chappe.db", home, "SQLite", operator, endpoint)]
        async with postgres(folder) as url:
            return [*rows, await _row(url, home, "PostgreSQL", operator, endpoint)]


async def _row(url: str, home: Path, kind: str, operator: Helper, endpoint: Helper) -> Row:
    port = endpoint.ask({})["port"]
    settings = {
        "CHAPPE_SMPP_URL": LINK.format(operator.ask({})["port"]),
        "CHAPPE_CALLBACK_ALLOWED_NETWORKS": "127.0.0.0/8",
        "CHAPPE_CALLBACK_ALLOWED_PORTS": str(port),
    }
    async with building(url) as world:
        account = await world.account(credits=10**12)
        user = await world.user(account)
        await User.filter(id=user.id).update(callback_url=f"http://127.0.0.1:{port}/hook")
        query, token = sending(account, user), await token_of(world, account.holder_id)
    with ExitStack() as processes:
        site = processes.enter_context(served(url, home, settings))
        if kind == "PostgreSQL":
            processes.enter_context(working(url, home, settings))
        bare = processes.enter_context(bare_site(url, home))
        listener = processes.enter_context(helper("listeners"))
        follow(listener, site, 1, [token], counts=DELIVERED)
        _through(site, query, [endpoint, listener], 100)
        rounds, slowest = [], []
        for _ in range(ROUNDS):
            ended, p99_ms = _through(site, query, [endpoint, listener], MESSAGES)
            rounds.append((ended, load(bare, bare.request(f"/bare?{query}"), seconds=1.0).rate))
            slowest.append(p99_ms)
        return Row.of_rounds(
            f"whole way, from http2sms to callback and event / a bare route ({kind})", rounds, aim="0.3",
            p99=f"{median(slowest):.0f} ms", memory=site.memory,
        )  # fmt: skip


def _through(site: Site, query: str, ends: list[Helper], messages: int) -> tuple[float, float]:
    """Send messages; return how many a second got to the end of their way, and the 99th percentile of the answers."""
    before = [end.ask({})["count"] for end in ends]
    loaded = load(site, site.request(f"/http2sms?{query}"), seconds=PATIENCE_SECONDS, requests=messages)
    until = time.monotonic() + PATIENCE_SECONDS
    while any(
        (found := end.ask({}))["count"] < count + messages for end, count in zip(ends, before, strict=True)
    ):
        assert time.monotonic() < until, found
        time.sleep(LOOK_SECONDS)
    latest = max(end.ask({})["latest"] for end in ends)
    return messages / (latest - loaded.began), loaded.p99_ms
