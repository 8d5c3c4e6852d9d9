"""Statistics of many messages, beside the same ones counted from the messages (docs/adr/0015).

`python -m tests.bench.statistics` takes a million messages of 2,000 users in 30 days, `make bench` a tenth of them.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from server.kit.clock import DAY_US
from server.operations.core.services import Services
from server.operations.statistics.rebuilding import rebuild_statistics
from server.settings import Settings
from server.store.database import Database
from server.store.models import Account, User
from server.store.sql import fetch, is_sqlite
from server.store.writing import insert, new
from server.wiring import build_services
from tests.bench.measure import Row
from tests.bench.surroundings import postgres
from tests.factories.accounts.accounts import World
from tests.factories.graphql.api import Api

USERS, DAYS = 2_000, 30
MILLION = 1_000_000
FIRST_US = 1_788_220_800_000_000  # 1 September 2026, 00:00 UTC
TIMES = 7
"""So often each query is asked; the best time counts, since other work of the machine can only add to it."""

SPAN = 'from: "2026-09-01T00:00:00Z", to: "2026-10-01T00:00:00Z"'
KOLKATA = 'from: "2026-08-31T18:30:00Z", to: "2026-09-30T18:30:00Z"'
SUMS = "messages parts credits refunded delivered failed notBilled pending"
QUERIES = {
    "statistics by day": f"statistics({SPAN}, by: DAY) {{ start {SUMS} }}",
    "statistics by day of Kolkata": f'statistics({KOLKATA}, by: DAY, timeZone: "Asia/Kolkata") {{ start {SUMS} }}',
    "statistics by hour": f"statistics({SPAN}, by: HOUR) {{ start {SUMS} }}",
    "statisticsByUser": f"statisticsByUser({SPAN}, first: 100) {{ login {SUMS} }}",
    "statisticsByUser, edges off the day": f"statisticsByUser({KOLKATA}, first: 100) {{ login {SUMS} }}",
    "pttShares": f"pttShares({SPAN}) {{ messages share ptt {{ code }} }}",
    "deliveryTimes by day": f"deliveryTimes({SPAN}, by: DAY) {{ start delivered medianSeconds p95Seconds }}",
    "deliveryTimes by day of Kolkata": (
        f'deliveryTimes({KOLKATA}, by: DAY, timeZone: "Asia/Kolkata") '
        "{ start delivered medianSeconds p95Seconds }"
    ),
}

# The numbers are primes: what they multiply is spread as if by chance, and the same each time.
_INSERT = """
    INSERT INTO messages (
        id, account_id, user_id, user_login, batch_id, sender, receiver, country, body, coding, parts, credits,
        from_quota, created_at_us, bears_clause, due_at_us, state, attempts, outcome_unknown, confidential,
        times_unknown, times_refused, status, ptt, status_changed_at_us
    )
    WITH RECURSIVE numbers (n) AS (SELECT CAST({first:d} AS BIGINT) UNION ALL SELECT n + 1 FROM numbers WHERE n < {last:d}),
    drawn AS (
        SELECT n, n * 7919 % {users:d} + 1 AS place, n * 104729 % 100 AS chance,
               {begin:d} + n * {gap:d} AS at_us, n * 15485863 % 1000 AS luck
        FROM numbers
    )
    SELECT n, {account:d}, users.id, users.login, n, 'Chappe', '+336' || (10000000 + n), 'FR', 'Hello', 'GSM_7BIT',
           1 + n % 2, 1000 * (1 + n % 2), FALSE, at_us, FALSE, at_us,
           CASE WHEN chance < 97 THEN 'ended' ELSE 'submitted' END, 1, FALSE, FALSE, 0, 0,
           CASE WHEN chance < 88 THEN 1 WHEN chance < 95 THEN 2 WHEN chance < 97 THEN 16 ELSE 4 END,
           CASE WHEN chance < 88 THEN 4 WHEN chance < 90 THEN 24 WHEN chance < 92 THEN 23 WHEN chance < 95 THEN 5
                WHEN chance < 97 THEN 25 ELSE 3 END,
           at_us + CASE WHEN luck < 900 THEN 2000000 + luck * 10000 ELSE luck * luck * 10000 END
    FROM drawn JOIN users ON users.account_id = {account:d} AND users.login = 'user-' || place
"""


async def run(folder: Path, messages: int = MILLION // 10) -> list[Row]:
    """Measure each query on both databases."""
    rows = await _measure("SQLite", f"sqlite://{folder / 'statistics.db'}", messages)
    with postgres(folder) as url:
        return rows + await _measure("PostgreSQL", url, messages)


async def _measure(kind: str, url: str, messages: int) -> list[Row]:
    async with _opened(url) as services:
        world = await World.create(services)
        account = await world.account()
        await _fill(account, messages)
        await rebuild_statistics(services, account.id, progress=lambda _: None)
        await fetch("ANALYZE")
        api = Api(services)
        rows = []
        for name, selection in QUERIES.items():
            took = await _best(lambda query=selection: api.data(world.holder, _of_account(query)))  # type: ignore[misc]
            by = await _best(lambda: _count_messages(account), times=2)
            rows.append(
                Row(f"{name}, {messages:,} messages, {kind}", f"{took * 1000:,.1f} ms", f"{by * 1000:,.0f} ms",
                    took / by, "-")
            )  # fmt: skip
        return rows


async def _count_messages(account: Account) -> list[dict[str, Any]]:
    """Sum the messages by day, as it was done before they were counted as they come."""
    return await fetch(
        """
        SELECT created_at_us / $1 AS day, COUNT(*) AS messages, SUM(parts) AS parts, SUM(credits) AS credits,
               SUM(CASE WHEN status = 1 THEN 1 ELSE 0 END) AS delivered
        FROM messages WHERE account_id = $2 AND created_at_us >= $3 AND created_at_us < $4 GROUP BY 1
        """,
        DAY_US,
        account.id,
        FIRST_US,
        FIRST_US + DAYS * DAY_US,
    )


def _of_account(selection: str) -> str:
    return f'{{ account(name: "sms-demo-1") {{ {selection} }} }}'


async def _best(work: Callable[[], Awaitable[object]], *, times: int = TIMES) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        await work()
        taken.append(time.perf_counter() - began)
    return min(taken)


async def _fill(account: Account, messages: int) -> None:
    """Write users and messages, as fast as the database can."""
    await insert(
        [
            new(
                User, account_id=account.id, login=f"user-{place}", login_key=f"user-{place}", password_hash="",
                created_at_us=0,
            )
            for place in range(1, USERS + 1)
        ]
    )  # fmt: skip
    for first in range(0, messages, MILLION // 10):
        last = min(first + MILLION // 10, messages) - 1
        gap = DAYS * DAY_US // messages
        sql = _INSERT.format(first=first, last=last, users=USERS, begin=FIRST_US, gap=gap, account=account.id)
        await fetch(sql)


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Services]:
    database = Database(url)
    await database.open()
    services = build_services(Settings(database={"url": url}, graphql={"rate_capacity": 10**9}))
    try:
        await database.migrate()
        if is_sqlite():
            await database.client.execute_script("PRAGMA synchronous = OFF")
        yield services
    finally:
        await services.drain()
        services.passwords.close()
        await database.close()


async def main() -> None:
    """Measure with a million messages, and print it."""
    with tempfile.TemporaryDirectory() as folder:
        for row in await run(Path(folder), MILLION):
            print(f"{row.scenario:<75} {row.figure:>12} {row.yardstick:>12}", file=sys.stdout)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main())
