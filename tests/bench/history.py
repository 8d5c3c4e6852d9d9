"""Pages, filters and statistics of a million messages, next to the same of a thousand.

Two `chappe serve` as shipped, on databases that differ in their number of messages: of the same 10 users, in the same
30 days, and such that each page has as many entries in both. One client asks each in turn and waits for the answer.
"""

import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import httpx
import orjson

from server.kit.clock import DAY_US
from server.operations.statistics.rebuilding import rebuild_statistics
from server.store.models import Account, User
from server.store.sql import fetch, is_sqlite
from server.store.writing import insert, new
from tests.bench.fan_out import ACCOUNT
from tests.bench.measure import Row
from tests.bench.processes import Site, load, served
from tests.bench.surroundings import building, postgres, token_of

MILLION, THOUSAND = 1_000_000, 1_000
USERS, DAYS = 10, 30
FEW = 20
"""So many messages have the tag that few have."""
ROUNDS, ROUND_SECONDS = 3, 0.3
FIRST_US = (time.time_ns() // 1_000 // DAY_US - DAYS) * DAY_US
AIM = "1.2"

LIST = """messages(account: "%s", first: 50%s) {
  nodes { id number userLogin receiver body status parts credits createdAt } pageInfo { hasNextPage endCursor }
}"""
SUMS = "messages parts credits refunded delivered failed notBilled pending"

# The numbers are primes: what they multiply is spread as if by chance, and the same each time.
_INSERT = """
    INSERT INTO messages (
        id, account_id, user_id, user_login, batch_id, sender, receiver, country, body, coding, parts, credits, tag,
        from_quota, created_at_us, bears_clause, due_at_us, state, attempts, outcome_unknown, confidential,
        times_unknown, times_refused, status, ptt, status_changed_at_us
    )
    WITH RECURSIVE numbers (n) AS (
        SELECT CAST({first:d} AS BIGINT) UNION ALL SELECT n + 1 FROM numbers WHERE n < {last:d}
    ),
    drawn AS (
        SELECT n, n * 7919 % {users:d} AS place, n * 104729 % 100 AS chance, {begin:d} + n * {gap:d} AS at_us,
               n * 15485863 % 1000 AS luck
        FROM numbers
    )
    SELECT n, {account:d}, users.id, users.login, n, 'Chappe', '+336' || (10000000 + n % ({count:d} / 50)), 'FR', 'Hello',
           'GSM_7BIT', 1 + n % 2, 1000 * (1 + n % 2), CASE WHEN n % ({count:d} / {few:d}) = 0 THEN 'few' END, FALSE,
           at_us, FALSE, at_us, 'ended', 1, FALSE, FALSE, 0, 0,
           CASE WHEN chance < 90 THEN 1 WHEN chance < 97 THEN 2 ELSE 16 END,
           CASE WHEN chance < 90 THEN 4 WHEN chance < 92 THEN 24 WHEN chance < 94 THEN 23 WHEN chance < 97 THEN 5
                ELSE 25 END,
           at_us + CASE WHEN luck < 900 THEN 2000000 + luck * 10000 ELSE luck * luck * 10000 END
    FROM drawn JOIN users ON users.account_id = {account:d} AND users.login = 'user' || place
"""


async def run(folder: Path) -> list[Row]:
    """Run the scenarios on databases in a folder."""
    home = folder / "history"
    home.mkdir()
    urls = {count: f"sqlite://{home}/{count}.db" for count in (MILLION, THOUSAND)}
    rows = await _rows(urls, home, "SQLite")
    async with postgres(folder) as million, postgres(folder, "chappe_bench_thousand") as thousand:
        return [*rows, *await _rows({MILLION: million, THOUSAND: thousand}, home, "PostgreSQL")]


async def _rows(urls: Mapping[int, str], home: Path, kind: str) -> list[Row]:
    tokens = {count: await _fill(url, count) for count, url in urls.items()}
    with ExitStack() as processes:
        sites = {count: processes.enter_context(served(url, home)) for count, url in urls.items()}
        queries = {count: _queries(site, tokens[count]) for count, site in sites.items()}
        return [
            _row(
                f"{name}, of a million messages / of a thousand ({kind})",
                *(
                    (
                        sites[count],
                        sites[count].request("/graphql", _body(queries[count][name]), tokens[count]),
                    )
                    for count in (MILLION, THOUSAND)
                ),
            )
            for name in queries[MILLION]
        ]


def _row(scenario: str, many: tuple[Site, bytes], few: tuple[Site, bytes]) -> Row:
    for side in (many, few):
        load(*side, 0.1, connections=1)
    rounds, slowest = [], []
    for _ in range(ROUNDS):
        figure, by = (load(*side, ROUND_SECONDS, connections=1) for side in (many, few))
        rounds.append((1_000 / figure.rate, 1_000 / by.rate))
        slowest.append(figure.p99_ms)
    return Row.of_rounds(
        scenario,
        rounds,
        aim=f"at most {AIM}",
        unit=" ms",
        p99=f"{median(slowest):.0f} ms",
        memory=many[0].memory,
    )


def _queries(site: Site, token: str) -> dict[str, str]:
    """Return what is asked, by name."""
    middle, tenth = _date(DAYS / 2), _date(DAYS / 2 + DAYS / 10)
    span = f'from: "{_date(0)}", to: "{_date(DAYS)}"'
    found = _ask(site, token, _messages(f', filter: {{ createdBefore: "{middle}" }}'))
    cursor = found["messages"]["pageInfo"]["endCursor"]
    of_account = {
        "statistics by day": f"statistics({span}, by: DAY) {{ start {SUMS} }}",
        "statistics by user": f"statisticsByUser({span}, first: 100) {{ login {SUMS} }}",
        "ptt shares": f"pttShares({span}) {{ messages share ptt {{ code }} }}",
        "delivery times by day": f"deliveryTimes({span}, by: DAY) {{ start delivered medianSeconds p95Seconds }}",
    }
    return {
        "first page": _messages(""),
        "a page in the middle": _messages(f', after: "{cursor}"'),
        "filter by user": _messages(', filter: { login: "user3" }'),
        "filter by status": _messages(", filter: { status: [FAILED] }"),
        "filter by time": _messages(f', filter: {{ createdAfter: "{middle}", createdBefore: "{tenth}" }}'),
        "filter by a tag that few have": _messages(', filter: { tag: "few" }'),
        "search for a phone": _messages(', filter: { receiver: "+33610000007" }'),
        **{
            name: f'{{ account(name: "{ACCOUNT}") {{ {selection} }} }}'
            for name, selection in of_account.items()
        },
    }


def _messages(arguments: str) -> str:
    return f"{{ {LIST % (ACCOUNT, arguments)} }}"


def _body(query: str) -> bytes:
    return orjson.dumps({"query": query})


def _ask(site: Site, token: str, query: str) -> dict[str, dict[str, dict[str, str]]]:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    found = httpx.post(f"http://{site.name}/graphql", content=_body(query), headers=headers).json()
    assert "errors" not in found, found
    data: dict[str, dict[str, dict[str, str]]] = found["data"]
    return data


def _date(days: float) -> str:
    """Return the time so long after the first message."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime((FIRST_US + days * DAY_US) / 1_000_000))


async def _fill(url: str, count: int) -> str:
    """Write so many messages, as fast as the database can; return a token of who may see them."""
    async with building(url) as world:
        if is_sqlite():
            await fetch("PRAGMA synchronous = OFF")
        account: Account = await world.account()
        logins = [f"user{number}" for number in range(USERS)]
        await insert(
            [
                new(
                    User,
                    account_id=account.id,
                    login=login,
                    login_key=login,
                    password_hash="",
                    created_at_us=0,
                )
                for login in logins
            ]
        )
        gap = DAYS * DAY_US // count
        for first in range(0, count, MILLION // 10):
            last = min(first + MILLION // 10, count) - 1
            await fetch(
                _INSERT.format(
                    first=first,
                    last=last,
                    count=count,
                    users=USERS,
                    few=FEW,
                    begin=FIRST_US,
                    gap=gap,
                    account=account.id,
                )
            )
        await rebuild_statistics(world.services, account.id, progress=lambda _: None)
        await fetch("ANALYZE")
        return await token_of(world, account.holder_id)
