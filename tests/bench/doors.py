"""Sends and sign-ins at their worst times, with `chappe serve` as shipped: none may be refused.

Cold: the first 200 sends after a start, at once, next to the next 200. Steady: the slowest 3 seconds next to the median
3, for `BENCH_STEADY_SECONDS` (30 by default). Flood: sends, and a holder that signs in again and again, while 500 wrong
sign-ins a second arrive from as many networks, next to the same without them. Restart: sends after the server was ended
(SIGTERM) and started again under load, next to those before.
"""

import os
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

import orjson

from tests.bench.connection import request_bytes
from tests.bench.flood import SIGN_IN
from tests.bench.load import Found
from tests.bench.measure import Row
from tests.bench.processes import (
    CONNECTIONS,
    Site,
    found_by,
    free_port,
    helper,
    load,
    loading,
    served,
    shipped,
)
from tests.bench.surroundings import building, sending, tomorrow
from tests.factories.accounts.accounts import HOLDER_PASSWORD

AT_ONCE = 200
STEADY_SECONDS, WINDOW = int(os.environ.get("BENCH_STEADY_SECONDS", "30")), 3
FLOOD_RATE, FLOOD_ROUNDS, FLOOD_SECONDS = 500, 2, 3.0
RESTART_SECONDS, BEFORE_SECONDS = 14.0, 4
PROXY = {"CHAPPE_TRUSTED_PROXIES": "127.0.0.1"}
"""Each request says from where it comes."""


async def run(folder: Path) -> list[Row]:
    """Run the scenarios on a SQLite database in a folder."""
    home = folder / "doors"
    home.mkdir()
    url = f"sqlite://{home}/chappe.db"
    async with building(url) as world:
        account = await world.account(credits=10**12)
        path = f"/http2sms?{sending(account, await world.user(account), deferred=tomorrow())}"
    with served(url, home, PROXY) as site:
        send = _request(site, path)
        first, second = (load(site, send, 60.0, connections=AT_ONCE, requests=AT_ONCE) for _ in range(2))
        rows = [
            _row("the first 200 sends after a start / the next 200", first.rate, second.rate, "0.5", first),
            _steady(site, send),
        ]
        rows += _flooded(site, send)
    return [*rows, _restarted(url, home, path)]


def _request(site: Site, path: str, body: bytes = b"", address: str = "192.0.2.1") -> bytes:
    return request_bytes(site.name, path, body, {"X-Forwarded-For": address})


def _sign_in(site: Site) -> bytes:
    credentials = {"holder": {"email": "holder@example.com", "password": HOLDER_PASSWORD}}
    body = orjson.dumps({"query": SIGN_IN, "variables": {"input": credentials}})
    return _request(site, "/graphql", body, "192.0.2.2")


def _row(scenario: str, figure: float, yardstick: float, aim: str, found: Found) -> Row:
    return Row(
        scenario, f"{figure:,.0f}/s", f"{yardstick:,.0f}/s", figure / yardstick, aim,
        p99=f"{found.p99_ms:.0f} ms", refused=str(found.refused),
    )  # fmt: skip


def _steady(site: Site, send: bytes) -> Row:
    found = load(site, send, float(STEADY_SECONDS))
    rates = [
        sum(found.counts[at : at + WINDOW]) / WINDOW for at in range(0, STEADY_SECONDS - WINDOW + 1, WINDOW)
    ]
    scenario = f"steady sends for {STEADY_SECONDS} s, slowest 3 s / median 3 s"
    return _row(scenario, min(rates), median(rates), "0.8", found)


def _flooded(site: Site, send: bytes) -> list[Row]:
    """Load alone, then in one flood: what it leaves behind is worked off for half a minute."""
    asked = {
        f"sends, {CONNECTIONS} connections,": (send, CONNECTIONS),
        "sign-ins, one after the other,": (_sign_in(site), 1),
    }
    alone = {name: [_measured(site, *each) for _ in range(FLOOD_ROUNDS)] for name, each in asked.items()}
    with helper("flood", site.name) as flood:
        flood.ask({"rate": FLOOD_RATE, "seconds": 60.0})
        time.sleep(1.0)
        flooded = {
            name: [_measured(site, *each) for _ in range(FLOOD_ROUNDS)] for name, each in asked.items()
        }
        arrived = flood.ask({})
    assert arrived["rate"] > FLOOD_RATE * 0.9, arrived
    return [
        Row.of_rounds(
            f"{name} while {FLOOD_RATE} wrong sign-ins a second arrive / alone",
            [(found.rate, by.rate) for found, by in zip(flooded[name], alone[name], strict=True)],
            aim="0.5",
            p99=f"{median(found.p99_ms for found in flooded[name]):.0f} ms",
            memory=site.memory,
            refused=str(sum(found.refused + found.unanswered for found in flooded[name])),
        )
        for name in asked
    ]


def _measured(site: Site, request: bytes, connections: int) -> Found:
    with loading(site, request, FLOOD_SECONDS, connections) as process:
        return found_by(process, may_refuse=True)


def _restarted(url: str, home: Path, path: str) -> Row:
    """Restart the server under load, on its port."""
    settings = {**PROXY, "CHAPPE_PORT": str(free_port())}
    with shipped("serve", url, home, settings) as process:
        site = Site.of(process)
        send = _request(site, path)
        load(site, send, 1.0)
        with loading(site, send, RESTART_SECONDS) as sender:
            time.sleep(BEFORE_SECONDS + 1.0)
            process.terminate()
            with shipped("serve", url, home, settings) as again:
                Site.of(again)
                back = time.monotonic()
                found = found_by(sender, may_refuse=True)
    before = median(found.counts[:BEFORE_SECONDS])
    after = median(found.counts[int(back - found.began) + 1 :])
    row = _row("sends after a restart under load / before", after, before, "0.8", found)
    return replace(row, refused=f"{found.refused} ({found.unanswered} lost)")
